package middleware_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"

	"linbanglin/middleware"
)

func TestMetricsAreForThisMachine(t *testing.T) {
	gin.SetMode(gin.TestMode)
	router := gin.New()
	router.GET("/metrics", middleware.Nearby(func(c *gin.Context, _ error) { c.AbortWithStatus(http.StatusNotFound) }), func(*gin.Context) {})
	for name, c := range map[string]struct {
		from, head string
		want       int
	}{
		"this machine":                {"127.0.0.1:5000", "", http.StatusOK},
		"this machine, IPv6":          {"[::1]:5000", "", http.StatusOK},
		"this machine, both":          {"[::ffff:127.0.0.1]:5000", "", http.StatusOK},
		"the network":                 {"10.0.0.7:5000", "", http.StatusNotFound},
		"the world":                   {"203.0.113.9:5000", "", http.StatusNotFound},
		"nobody":                      {"", "", http.StatusNotFound},
		"a proxy here":                {"127.0.0.1:5000", "X-Forwarded-For", http.StatusNotFound},
		"another proxy here":          {"127.0.0.1:5000", "Forwarded", http.StatusNotFound},
		"a proxy here, by X-Real-IP":  {"127.0.0.1:5000", "X-Real-Ip", http.StatusNotFound},
		"somebody who says they are":  {"203.0.113.9:5000", "X-Forwarded-For", http.StatusNotFound},
		"a proxy here, by its name":   {"127.0.0.1:5000", "Via", http.StatusNotFound},
		"a proxy here, by the host's": {"127.0.0.1:5000", "X-Forwarded-Host", http.StatusNotFound},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil)
		if r.RemoteAddr = c.from; c.head != "" {
			r.Header.Set(c.head, "127.0.0.1")
		}
		answer := httptest.NewRecorder()
		router.ServeHTTP(answer, r)
		if answer.Code != c.want {
			t.Errorf("%s: got %d, want %d", name, answer.Code, c.want)
		}
	}
}
