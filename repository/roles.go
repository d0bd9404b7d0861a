package repository

// Roles holds who holds which role where.
type Roles struct{ conn }
