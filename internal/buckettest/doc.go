// Package buckettest plays a server of S3 for tests, on loopback: it keeps what it is given in memory, and lets nobody in whose
// requests are not signed with the key of the test.
package buckettest
