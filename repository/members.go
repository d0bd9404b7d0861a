package repository

// Members holds the people of a roster.
type Members struct{ conn }
