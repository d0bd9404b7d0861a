// Package privacy owns what members agree to about their personal information (the versions of the privacy policy, the
// consents to its purposes and those of guardians; it is the gate that operations pass), and their rights over what is
// known of them: copies of it, closing an account, requests and their answers, and how long things are kept. What each
// table holds of a person is said in repository.PersonalKinds.
//
// It does not own the opt-out of boards (model.Member.Anonymous), what WeChat may send (service/notify), or the consent of
// who is asked for (model.Consent).
package privacy
