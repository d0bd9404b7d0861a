package matters_test

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/matters"
	"linbanglin/service/photos"
)

// givenPicture is a small photo of one gray.
func givenPicture(t *testing.T, shade uint8) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 40, 30))
	for i := range img.Pix {
		img.Pix[i] = shade
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// wall is the photos of a yard, in a folder.
type wall struct {
	*matters.Photos
	album  *photos.Album
	folder string
}

func (y *yard) wall(t *testing.T) *wall {
	t.Helper()
	folder := t.TempDir()
	blobs, err := repository.OpenBlobs(t.Context(), "file://"+folder+"?no_tmp_dir=true&metadata=skip")
	y.must(t, err)
	t.Cleanup(func() { _ = blobs.Close() })
	album := photos.New(y.store, blobs, model.LinkKey("a key of the test"), y.at)
	return &wall{matters.NewPhotos(y.Matters, album), album, folder}
}

// wantShown wants somebody to see so many photos, or to be refused.
func (w *wall) wantShown(t *testing.T, who model.Actor, id model.ID, want int, refused error) {
	t.Helper()
	rows, err := w.List(t.Context(), who, id)
	if !errors.Is(err, refused) || len(rows) != want {
		t.Errorf("%d photos, want %d; %v, want %v", len(rows), want, err, refused)
	}
}

func TestPhotosOfAMatter(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		ctx, w := t.Context(), y.wall(t)
		in := lamp
		in.OnBehalfOf = y.reporter.MemberID
		m, err := y.Report(ctx, y.worker, in)
		y.must(t, err)
		first, err := w.Add(ctx, y.reporter, m.ID, model.PhotoOfReport, givenPicture(t, 1))
		y.must(t, err)
		if first.MatterID != m.ID || first.CampaignID != 0 || first.Size == 0 || len(first.SHA256) != 64 || first.Member.ID != y.reporter.MemberID || first.CreatedAt != y.at() {
			t.Errorf("got %+v", first)
		}
		if filed, err := w.Add(ctx, y.worker, m.ID, model.PhotoOfReport, givenPicture(t, 2)); err != nil || filed.Kind != model.PhotoOfReport {
			t.Errorf("by who brought it in: %+v, %v", filed, err)
		}
		if same, err := w.Add(ctx, y.worker, m.ID, model.PhotoOfResult, givenPicture(t, 1)); err != nil || same.ID != first.ID || same.Kind != model.PhotoOfReport {
			t.Errorf("the same picture is %+v, %v", same, err)
		}
		if result, err := w.Add(ctx, y.worker, m.ID, model.PhotoOfResult, givenPicture(t, 3)); err != nil || result.Kind != model.PhotoOfResult {
			t.Errorf("of the result: %+v, %v", result, err)
		}
		for _, who := range []model.Actor{y.reporter, y.worker, y.admin, y.street} {
			w.wantShown(t, who, m.ID, 3, nil)
		}
		w.wantShown(t, y.stranger, m.ID, 0, model.ErrNotFound)
		_, link, _ := strings.Cut(first.URL, "?expires=")
		until, signature, _ := strings.Cut(link, "&signature=")
		end, err := strconv.ParseInt(until, 10, 64)
		y.must(t, err)
		if content, err := w.album.Open(ctx, first.ID, end, signature); err != nil || int64(len(content)) != first.Size {
			t.Errorf("the link leads to %d bytes, %v", len(content), err)
		}
		other := y.givenReport(t)
		if again, err := w.Add(ctx, y.reporter, other.ID, model.PhotoOfReport, givenPicture(t, 1)); err != nil || again.ID == first.ID {
			t.Errorf("the same picture of another matter is %+v, %v", again, err)
		}
	})
}

func TestWhoMayAddAndDropPhotosOfAMatter(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		ctx, w, m := t.Context(), y.wall(t), y.givenReport(t)
		foreign := y.Others.Holder(model.RoleCommunityAdmin)
		shot := func(who model.Actor, kind model.PhotoKind, content []byte) error {
			_, err := w.Add(ctx, who, m.ID, kind, content)
			return err
		}
		for name, x := range map[string]struct {
			who     model.Actor
			kind    model.PhotoKind
			content []byte
			want    error
		}{
			"no picture":                     {y.reporter, model.PhotoOfReport, []byte("no picture"), model.ErrPhotoType},
			"nothing":                        {y.reporter, model.PhotoOfReport, nil, model.ErrPhotoType},
			"too large":                      {y.reporter, model.PhotoOfReport, append(givenPicture(t, 1), make([]byte, model.MaxPhotoBytes)...), model.ErrPhotoTooLarge},
			"no kind":                        {y.reporter, "cats", givenPicture(t, 1), model.ErrInvalid},
			"no kind by a stranger":          {y.stranger, "cats", givenPicture(t, 1), model.ErrNotFound},
			"a stranger":                     {y.stranger, model.PhotoOfReport, givenPicture(t, 1), model.ErrNotFound},
			"another community":              {foreign, model.PhotoOfReport, givenPicture(t, 1), model.ErrNotFound},
			"the result by the reporter":     {y.reporter, model.PhotoOfResult, givenPicture(t, 1), model.ErrForbidden},
			"the report by who works on it":  {y.worker, model.PhotoOfReport, givenPicture(t, 1), model.ErrForbidden},
			"the result by who only reads":   {y.street, model.PhotoOfResult, givenPicture(t, 1), model.ErrForbidden},
			"the result by a unit not asked": {y.officer, model.PhotoOfResult, givenPicture(t, 1), model.ErrNotFound},
		} {
			if err := shot(x.who, x.kind, x.content); model.Reason(err).Code != model.Reason(x.want).Code {
				t.Errorf("%s: %v, want %v", name, err, x.want)
			}
		}
		w.wantShown(t, y.admin, m.ID, 0, nil)
		mine, err := w.Add(ctx, y.reporter, m.ID, model.PhotoOfReport, givenPicture(t, 1))
		y.must(t, err)
		elsewhere := y.givenReport(t)
		for name, x := range map[string]struct {
			who       model.Actor
			matter, p model.ID
			want      error
		}{
			"by a stranger":        {y.stranger, m.ID, mine.ID, model.ErrNotFound},
			"by another community": {foreign, m.ID, mine.ID, model.ErrNotFound},
			"by who works on it":   {y.worker, m.ID, mine.ID, model.ErrForbidden},
			"of another matter":    {y.reporter, elsewhere.ID, mine.ID, model.ErrNotFound},
			"that is not there":    {y.reporter, m.ID, m.ID, model.ErrNotFound},
		} {
			if err := w.Drop(ctx, x.who, x.matter, x.p); !errors.Is(err, x.want) {
				t.Errorf("dropped %s: %v, want %v", name, err, x.want)
			}
		}
		w.wantShown(t, y.admin, m.ID, 1, nil)
		y.does(t, y.reporter, m.ID, model.ActWithdraw)
		if err := shot(y.reporter, model.PhotoOfReport, givenPicture(t, 2)); !errors.Is(err, model.ErrMatterState) {
			t.Errorf("added after the end: %v", err)
		}
		if err := w.Drop(ctx, y.reporter, m.ID, mine.ID); !errors.Is(err, model.ErrMatterState) {
			t.Errorf("dropped after the end: %v", err)
		}
		w.wantShown(t, y.reporter, m.ID, 1, nil)
	})
}

func TestNinePhotosOfEachKind(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		ctx, w, m := t.Context(), y.wall(t), y.givenReport(t)
		var racing sync.WaitGroup
		var kept sync.Map
		for i := range 2 * (model.MaxMatterPhotos + 2) { // each picture twice, two more than there is room for
			racing.Go(func() {
				p, err := w.Add(ctx, y.reporter, m.ID, model.PhotoOfReport, givenPicture(t, uint8(10*(i/2))))
				switch {
				case err == nil:
					kept.Store(p.ID, uint8(10*(i/2)))
				case !errors.Is(err, model.ErrTooManyPhotos):
					t.Error(err)
				}
			})
		}
		racing.Wait()
		var one model.ID
		var shade uint8
		n := 0
		kept.Range(func(id, gray any) bool { n, one, shade = n+1, id.(model.ID), gray.(uint8); return true })
		if n != model.MaxMatterPhotos {
			t.Errorf("%d photos were kept", n)
		}
		w.wantShown(t, y.reporter, m.ID, model.MaxMatterPhotos, nil)
		if again, err := w.Add(ctx, y.reporter, m.ID, model.PhotoOfReport, givenPicture(t, shade)); err != nil || again.ID != one {
			t.Errorf("what is there already, when it is full: %+v, %v", again, err)
		}
		if _, err := w.Add(ctx, y.worker, m.ID, model.PhotoOfResult, givenPicture(t, 255)); err != nil {
			t.Errorf("of the other kind: %v", err)
		}
		y.must(t, w.Drop(ctx, y.reporter, m.ID, one))
		_, err := w.Add(ctx, y.reporter, m.ID, model.PhotoOfReport, givenPicture(t, 251))
		y.must(t, err)
		if _, err := w.Add(ctx, y.reporter, m.ID, model.PhotoOfReport, givenPicture(t, shade)); !errors.Is(err, model.ErrTooManyPhotos) {
			t.Errorf("a dropped one comes back as the tenth: %v", err)
		}
	})
}

func TestDroppedPhotosOfAMatterAreSwept(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		ctx, w, m := t.Context(), y.wall(t), y.givenReport(t)
		var ids []model.ID
		for i := range 2 {
			p, err := w.Add(ctx, y.reporter, m.ID, model.PhotoOfReport, givenPicture(t, uint8(i)))
			y.must(t, err)
			ids = append(ids, p.ID)
		}
		y.must(t, w.Drop(ctx, y.reporter, m.ID, ids[0]))
		if err := w.Drop(ctx, y.reporter, m.ID, ids[0]); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("dropped twice: %v", err)
		}
		w.wantShown(t, y.reporter, m.ID, 1, nil)
		if back, err := w.Add(ctx, y.reporter, m.ID, model.PhotoOfReport, givenPicture(t, 0)); err != nil || back.ID != ids[0] || back.Status != model.PhotoKept {
			t.Errorf("added again: %+v, %v", back, err)
		}
		y.must(t, w.Drop(ctx, y.reporter, m.ID, ids[0]))
		for age, want := range []int{0, 1} { // nothing yet, the second upload of it left no file; the photo a day later
			y.wait(time.Duration(age) * 25 * time.Hour)
			files, err := filepath.Glob(w.folder + "/matters/*/*.jpg")
			y.must(t, err)
			if len(files) != 2 {
				t.Errorf("%d files", len(files))
			}
			old := y.at().Time().Add(-2 * time.Hour)
			for _, name := range files {
				y.must(t, os.Chtimes(name, old, old))
			}
			if n, err := w.album.Sweep(ctx); err != nil || n != want {
				t.Errorf("%d were swept, %v", n, err)
			}
		}
		if _, err := y.store.Photos.Get(ctx, ids[0]); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("the row is there: %v", err)
		}
		w.wantShown(t, y.reporter, m.ID, 1, nil)
	})
}

func TestWhoFollowsAMatterSeesNoPhotos(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		ctx, w, m := t.Context(), y.wall(t), y.givenReport(t)
		_, err := w.Add(ctx, y.reporter, m.ID, model.PhotoOfReport, givenPicture(t, 1))
		y.must(t, err)
		second, err := y.Report(ctx, y.stranger, lamp)
		y.must(t, err)
		_, err = y.Merge(ctx, y.admin, second.ID, m.ID)
		y.must(t, err)
		w.wantShown(t, y.stranger, m.ID, 0, model.ErrForbidden)
		if _, err := w.Add(ctx, y.stranger, m.ID, model.PhotoOfReport, givenPicture(t, 2)); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("added by who follows it: %v", err)
		}
	})
}
