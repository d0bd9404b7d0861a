// Package privacy owns the rights of people over what is known of them: copies of it, closing an account, requests and their
// answers, and how long things are kept. What each table holds of a person is said in repository.PersonalKinds.
package privacy
