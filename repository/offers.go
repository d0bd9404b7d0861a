package repository

// Offers holds help offers.
type Offers struct{ conn }
