package repository_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"linbanglin/internal/buckettest"
	"linbanglin/model"
	"linbanglin/repository"
)

func openBlobs(t *testing.T, address string) *repository.Blobs {
	t.Helper()
	blobs, err := repository.OpenBlobs(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = blobs.Close() })
	return blobs
}

// TestFilesOfAFolderAndOfABucketAreAlike writes, reads, lists and deletes in a folder and in a bucket of a server of S3.
func TestFilesOfAFolderAndOfABucketAreAlike(t *testing.T) {
	for name, address := range map[string]string{
		"folder": "file://" + t.TempDir() + "?no_tmp_dir=true&metadata=skip", "bucket": buckettest.Serve(t).Address(),
	} {
		t.Run(name, func(t *testing.T) {
			blobs, ctx := openBlobs(t, address), t.Context()
			const key = "campaigns/1/2.jpg"
			large := bytes.Repeat([]byte("0123456789abcdef"), 6<<16) // 6 MiB, which is sent in parts
			for _, content := range [][]byte{{}, []byte("first"), []byte("照片"), large} {
				if err := blobs.Put(ctx, key, "image/jpeg", content); err != nil {
					t.Fatal(err)
				}
				if got, err := blobs.Get(ctx, key); err != nil || !bytes.Equal(got, content) {
					t.Errorf("got %d bytes of %d, %v", len(got), len(content), err)
				}
			}
			for i := range 3 {
				if err := blobs.Put(ctx, fmt.Sprintf("campaigns/%d/3.jpg", i), "image/jpeg", []byte("x")); err != nil {
					t.Fatal(err)
				}
			}
			before := func(at time.Time) (keys []string) {
				if err := blobs.Before(ctx, at, func(key string) error { keys = append(keys, key); return nil }); err != nil {
					t.Error(err)
				}
				slices.Sort(keys)
				return keys
			}
			if got := before(time.Now().Add(time.Hour)); !slices.Equal(got, []string{"campaigns/0/3.jpg", "campaigns/1/2.jpg", "campaigns/1/3.jpg", "campaigns/2/3.jpg"}) {
				t.Errorf("got %v", got)
			}
			if got := before(time.Now().Add(-time.Hour)); len(got) != 0 {
				t.Errorf("old: %v", got)
			}
			for range 2 { // what is not there any more is deleted as well
				if err := blobs.Delete(ctx, key); err != nil {
					t.Error(err)
				}
			}
			if got, err := blobs.Get(ctx, key); !errors.Is(err, model.ErrNotFound) {
				t.Errorf("deleted: got %q, %v", got, err)
			}
		})
	}
}

// TestABucketThatCannotBeUsed has a wrong secret, a bucket that is not there, and a server that went away.
func TestABucketThatCannotBeUsed(t *testing.T) {
	s := buckettest.Serve(t)
	want := func(what, address string) {
		t.Helper()
		blobs, ctx := openBlobs(t, address), t.Context()
		_, read := blobs.Get(ctx, "k")
		for step, err := range map[string]error{
			"put": blobs.Put(ctx, "k", "text/plain", []byte("x")), "get": read, "delete": blobs.Delete(ctx, "k"),
			"list": blobs.Before(ctx, time.Now(), func(string) error { return nil }),
		} {
			if !errors.Is(err, model.ErrUnavailable) {
				t.Errorf("%s, %s: got %v", what, step, err)
			}
		}
	}
	t.Run("secret", func(t *testing.T) {
		t.Setenv("AWS_SECRET_ACCESS_KEY", "another")
		want("a wrong secret", s.Address())
	})
	if err := openBlobs(t, s.Missing()).Put(t.Context(), "k", "text/plain", []byte("x")); !errors.Is(err, model.ErrUnavailable) || errors.Is(err, model.ErrNotFound) {
		t.Errorf("a bucket that is not there: got %v", err)
	}
	s.Close()
	want("a server that is down", s.Address())
}
