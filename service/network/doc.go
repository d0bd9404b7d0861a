// Package network owns what the bodies of a community do together (五联): undertakings with a lead, partners and their
// duties; the party network (党组织网络) beside the tree of grids with its family groups; service centre and good-neighbour
// points (睦邻点) with their hours, and what of them is within ten minutes of a home. It does not own organisations and
// their officers, who lives where, nor campaigns.
package network
