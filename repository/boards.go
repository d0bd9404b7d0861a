package repository

// Boards holds leaderboards, scores and standings.
type Boards struct{ conn }
