package simulation

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
)

// The size of a plot and of its field, in pixels.
const (
	plotWidth, plotHeight       = 640, 400
	fieldLeft, fieldTop         = 60, 40
	fieldWidth, fieldHeight     = 420, 300
	fieldRight                  = fieldLeft + fieldWidth
	fieldBottom                 = fieldTop + fieldHeight
	legendLeft, legendLine      = fieldRight + 20, 20
	ticks                       = 5
	scatterLeast, scatterMargin = 4.0, 1.5 // notices per fill where the axis begins, and room at its end
)

// Plots writes what the policies cost against how fast they are, and how even their load is, as SVG files
// into the folder. Their names carry the number of residents and the days of history.
func (r *Report) Plots(folder string) error {
	for name, content := range map[string]string{"speed": r.speed(), "load": r.load()} {
		file := filepath.Join(folder, fmt.Sprintf("%s-%d-%d.svg", name, r.Residents, r.History))
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil { //nolint:gosec // to be looked at by everybody
			return fmt.Errorf("write plot: %w", err)
		}
	}
	return nil
}

func color(policy string) string {
	return map[string]string{
		Ours: "#c0392b", Broadcast: "#7f8c8d", Nearest: "#2980b9", Random: "#27ae60", Alert7: "#8e44ad", Oracle: "#f39c12",
	}[policy]
}

// drawing is an SVG in the making.
type drawing struct{ strings.Builder }

func newDrawing(title, x, y string) *drawing {
	d := &drawing{}
	fmt.Fprintf(&d.Builder, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">`+"\n", plotWidth, plotHeight)
	fmt.Fprintf(&d.Builder, `<rect width="%d" height="%d" fill="white"/>`+"\n", plotWidth, plotHeight)
	fmt.Fprintf(&d.Builder, `<rect x="%d" y="%d" width="%d" height="%d" fill="none" stroke="#999"/>`+"\n", fieldLeft, fieldTop, fieldWidth, fieldHeight)
	d.text(fieldLeft, fieldTop-15, "start", title)
	d.text(fieldLeft+fieldWidth/2, fieldBottom+40, "middle", x)
	fmt.Fprintf(&d.Builder, `<text transform="translate(15 %d) rotate(-90)" text-anchor="middle">%s</text>`+"\n", fieldTop+fieldHeight/2, y)
	return d
}

func (d *drawing) text(x, y float64, anchor, text string) {
	fmt.Fprintf(&d.Builder, `<text x="%.1f" y="%.1f" text-anchor="%s">%s</text>`+"\n", x, y, anchor, text)
}

func (d *drawing) dot(x, y float64, policy string) {
	fmt.Fprintf(&d.Builder, `<circle cx="%.1f" cy="%.1f" r="5" fill="%s"/>`+"\n", x, y, color(policy))
}

func (d *drawing) line(points []string, stroke string) {
	fmt.Fprintf(&d.Builder, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>`+"\n", strings.Join(points, " "), stroke)
}

// legend names the policies, each with a word about it.
func (d *drawing) legend(policies []Figures, word func(*Figures) string) {
	for i := range policies {
		y := float64(fieldTop + 10 + i*legendLine)
		d.dot(legendLeft, y-4, policies[i].Policy)
		d.text(legendLeft+12, y, "start", policies[i].Policy+" "+word(&policies[i]))
	}
}

func (d *drawing) end() string { return d.String() + "</svg>\n" }

// speed draws minutes to acceptance against notices per fill, which are on a logarithmic axis.
func (r *Report) speed() string {
	d := newDrawing(fmt.Sprintf("%d residents, %d days of history: cost and speed", r.Residents, r.History), "notices per fill (logarithmic)", "median minutes to acceptance")
	least, most, slowest := math.Log(scatterLeast), math.Log(scatterLeast), 1.0
	for _, f := range r.Policies {
		most, slowest = max(most, math.Log(f.NoticesPerFill*scatterMargin)), max(slowest, math.Ceil(f.MedianMinutes))
	}
	at := func(notices float64) float64 { return fieldLeft + fieldWidth*(math.Log(notices)-least)/(most-least) }
	for i := range ticks + 1 {
		part := float64(i) / ticks
		d.text(fieldLeft+fieldWidth*part, fieldBottom+20, "middle", fmt.Sprintf("%.3g", math.Exp(least+(most-least)*part)))
		d.text(fieldLeft-8, fieldBottom-fieldHeight*part+4, "end", fmt.Sprintf("%.1f", slowest*part))
	}
	for _, f := range r.Policies {
		d.dot(at(max(f.NoticesPerFill, scatterLeast)), fieldBottom-fieldHeight*f.MedianMinutes/slowest, f.Policy)
	}
	d.legend(r.Policies, func(f *Figures) string { return fmt.Sprintf("%.2f", f.NoticesPerFill) })
	return d.end()
}

// load draws Lorenz curves of tasks over helpers.
func (r *Report) load() string {
	d := newDrawing(fmt.Sprintf("%d residents, %d days of history: who does the work", r.Residents, r.History), "helpers, the least busy first", "share of the tasks")
	for i := range ticks + 1 {
		part := float64(i) / ticks
		d.text(fieldLeft+fieldWidth*part, fieldBottom+20, "middle", fmt.Sprintf("%.0f%%", 100*part))
		d.text(fieldLeft-8, fieldBottom-fieldHeight*part+4, "end", fmt.Sprintf("%.0f%%", 100*part))
	}
	point := func(x, y float64) string {
		return fmt.Sprintf("%.1f,%.1f", fieldLeft+fieldWidth*x, fieldBottom-fieldHeight*y)
	}
	d.line([]string{point(0, 0), point(1, 1)}, "#ccc")
	for _, f := range r.Policies {
		var points []string
		for i, y := range f.lorenz {
			points = append(points, point(float64(i)/lorenzSteps, y))
		}
		d.line(points, color(f.Policy))
	}
	d.legend(r.Policies, func(f *Figures) string { return fmt.Sprintf("%.3f", f.GiniPeople) })
	return d.end()
}
