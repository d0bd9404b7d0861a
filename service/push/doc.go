// Package push takes in what WeChat pushes to us (消息推送): it opens a push, takes the same in once, and hands it to those
// whom it concerns within one transaction.
package push
