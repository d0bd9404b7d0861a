// Package matching says which offers suit a request and which requests suit an offer, and why. It is
// pure: no database, no clock, the same answer for the same question.
//
// An offer first has to pass the hard filters. Then eight parts add up to a score in [0,1]: how close the
// two live in the tree, how well the category fits, whether the offered times meet the wanted one, how
// likely the helper says yes and how often they kept their word, whether they have helped who asks before, how
// much they have taken on already, and how long they were left in peace.
package matching
