package booklet

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"linbanglin/model"
)

func TestFontsAreLookedForBestFirst(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"truetype/arphic/uming.ttc", "truetype/wqy/wqy-microhei.ttc", "truetype/dejavu/DejaVuSans.ttf", "opentype/NotoSansCJK-Regular.otf", "truetype/DroidSansFallbackFull.ttf", "wqy-zenhei.txt"} {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, path := range candidates([]string{filepath.Join(folder, "nowhere"), folder}) {
		got = append(got, filepath.Base(path))
	}
	if want := []string{"wqy-microhei.ttc", "DroidSansFallbackFull.ttf", "uming.ttc"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestWithoutAFontOnlyPDFIsNotMade(t *testing.T) {
	f := &fonts{places: []string{t.TempDir()}}
	for range 2 {
		if _, err := f.face(); !errors.Is(err, model.ErrPDFFont) {
			t.Errorf("got %v", err)
		}
	}
}
