// Package api is the HTTP face of the service: one file for each noun with its operations, the one map from
// failures to problems, and the server that carries them. Operations translate and call a service; they
// hold no rule.
package api
