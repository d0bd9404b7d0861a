// Package simulation plays a month of a community's calls for help on a virtual clock, once for each way
// of choosing whom to ask, and counts what came of it. The same options give the same figures. It holds
// the model and its parameters; our own way of choosing is the one of service/matching/dispatch itself.
//
// What the service can see is a scene; what only nature knows is a truth, and no policy but the oracle has one.
package simulation
