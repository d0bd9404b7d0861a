// Package market owns help requests, offers and claims: who may ask, who may help, whom a request is brought to and
// which officer sees to it when nobody comes, who won the slot, and what a confirmed request is worth. Its states are
// those of model; its points go through the ledger.
//
// It does not own the tree, the roles or the rules' amounts.
package market
