// Command bench measures the service over HTTP against yardsticks of bare loops on the same machine in the
// same run, and prints the ratios. It needs LBL_TEST_MYSQL_URL and LBL_TEST_REDIS_URL: `make bench`.
package main
