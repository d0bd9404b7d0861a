package campaign_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"linbanglin/internal/buckettest"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/campaign"
	"linbanglin/service/photos"
)

func givenPhoto(t *testing.T, shade uint8) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 40, 30))
	for i := range img.Pix {
		img.Pix[i] = shade
	}
	img.SetGray(1, 1, color.Gray{Y: 255 - shade})
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// album keeps photos of a fair in a folder.
type album struct {
	*campaign.Photos
	*photos.Album
	folder string
}

func (f *fair) album(t *testing.T) *album {
	t.Helper()
	folder := t.TempDir()
	a := f.albumAt(t, "file://"+folder+"?no_tmp_dir=true&metadata=skip")
	a.folder = folder
	return a
}

// albumAt keeps photos where an address says.
func (f *fair) albumAt(t *testing.T, address string) *album {
	t.Helper()
	blobs, err := repository.OpenBlobs(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = blobs.Close() })
	kept := photos.New(f.store, blobs, model.LinkKey("a key of the test"), f.Now)
	return &album{campaign.NewPhotos(f.Campaigns, kept), kept, ""}
}

func (a *album) files(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(a.folder + "/campaigns/*/*.jpg")
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// wantFiles wants so many files in the folder.
func (a *album) wantFiles(t *testing.T, want int) []string {
	t.Helper()
	files := a.files(t)
	if len(files) != want {
		t.Errorf("%d files, want %d", len(files), want)
	}
	return files
}

// open follows a photo's link, with some of its parameters changed.
func (a *album) open(t *testing.T, p *model.Photo, change func(url.Values)) ([]byte, error) {
	t.Helper()
	link, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	query := link.Query()
	change(query)
	until, err := strconv.ParseInt(query.Get("expires"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return a.Open(t.Context(), p.ID, until, query.Get("signature"))
}

func asItIs(url.Values) {}

func TestPhotosAreKeptOnceForThoseWhoTakePart(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		c, a := f.given(t, f.plan()), f.album(t)
		for _, i := range []int{0, 1} {
			if _, err := f.CheckIn(t.Context(), f.Resident(i), c.ID, campaign.Scan{Code: f.code(t, c.ID)}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := a.Add(t.Context(), f.Resident(2), c.ID, givenPhoto(t, 9)); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("who was not there: %v", err)
		}
		if _, err := a.Add(t.Context(), f.Resident(0), c.ID, []byte("no photo")); !errors.Is(err, model.ErrPhotoType) {
			t.Errorf("no photo: %v", err)
		}
		var all sync.WaitGroup
		ids := make([]model.ID, 8)
		for i := range ids { // the same photo by two members at once
			all.Go(func() {
				p, err := a.Add(t.Context(), f.Resident(i%2), c.ID, givenPhoto(t, 9))
				if err != nil {
					t.Error(err)
					return
				}
				ids[i] = p.ID
			})
		}
		all.Wait()
		for _, id := range ids {
			if id != ids[0] {
				t.Errorf("got %v", ids)
			}
		}
		other, err := a.Add(t.Context(), f.Resident(1), c.ID, givenPhoto(t, 10))
		if err != nil || len(other.SHA256) != 64 || other.Width != 40 || other.Height != 30 {
			t.Fatalf("got %+v, %v", other, err)
		}
		files := len(a.files(t))
		if again, err := a.Add(t.Context(), f.Resident(0), c.ID, givenPhoto(t, 10)); err != nil || again.ID != other.ID || len(a.files(t)) != files {
			t.Errorf("what is there is written again: %+v, %v", again, err)
		}
		if content, err := a.open(t, other, asItIs); err != nil || int64(len(content)) != other.Size {
			t.Errorf("%d bytes, %v", len(content), err)
		}
		organizers, err := a.List(t.Context(), f.organizer, c.ID, model.Page{})
		if err != nil || len(organizers.Items) != 2 {
			t.Errorf("got %+v, %v", organizers, err)
		}
		own := 0
		for i := range 2 {
			list, err := a.List(t.Context(), f.Resident(i), c.ID, model.Page{})
			if err != nil {
				t.Fatal(err)
			}
			own += len(list.Items)
		}
		if own != 2 {
			t.Errorf("two members see %d photos of their own, want 2", own)
		}
		if _, err := a.List(t.Context(), f.Resident(2), c.ID, model.Page{}); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("got %v", err)
		}
	})
}

func TestLinksToPhotosEnd(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		c, a := f.given(t, f.plan()), f.album(t)
		p, err := a.Add(t.Context(), f.organizer, c.ID, givenPhoto(t, 1))
		if err != nil {
			t.Fatal(err)
		}
		for name, change := range map[string]func(url.Values){
			"longer":       func(q url.Values) { q.Set("expires", strconv.FormatInt(f.Now().Time().Unix()+9999, 10)) },
			"no signature": func(q url.Values) { q.Set("signature", "") },
			"another":      func(q url.Values) { q.Set("signature", "A"+q.Get("signature")[1:]+"A") },
		} {
			if _, err := a.open(t, p, change); !errors.Is(err, model.ErrPhotoLink) {
				t.Errorf("%s: %v", name, err)
			}
		}
		other := *p
		other.ID++
		if _, err := a.open(t, &other, asItIs); !errors.Is(err, model.ErrPhotoLink) {
			t.Errorf("of another photo: %v", err)
		}
		f.now.Add((10*time.Minute - time.Second).Microseconds())
		if _, err := a.open(t, p, asItIs); err != nil {
			t.Error(err)
		}
		f.now.Add(time.Second.Microseconds())
		if _, err := a.open(t, p, asItIs); !errors.Is(err, model.ErrPhotoLink) {
			t.Errorf("after ten minutes: %v", err)
		}
	})
}

func TestChosenAndDroppedPhotosAndWhatIsSwept(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		c, a := f.given(t, f.plan()), f.album(t)
		var photos []*model.Photo
		for i := range model.MaxChosenPhotos + 1 {
			p, err := a.Add(t.Context(), f.organizer, c.ID, givenPhoto(t, uint8(i)))
			if err != nil {
				t.Fatal(err)
			}
			photos = append(photos, p)
			_, err = a.Choose(t.Context(), f.organizer, p.ID)
			if want := map[bool]error{true: model.ErrTooManyPhotos}[i == model.MaxChosenPhotos]; !errors.Is(err, want) {
				t.Errorf("photo %d: %v, want %v", i, err, want)
			}
		}
		if _, err := a.Drop(t.Context(), f.Resident(0), photos[0].ID); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("by a resident: %v", err)
		}
		for _, p := range photos[:2] {
			if _, err := a.Drop(t.Context(), f.organizer, p.ID); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := a.open(t, photos[0], asItIs); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("a dropped photo: %v", err)
		}
		files := a.wantFiles(t, len(photos))
		stray := filepath.Join(filepath.Dir(files[0]), "118237462348762345.jpg")
		foreign := filepath.Join(a.folder, "readme.txt")
		for _, name := range []string{stray, foreign} {
			if err := os.WriteFile(name, []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		sweep := func(age time.Duration, want int) {
			t.Helper()
			at := f.Now().Time().Add(-age)
			for _, name := range append([]string{stray, foreign}, files...) {
				if err := os.Chtimes(name, at, at); err != nil && !os.IsNotExist(err) {
					t.Fatal(err)
				}
			}
			if n, err := a.Sweep(t.Context()); err != nil || n != want {
				t.Errorf("%d were deleted, want %d, %v", n, want, err)
			}
		}
		sweep(time.Minute, 0) // the row of a file so new may be on its way
		sweep(2*time.Hour, 1)
		if p, err := a.Add(t.Context(), f.organizer, c.ID, givenPhoto(t, 1)); err != nil || p.ID != photos[1].ID || p.Status != model.PhotoKept {
			t.Errorf("a dropped photo again: %+v, %v", p, err)
		}
		f.now.Add((25 * time.Hour).Microseconds())
		sweep(26*time.Hour, 1) // the first was dropped; what the last upload wrote is too new
		if _, err := f.store.Photos.Get(t.Context(), photos[0].ID); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("the row is there: %v", err)
		}
		if _, err := os.Stat(foreign); err != nil {
			t.Error("a file of somebody else's was deleted")
		}
	})
}

func TestADroppedPhotoComesBackOnlyByWhoManages(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		c, album, who := f.given(t, f.plan()), f.album(t), f.Resident(0)
		if _, err := f.scan(t, who, c.ID, 0); err != nil {
			t.Fatal(err)
		}
		photo, err := album.Add(t.Context(), who, c.ID, givenPhoto(t, 1))
		if err == nil {
			_, err = album.Drop(t.Context(), f.organizer, photo.ID)
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := album.Add(t.Context(), who, c.ID, givenPhoto(t, 1)); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("by who took it: %v", err)
		}
		if again, err := album.Add(t.Context(), f.organizer, c.ID, givenPhoto(t, 1)); err != nil || again.Status != model.PhotoKept {
			t.Errorf("by the organizer: %+v, %v", again, err)
		}
	})
}

// TestPhotosInABucket keeps photos on a server of S3: they are shown by the same links, swept as files are, and while the
// server is away that is said.
func TestPhotosInABucket(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		s := buckettest.Serve(t)
		c, a := f.given(t, f.plan()), f.albumAt(t, s.Address())
		p, err := a.Add(t.Context(), f.organizer, c.ID, givenPhoto(t, 9))
		if err != nil {
			t.Fatal(err)
		}
		if content, err := a.open(t, p, asItIs); err != nil || int64(len(content)) != p.Size || !bytes.HasPrefix(content, []byte("\xff\xd8")) {
			t.Errorf("%d bytes of %d, %v", len(content), p.Size, err)
		}
		if _, err := a.open(t, p, func(q url.Values) { q.Set("signature", "x") }); !errors.Is(err, model.ErrPhotoLink) {
			t.Errorf("a forged link: %v", err)
		}
		if _, err := a.Choose(t.Context(), f.organizer, p.ID); err != nil {
			t.Fatal(err)
		}
		if pictures, err := a.Pictures(t.Context(), f.organizer, c.ID); err != nil || len(pictures) != 1 {
			t.Errorf("%d pictures, %v", len(pictures), err)
		}
		if _, err := a.Drop(t.Context(), f.organizer, p.ID); err != nil {
			t.Fatal(err)
		}
		f.now.Store(int64(model.InstantOf(time.Now().Add(1000 * time.Hour)))) // long after the row was dropped and the file written
		for _, want := range []int{1, 0} {
			if n, err := a.Sweep(t.Context()); err != nil || n != want {
				t.Errorf("%d files are swept, want %d, %v", n, want, err)
			}
		}
		if _, err := a.Read(t.Context(), p); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("the file is there: %v", err)
		}
		s.Close()
		if _, err := a.Read(t.Context(), p); !errors.Is(err, model.ErrUnavailable) {
			t.Errorf("without the server: %v", err)
		}
	})
}
