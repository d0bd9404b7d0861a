package middleware

import (
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts and times requests by route pattern, so that no id becomes a label.
func Metrics(registry prometheus.Registerer) gin.HandlerFunc {
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "linbanglin_http_request_seconds", Help: "Time from a request's head to the end of its answer.",
		Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
	}, []string{"method", "route", "status"})
	registry.MustRegister(seconds)
	return func(c *gin.Context) {
		start := time.Now()
		c.Next()
		method, route := c.Request.Method, c.FullPath()
		if route == "" {
			method, route = "none", "none" // whatever a stranger wrote there is no label
		}
		seconds.WithLabelValues(method, route, strconv.Itoa(c.Writer.Status())).Observe(time.Since(start).Seconds())
	}
}
