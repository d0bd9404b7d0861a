// Package account owns logging in: WeChat identities, access and refresh tokens, who a token's bearer is,
// and binding a login to a person of the roster. It is the only one to know JWT.
package account
