// Package reception owns the reception room (党员会客室): who is on duty when, swaps and covers, who came for what, and
// what was agreed in disputes there. Its counters are counted from rows.
//
// Duty earns no points here: what was served is declared as other work is (disclosure).
package reception
