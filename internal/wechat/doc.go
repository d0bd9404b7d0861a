// Package wechat is a client of the few calls of WeChat's server API that the service needs: logging in
// and a verified phone. It keeps no session key: nothing here decrypts what clients send.
package wechat
