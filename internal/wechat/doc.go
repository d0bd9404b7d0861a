// Package wechat is a client of the calls of WeChat's server API that the service needs: logging in, a verified phone,
// subscribe messages, checks of text and pictures, mini-program codes and links; and it opens what WeChat pushes to us. It
// keeps no session key: nothing here decrypts what clients send.
//
// What WeChat answers is one table of codes (codes.go): what each means for a use case, and whether to try again. Nothing
// that names a person is in an error, a log or a metric.
package wechat
