// Package audit owns what an auditor is told of what looks odd (疑点): much that was entered by hand, people
// at two places at one time, and pairs who earn from each other. A flag is a reason to look, no verdict: it
// comes with its figures and with the rows that caused it, and changes nothing.
//
// It only reads, and keeps nothing of its own. That the books add up is the business of the ledger's verify.
package audit
