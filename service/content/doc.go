// Package content has what members write and show looked at before others see it (内容检查): by WeChat, which passes it,
// refuses it, or leaves it to a human; and by the community's moderators, who have what waits for them here when it has no
// state of its own to wait in. What could not be checked waits for them as well: nothing is shown unchecked.
//
// Without a mini-program nothing is checked here, and only the community's own words (model.ModerationList) hold things
// back. Verdicts are rows, without the text.
package content
