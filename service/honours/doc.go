// Package honours owns pioneer posts (两学一做先锋岗): proposed by one, approved by another, published, and revoked with a
// reason. It does not own the pioneers of a quarter, which are the boards' own, nor the honours of campaigns.
package honours
