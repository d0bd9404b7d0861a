// Package boards owns leaderboards (排行榜). The projector reads the ledger's sealed stream and keeps
// absolute scores in SQL, in one transaction with its place in the stream. Redis, where there is one,
// holds copies of the member boards, moved forward by compare-and-set on a cursor stored beside them, so
// a lost or rolled-back Redis heals by itself. Reads answer from Redis, else from SQL.
//
// It never writes to the ledger, and no write of the service waits for it.
package boards
