package repository

// Campaigns holds themes, campaigns, sign-ups and check-ins.
type Campaigns struct{ conn }
