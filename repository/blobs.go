package repository

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"gocloud.dev/blob"
	_ "gocloud.dev/blob/fileblob" // a local directory
	_ "gocloud.dev/blob/s3blob"   // S3 and what speaks like it
	"gocloud.dev/gcerrors"

	"linbanglin/model"
)

// Blobs holds files: in a local directory or in a bucket, as its address says. The rows about them are in the database.
type Blobs struct{ bucket *blob.Bucket }

// OpenBlobs opens the place that a URL names, such as file:///var/lib/linbanglin/photos or s3://bucket?region=x. It fails
// when the URL is of neither kind; a place that does not answer is not a failure yet.
func OpenBlobs(ctx context.Context, url string) (*Blobs, error) {
	bucket, err := blob.OpenBucket(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("open blobs: %w", err)
	}
	return &Blobs{bucket}, nil
}

// Close ends what was opened.
func (b *Blobs) Close() error { return b.bucket.Close() }

// Put writes a file whole or not at all. It fails with ErrUnavailable.
func (b *Blobs) Put(ctx context.Context, key, media string, content []byte) error {
	err := b.bucket.WriteAll(ctx, key, content, &blob.WriterOptions{ContentType: media, DisableContentTypeDetection: true})
	if err != nil {
		err = fmt.Errorf("%w: %w", model.ErrUnavailable, err) // also when there is no such bucket
	}
	return err
}

// Get reads a file. It fails with ErrNotFound and ErrUnavailable.
func (b *Blobs) Get(ctx context.Context, key string) ([]byte, error) {
	content, err := b.bucket.ReadAll(ctx, key)
	return content, unreached(err)
}

// Delete deletes a file, if it is there. It fails with ErrUnavailable.
func (b *Blobs) Delete(ctx context.Context, key string) error {
	err := unreached(b.bucket.Delete(ctx, key))
	if errors.Is(err, model.ErrNotFound) {
		return nil
	}
	return err
}

// Before calls each with the key of every file that was written before a time.
func (b *Blobs) Before(ctx context.Context, t time.Time, each func(key string) error) error {
	list := b.bucket.List(nil)
	for {
		object, err := list.Next(ctx)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return unreached(err)
		case object.IsDir || !object.ModTime.Before(t):
			continue
		}
		if err := each(object.Key); err != nil {
			return err
		}
	}
}

// unreached gives an error the meaning that it has for a caller.
func unreached(err error) error {
	switch {
	case err == nil:
		return nil
	case gcerrors.Code(err) == gcerrors.NotFound:
		return fmt.Errorf("%w: %w", model.ErrNotFound, err)
	}
	return fmt.Errorf("%w: %w", model.ErrUnavailable, err)
}
