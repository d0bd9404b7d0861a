package buckettest

import (
	"net/http/httptest"
	"testing"

	"github.com/rclone/gofakes3"
	"github.com/rclone/gofakes3/s3mem"
)

const (
	bucket = "linbanglin-photos"
	keyID  = "AKIDTEST"
	secret = "hush-of-the-bucket"
)

// Down is the address of a bucket whose server is not there.
const Down = "s3://photos?region=cn-east-1&endpoint=http://127.0.0.1:1&use_path_style=true"

// Server is a server with one bucket.
type Server struct{ *httptest.Server }

// Serve starts a server, and puts its credentials into the environment as an operator does.
func Serve(t *testing.T) *Server {
	t.Helper()
	memory := s3mem.New()
	if err := memory.CreateBucket(t.Context(), bucket); err != nil {
		t.Fatal(err)
	}
	s := &Server{httptest.NewServer(gofakes3.New(memory, gofakes3.WithV4Auth(map[string]string{keyID: secret})).Server())}
	t.Cleanup(s.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", keyID)
	t.Setenv("AWS_SECRET_ACCESS_KEY", secret)
	return s
}

// Address returns what an operator writes into LBL_BLOB_URL for the bucket.
func (s *Server) Address() string { return s.of(bucket) }

// Missing returns the address of a bucket that there is not.
func (s *Server) Missing() string { return s.of("no-such-bucket") }

func (s *Server) of(name string) string {
	return "s3://" + name + "?region=cn-east-1&endpoint=" + s.URL + "&use_path_style=true"
}
