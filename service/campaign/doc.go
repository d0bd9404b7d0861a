// Package campaign owns campaigns (活动) of 十助十送: their themes, planning, sign-ups, check-in by a rotating
// code, closing and settlement. What people earn goes through the ledger; closing and settling are marks
// in the ledger's sealed stream, by which the boards know what counts.
package campaign
