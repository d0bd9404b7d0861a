// Package assignment says who makes which visit of a campaign. As many visits as possible are made; of all
// the ways to make that many, the plan is one of least total cost. It is exact, and pure: the same problem
// gives the same plan, and ties go by the order in which visits and volunteers are given.
//
// A visit lies in one grid and wants one volunteer. A volunteer makes at most as many visits as their
// quota, and of the visits of a grid at most its quota is made in this round. A pair of a visit and a
// volunteer has a cost or is forbidden.
//
// # How it is solved
//
// Every visit goes to one place: to a volunteer, at the cost of the pair; to the rest of its grid, which is
// free and holds exactly what is beyond the grid's quota; or nowhere, at the cost of what a visit is worth.
// The rests are filled first. Then the other visits are brought in one by one: where a place is full, one
// that is there moves on, and the cheapest such chain of moves is a shortest path. Prices of the full places
// keep its steps from being negative, so that Dijkstra's search finds it. Bringing a visit in looks at each
// pair at most once, hence all takes at most visits x visits x volunteers steps, and mostly far fewer.
//
// The primal-dual method is of Kuhn, "The Hungarian method for the assignment problem", Naval Research
// Logistics Quarterly 2 (1955) 83-97. Prices that keep one shortest path after the other free of negative
// steps are of Edmonds and Karp, "Theoretical improvements in algorithmic efficiency for network flow
// problems", Journal of the ACM 19 (1972) 248-264. One search a row over a dense matrix is of Jonker and
// Volgenant, "A shortest augmenting path algorithm for dense and sparse linear assignment problems",
// Computing 38 (1987) 325-340; here places may hold more than one.
//
// # Why a plan can be trusted
//
// A plan comes with prices, p of volunteers and r of grids. Let a visit be worth W, which is more than all
// visits together can cost. A visit that is made gains W - cost - p - r; one that is left out gains 0.
//
// Theorem. A plan within the quotas makes as many visits as possible, and does so at the least cost, if
// there are prices, none below 0, such that
//
//  1. only volunteers and grids whose quota is used up have a price above 0, and
//  2. no visit would gain more with another volunteer that it may have, or left out.
//
// Proof. In any plan within the quotas, what the visits made are worth less what they cost is the sum of
// their gains and of the prices that they pay. No visit gains more than the most it can at these prices, and
// no price is paid more often than its quota says. That bounds all plans alike, and the plan of the theorem
// meets the bound: by 2 in the gains, by 1 in the prices. So for no plan is what the visits are worth less
// what they cost greater. As one visit is worth more than all can cost, no plan makes more visits, and none
// makes as many for less. ∎
//
// The conditions are the complementary slackness of a linear program and its dual; [Solve] always finds such
// prices. [Check] tests the conditions in one pass over the pairs and shares nothing with the search: a plan
// that passes is a best one, however it was found.
package assignment
