// Package community owns the tree (community, areas, grids, buildings, units, households, branches), the
// people of its roster and their roles. It writes a roster that package roster has read into the
// database: all of it or nothing, and the same roster twice changes nothing.
package community
