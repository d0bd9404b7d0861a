package repository

// Requests holds help requests with their claims.
type Requests struct{ conn }
