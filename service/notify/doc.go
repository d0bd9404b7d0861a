// Package notify owns the inbox (通知): what members are told, once each, and what they have read of it. Use cases
// put notices into it within their own transaction, so that a notice is there exactly when its cause is.
//
// What a notice says is the business of who sends it; only the warning that points end soon is its own.
package notify
