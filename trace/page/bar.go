package page

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"sidetone/trace"
	"sidetone/trace/story"
)

// Bar is a call's phases to scale. Positions and widths are percentages of the bar.
type Bar struct {
	Slices []Slice
	Ticks  []Tick
	Label  string // all of it in words
}

// Slice is one phase. Its label is shown from the width of bar on at which it fits, else its word, else nothing.
type Slice struct {
	Kind            story.PhaseKind
	X, Width        float64
	Label, Word     string
	LabelAt, WordAt string // classes
}

// Tick is a time below the bar.
type Tick struct {
	X      float64
	Anchor string // text-anchor
	At     time.Time
	Word   string
	ShowAt string // class
}

// steps are the widths in CSS pixels at which the style sheet shows more of a bar; slices and ticks carry the class of
// the first one that has room for them.
var steps = []int{300, 600, 900, 1200}

const (
	glyphWidth = 6.6 // of the labels' size, a little more than the average
	padding    = 18
	thinnest   = 0.5 // percent: a phase of milliseconds can still be seen
)

// PhaseBar lays out the phases of a story, what is still going on until now.
func PhaseBar(s *story.Story, w *Words, now time.Time) Bar {
	var phases []story.Phase
	var shares []float64
	var labels []string
	for _, p := range phasesUntil(s, now) {
		if p.DurationUS > 0 {
			phases, shares, labels = append(phases, p), append(shares, float64(p.DurationUS)), append(labels, p.Label)
		}
	}
	bar := Bar{Label: strings.Join(labels, ", ")}
	place(shares, func(i int, x, width float64) {
		bar.Slices = append(bar.Slices, slice(&phases[i], x, width))
	})
	bar.Ticks = ticks(phases, bar.Slices, w)
	return bar
}

// place gives each share its position and width in percent, none thinner than can be seen.
func place(shares []float64, put func(i int, x, width float64)) {
	var total, sum float64
	for _, s := range shares {
		total += s
	}
	widths := make([]float64, len(shares))
	for i, s := range shares {
		if s > 0 {
			widths[i] = max(s/total*100, thinnest)
		}
		sum += widths[i]
	}
	var x float64
	for i, w := range widths {
		if w > 0 {
			put(i, x, w*100/sum)
			x += w * 100 / sum
		}
	}
}

func slice(p *story.Phase, x, width float64) Slice {
	s := Slice{Kind: p.Kind, X: x, Width: width, Label: p.Label, Word: p.Word}
	label, word := fits(p.Label, width), fits(p.Word, width)
	s.LabelAt = showFrom(label)
	if s.WordAt = showFrom(word); label > 0 && word > 0 {
		s.WordAt += " until-" + strconv.Itoa(label)
	}
	return s
}

// fits gives the first step at which the text has room in a part of the bar, or 0.
func fits(text string, percent float64) int {
	need := float64(utf8.RuneCountInString(text))*glyphWidth + padding
	for _, s := range steps {
		if float64(s)*percent/100 >= need {
			return s
		}
	}
	return 0
}

func showFrom(step int) string {
	if step == 0 {
		return "never"
	}
	return "from-" + strconv.Itoa(step)
}

// ticks writes the start and the end, and where holds begin and end as far as there is room.
func ticks(phases []story.Phase, slices []Slice, w *Words) []Tick {
	if len(phases) == 0 {
		return nil
	}
	last := phases[len(phases)-1]
	all := []Tick{{X: 0, Anchor: "start", At: phases[0].At}, {X: 100, Anchor: "end", At: last.At.Add(last.DurationUS.Duration())}}
	for i, p := range phases {
		switch {
		case p.Kind == story.Held:
			all = append(all, Tick{X: slices[i].X, Anchor: "middle", At: p.At, Word: w.Hold})
		case i > 0 && phases[i-1].Kind == story.Held:
			all = append(all, Tick{X: slices[i].X, Anchor: "middle", At: p.At, Word: w.Resume})
		}
	}
	var placed []Tick
	for _, step := range steps {
		for i := range all {
			if all[i].ShowAt == "" && !collides(all[i], placed, step) {
				all[i].ShowAt = showFrom(step)
				placed = append(placed, all[i])
			}
		}
	}
	return placed
}

// collides tells whether a tick would run into one of those placed, on a bar of the given width.
func collides(t Tick, placed []Tick, step int) bool {
	from, to := extent(t, step)
	if from < 0 || to > float64(step) {
		return true
	}
	for _, p := range placed {
		if a, b := extent(p, step); from < b+padding && a < to+padding {
			return true
		}
	}
	return false
}

func extent(t Tick, step int) (from, to float64) {
	x, width := t.X/100*float64(step), float64(len("00:00:00")+1+utf8.RuneCountInString(t.Word))*glyphWidth
	switch t.Anchor {
	case "start":
		return x, x + width
	case "end":
		return x - width, x
	default:
		return x - width/2, x + width/2
	}
}

// fullLength is the call that fills a miniature: longer ones look alike.
const fullLength = time.Hour

// Length is how much of a miniature's width a call takes, in percent: a logarithm, so that a second, a minute and an
// hour can be told apart at a glance and the same duration is as long in every list.
func Length(total trace.Micros) float64 {
	seconds := total.Duration().Seconds()
	return min(max(math.Log(1+seconds)/math.Log(1+fullLength.Seconds())*100, 4), 100)
}

// percent writes a number of percent for an attribute.
func percent(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) + "%" }
