// Package privacy owns what members agree to about their personal information: the versions of the privacy policy, the
// consents to its purposes, and those of guardians. It is the gate that operations pass.
//
// It does not own the opt-out of boards (model.Member.Anonymous), what WeChat may send (service/notify), or the consent of
// who is asked for (model.Consent).
package privacy
