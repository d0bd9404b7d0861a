// Package shop owns the shop (积分超市): items and their stock, orders from the reservation to the pick-up, and the
// monthly report that everyone may read. Points are held when something is ordered, taken when it is handed out,
// and given back when it is not; all of that through the ledger, in the transaction of the order.
//
// It gives nothing for money, no money, and passes no points from one person to another.
package shop
