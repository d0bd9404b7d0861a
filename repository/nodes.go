package repository

// Nodes holds the tree and its households.
type Nodes struct{ conn }
