// Package repository keeps the nouns of model in MySQL (or MariaDB, TiDB) and SQLite, and the boards'
// copies in Redis. Store is a connection or a transaction, with one small struct for each table family.
//
// It owns SQL, locks, retries and the translation of database errors into those of model. It holds no
// rule and no clock: what may happen, and when, is decided by model and service.
package repository
