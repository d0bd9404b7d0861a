package repository

// Logins holds WeChat identities, refresh tokens and binding codes.
type Logins struct{ conn }
