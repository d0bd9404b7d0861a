package migrations

// Lock is lock, for tests on a server.
var Lock = lock
