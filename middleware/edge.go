package middleware

import (
	"crypto/hmac"
	"crypto/sha256"
	"net/http"
	"net/netip"
	"strings"

	"github.com/gin-gonic/gin"

	"linbanglin/model"
)

// Secure sets the headers that keep browsers from guessing, leaking, and being led astray. With https, browsers are told to
// come by nothing else.
func Secure(https bool) gin.HandlerFunc {
	return func(c *gin.Context) {
		h := c.Writer.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		if https {
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
	}
}

// PlainPaths refuses paths that others on the way may read otherwise than we do: with slashes, dots and the like written as
// escapes, twice in a row, or with steps upwards. It fails with ErrNotFound.
func PlainPaths(fail Fail) gin.HandlerFunc {
	return func(c *gin.Context) {
		escaped := strings.ToLower(c.Request.URL.EscapedPath())
		for _, odd := range []string{"%2f", "%5c", "%2e", "%25", "%00", "%0d", "%0a", "//", "/./", "/../", "\\", ";"} {
			if strings.Contains(escaped, odd) {
				fail(c, model.ErrNotFound)
				return
			}
		}
		if strings.HasSuffix(escaped, "/.") || strings.HasSuffix(escaped, "/..") {
			fail(c, model.ErrNotFound)
		}
	}
}

// originBytes is how much of a hash tells one part of the network from another.
const originBytes = 8

// Origin puts a keyed hash of where the client is into the context of what changes something, for the events of accounts:
// of the part of the network, not of the address. Who has the key can compare, nobody can read it back.
func Origin(key []byte) gin.HandlerFunc {
	return func(c *gin.Context) {
		if c.Request.Method == http.MethodGet {
			return
		}
		mac := hmac.New(sha256.New, key)
		_, _ = mac.Write([]byte(network(c.ClientIP()))) // never fails
		c.Request = c.Request.WithContext(model.WithOrigin(c.Request.Context(), mac.Sum(nil)[:originBytes]))
	}
}

// network returns the part of the network that an address is in: its first 24 bits, of IPv6 its first 48.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	ip = ip.Unmap().WithZone("")
	bits := 48
	if ip.Is4() {
		bits = 24
	}
	prefix, _ := ip.Prefix(bits)
	return prefix.String()
}

// Nearby answers only who calls from this machine and for nobody else: to all others, and to what a proxy passes on, there is
// nothing. A proxy on this machine that tells of nobody looks like somebody here.
func Nearby(fail Fail) gin.HandlerFunc {
	return func(c *gin.Context) {
		for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via"} {
			if len(c.Request.Header.Values(name)) > 0 {
				fail(c, model.ErrNotFound)
				return
			}
		}
		peer, err := netip.ParseAddrPort(c.Request.RemoteAddr)
		if err != nil || !peer.Addr().Unmap().IsLoopback() {
			fail(c, model.ErrNotFound)
		}
	}
}
