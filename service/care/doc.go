// Package care owns the doorbells (爱心门铃): the homes that have one, the devices and the volunteers paired with a home,
// the alarms and whom they go to, test rings, the daily word that all is well (平安签到), and what is to be looked after.
//
// What it does not own: who offers help (market), and what notices and streams do with what is put into inboxes (notify).
package care
