// Package testdb gives a test a migrated database of its own, on every engine that the project runs on.
// The servers are named by LBL_TEST_MYSQL_URL and LBL_TEST_REDIS_URL; a server that is not there fails
// the test, it never skips one.
package testdb
