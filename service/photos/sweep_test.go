package photos_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/photos"
)

// TestAFileThatStaysKeepsNoOther has files of nobody's, of which the first cannot be deleted without an error.
func TestAFileThatStaysKeepsNoOther(t *testing.T) {
	folder := t.TempDir()
	blobs, err := repository.OpenBlobs(t.Context(), "file://"+folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = blobs.Close() })
	stays, goes := &model.Photo{ID: 1, CampaignID: 7}, &model.Photo{ID: 2, CampaignID: 7}
	for _, p := range []*model.Photo{stays, goes} {
		if err := blobs.Put(t.Context(), p.Key(), "image/jpeg", []byte("a picture")); err != nil {
			t.Fatal(err)
		}
	}
	beside := filepath.Join(folder, filepath.FromSlash(stays.Key())+".attrs") // what the folder keeps of a file
	if err := os.RemoveAll(beside); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(beside, "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	later := func() model.Instant { return model.InstantOf(time.Now().Add(2 * time.Hour)) }
	deleted, err := photos.New(testdb.Open(t, testdb.SQLite), blobs, model.LinkKey("k"), later).Sweep(t.Context())
	if err == nil || deleted != 1 {
		t.Errorf("%d were deleted, %v", deleted, err)
	}
	if _, err := blobs.Get(t.Context(), goes.Key()); err == nil {
		t.Error("the other is there")
	}
}
