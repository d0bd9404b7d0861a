package booklet

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"linbanglin/model"
)

// fonts finds the font of PDF files, and keeps it.
type fonts struct {
	named  string   // by the operator; empty to look around
	places []string // to look in
	mu     sync.Mutex
	found  *face
	tried  time.Time // when looking found nothing
}

// lookAgain is how long a search that found nothing is trusted; a font may be installed meanwhile.
const lookAgain = time.Minute

// face returns the font. It fails with ErrPDFFont when there is none.
func (f *fonts) face() (*face, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.found != nil:
		return f.found, nil
	case f.named != "":
		found, err := readFace(f.named)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", model.ErrPDFFont, err)
		}
		f.found = found
		return found, nil
	case time.Since(f.tried) < lookAgain:
		return nil, model.ErrPDFFont
	}
	for _, path := range candidates(f.places) {
		if found, err := readFace(path); err == nil {
			f.found = found
			return found, nil
		}
	}
	f.tried = time.Now()
	return nil, model.ErrPDFFont
}

// usualPlaces is where systems keep fonts.
func usualPlaces() []string {
	places := []string{"/usr/share/fonts", "/usr/local/share/fonts", "/System/Library/Fonts", "/Library/Fonts", `C:\Windows\Fonts`}
	if home, err := os.UserHomeDir(); err == nil {
		places = append(places, filepath.Join(home, ".fonts"), filepath.Join(home, ".local/share/fonts"))
	}
	return places
}

// known are parts of the file names of fonts with Chinese characters, the best for print first.
func known() []string {
	return []string{
		"wqy-microhei", "wqy-zenhei", "notosanssc", "notosanscjk", "sourcehansans", "droidsansfallback", "simhei", "msyh", "deng", "heiti",
		"simsun", "songti", "uming", "gbsn", "ukai", "gkai", "arialuni", "unifont",
	}
}

// candidates lists font files below places that may have Chinese characters, the best first.
func candidates(places []string) []string {
	type ranked struct {
		path string
		rank int
	}
	var list []ranked
	for _, place := range places {
		// What cannot be read is passed over: another place may have a font.
		_ = filepath.WalkDir(place, func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return nil //nolint:nilerr // see above
			}
			name := strings.ToLower(entry.Name())
			if ext := filepath.Ext(name); entry.IsDir() || ext != ".ttf" && ext != ".ttc" {
				return nil
			}
			if rank := slices.IndexFunc(known(), func(part string) bool { return strings.Contains(name, part) }); rank >= 0 {
				list = append(list, ranked{path, rank})
			}
			return nil
		})
	}
	slices.SortFunc(list, func(a, b ranked) int {
		if a.rank != b.rank {
			return a.rank - b.rank
		}
		return strings.Compare(a.path, b.path)
	})
	paths := make([]string, len(list))
	for i, r := range list {
		paths[i] = r.path
	}
	return paths
}
