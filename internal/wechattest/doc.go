// Package wechattest plays WeChat's server for tests: it knows the codes that a test gives it, and fails
// in the ways that WeChat does.
package wechattest
