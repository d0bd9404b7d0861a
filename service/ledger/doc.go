// Package ledger owns points (服务积分) and minutes (服务时长): how they are posted, sealed into one
// verifiable sequence, shown and checked.
//
// A transfer is one debit and one credit. Accounts with a limit (a member's wallet, a campaign's budget)
// are tracked: they are locked, keep a running balance, and every change appends an entry to the hash
// chain of the account. Shared system accounts are not tracked, so no row is hot. There are two ways in:
// PostTx within a use case's own transaction, and Post through the poster, which commits what is waiting
// as a group. The sealer then gives each committed record its place in one dense, hash-chained stream,
// from which leaderboards and every other consumer are fed.
//
// It does not decide who earned what: that is the business of market and campaign. Boards belong to
// service/boards.
package ledger
