// Package booklet owns how a statement (积分手册), a service certificate (志愿服务时长证明) and the public page that
// checks one look on paper and on a screen: xlsx, HTML to print, and PDF; and the picture of a board
// that is shared (PNG). It renders what the ledger and the boards return and decides nothing: not who may see it, and not what is true.
package booklet
