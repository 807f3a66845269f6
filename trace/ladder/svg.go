package ladder

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// SVGOptions changes how a ladder is drawn.
type SVGOptions struct {
	Standalone bool   // a file of its own: with its own colours, light and dark
	Selected   string // Row.ID that is selected at first
	Prefix     string // of every id in the drawing, so that two can share a page
}

// The measures of a drawing, in user units that are CSS pixels at full size.
const (
	firstLane  = 190
	lastMargin = 120
	wideSpan   = 310 // from lane to lane when there are two
	span       = 260 // when there are more
	top        = 62
	rowHeight  = 26
	bandHeight = 36
	charWidth  = 6.9 // of a label, a little more than the average
	boldWidth  = 7.7
)

// SVG draws the ladder. Each row that stands for events is a group with the id of the row, data-evidence with the ids of
// its events, and a title; StyleSheet colours it with the page's CSS variables. Class "selected" or "related" on a row marks it.
func (l Ladder) SVG(w io.Writer, options SVGOptions) error {
	d := &drawing{ladder: l, options: options}
	d.draw()
	_, err := io.WriteString(w, d.out.String())
	return err
}

type drawing struct {
	ladder        Ladder
	options       SVGOptions
	width, height int
	out           strings.Builder
}

func (d *drawing) printf(format string, args ...any) { fmt.Fprintf(&d.out, format, args...) }

// x is where a lane stands.
func (d *drawing) x(lane int) int {
	if len(d.ladder.Lanes) <= 2 {
		return firstLane + lane*wideSpan
	}
	return firstLane + lane*span
}

func heightOf(r Row) int {
	if r.Kind == Band {
		return bandHeight
	}
	return rowHeight
}

func (d *drawing) draw() {
	d.width = d.x(max(len(d.ladder.Lanes)-1, 0)) + lastMargin
	d.height = top + 14
	for _, r := range d.ladder.Rows {
		d.height += heightOf(r)
	}
	if len(d.ladder.Rows) == 0 {
		d.height += rowHeight
	}
	d.open()
	d.lanes()
	y := top
	for i, r := range d.ladder.Rows {
		d.row(r, y, i == 0)
		y += heightOf(r)
	}
	if len(d.ladder.Rows) == 0 {
		d.printf(`<text class="m" x="%d" y="%d">%s</text>`, 20, y+rowHeight/2, escape(d.ladder.Lang.Say("ladder.empty")))
	}
	d.printf("</svg>\n")
}

// open writes the head. A drawing on a page is as wide as it needs to be to be read, and no wider than the page.
func (d *drawing) open() {
	class := "ladder"
	switch n := len(d.ladder.Lanes); {
	case n > 4:
		class += " very-wide"
	case n > 2:
		class += " wide"
	}
	d.printf(`<svg class="%s" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="group" aria-labelledby="%s" lang="%s"`,
		class, d.width, d.height, d.id("title"), escape(string(d.ladder.Lang)))
	if d.options.Standalone {
		d.printf(` width="%d" height="%d"`, d.width, d.height)
	}
	d.printf("><title id=\"%s\">%s</title>\n", d.id("title"), escape(d.ladder.Title))
	if d.options.Standalone {
		d.printf("<style>\n%s%s</style>\n", StyleSheet, ownColours)
	}
	d.printf(`<defs><marker id="%s" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8z" fill="context-stroke"/></marker>`, d.id("head"))
	d.printf(`<pattern id="%s" width="9" height="9" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V9" class="hatch"/></pattern></defs>`+"\n", d.id("hatch"))
	if d.options.Standalone {
		d.printf(`<rect class="paper" width="%d" height="%d"/>`+"\n", d.width, d.height)
	}
}

func (d *drawing) id(name string) string { return escape(d.options.Prefix + "ladder-" + name) }

// lanes draws the lines of the lanes, with the names people know on top and the addresses below.
func (d *drawing) lanes() {
	room := wideSpan
	if len(d.ladder.Lanes) > 2 {
		room = span
	}
	for i, lane := range d.ladder.Lanes {
		x := d.x(i)
		d.printf(`<text class="n" x="%d" y="24">%s</text>`, x, escape(fit(lane.Name, room-30, charWidth+.8)))
		if lane.Address != "" {
			d.printf(`<text class="ad" x="%d" y="40">%s</text>`, x, escape(fit(lane.Address, room-20, charWidth)))
		}
		d.printf(`<path class="l" d="M%d 50V%d"/>`+"\n", x, d.height-8)
	}
}

// row draws a row as a group that can be focused, selected and read aloud.
func (d *drawing) row(r Row, y int, first bool) {
	if len(r.Evidence) == 0 {
		d.printf(`<g class="row k-%s">`, r.Kind)
	} else {
		class := "row k-" + string(r.Kind) + " t-" + string(r.Tone)
		current := ""
		if r.ID == d.options.Selected {
			class += " selected"
			current = ` aria-current="true"`
		}
		d.printf(`<g class="%s" id="%s" data-evidence="%s"%s`, class, escape(d.options.Prefix+r.ID), escape(evidence(r.Evidence)), current)
		if !d.options.Standalone {
			tab := -1
			if current != "" || (first && d.options.Selected == "") {
				tab = 0
			}
			d.printf(` role="button" tabindex="%d"`, tab)
		}
		spoken := escape(d.spoken(r))
		d.printf(` aria-label="%s"><title>%s</title><rect class="sel" x="2" y="%d" width="%d" height="%d" rx="4"/>`,
			spoken, spoken, y, d.width-4, heightOf(r))
	}
	d.times(r, y)
	switch r.Kind {
	case Arrow:
		d.arrow(r, y)
	case Band:
		d.band(r, y)
	case Pill:
		d.pill(r, y)
	case Hole:
		d.hole(r, y)
	case Quiet:
		d.quiet(r, y)
	}
	d.printf("</g>\n")
}

func evidence(refs []trace.EventRef) string {
	ids := make([]string, len(refs))
	for i, r := range refs {
		ids[i] = r.ID()
	}
	return strings.Join(ids, " ")
}

// spoken is the row in words, for those who hear the page.
func (d *drawing) spoken(r Row) string {
	label := r.Label
	if r.Note != "" {
		label += ", " + r.Note
	}
	args := []phrase.Arg{
		phrase.With("offset", r.Offset), phrase.With("label", label),
		phrase.With("from", d.ladder.Lanes[r.From].Name), phrase.With("to", d.ladder.Lanes[r.To].Name),
	}
	if r.Kind == Arrow {
		return d.ladder.Lang.Say("ladder.row", args...)
	}
	return d.ladder.Lang.Say("ladder.row.at", args...)
}

// times writes the offset, which the page may replace by the time of day, and the delta.
func (d *drawing) times(r Row, y int) {
	if r.Kind == Quiet || r.Kind == Band || r.Offset == "" {
		return
	}
	d.printf(`<text class="t" x="10" y="%d">%s</text>`, y+heightOf(r)/2+6, escape(r.Offset))
	if r.Delta != "" {
		d.printf(`<text class="d" x="90" y="%d">%s</text>`, y+heightOf(r)/2+6, escape(r.Delta))
	}
}

// arrow draws a message: a line with a head, its name above it.
func (d *drawing) arrow(r Row, y int) {
	from, to := d.x(r.From), d.x(r.To)
	line, room := y+rowHeight/2+4, abs(to-from)-24
	end := to - 2
	if to < from {
		end = to + 2
	}
	dashed := ""
	if r.Dashed {
		dashed = ` stroke-dasharray="5 4"`
	}
	if from == to { // a device that calls itself
		end, room = from+60, span-24
	}
	d.printf(`<path class="a" d="M%d %dH%d"%s marker-end="url(#%s)"/>`, from, line, end, dashed, d.id("head"))
	label, note := fit(r.Label, room, charWidth), ""
	if left := room - int(float64(utf8.RuneCountInString(label)+1)*charWidth); r.Note != "" && left > 40 {
		note = fit(r.Note, left, charWidth)
	}
	d.printf(`<text class="m" x="%d" y="%d">%s`, (from+to)/2, line-6, escape(label))
	if note != "" {
		d.printf(` <tspan class="note">%s</tspan>`, escape(note))
	}
	d.printf(`</text>`)
}

// band draws media and hold as a stretch between the lanes; a hold is hatched, so that it can be told without colour.
func (d *drawing) band(r Row, y int) {
	from, to := min(d.x(r.From), d.x(r.To))+2, max(d.x(r.From), d.x(r.To))-2
	d.printf(`<rect class="b" x="%d" y="%d" width="%d" height="26" rx="3"/>`, from, y+6, to-from)
	label := fit(r.Label, to-from-16, charWidth)
	if r.Tone == Holding {
		d.printf(`<rect x="%d" y="%d" width="%d" height="26" rx="3" fill="url(#%s)"/>`, from, y+6, to-from, d.id("hatch"))
		half := int(float64(utf8.RuneCountInString(label))*charWidth/2) + 8
		d.printf(`<rect class="b" x="%d" y="%d" width="%d" height="20" rx="10"/>`, (from+to)/2-half, y+9, 2*half)
	}
	d.printf(`<text class="m" x="%d" y="%d">%s</text>`, (from+to)/2, y+23, escape(label))
}

// pill draws what never reached the wire on the lane of its device.
func (d *drawing) pill(r Row, y int) {
	d.capsule(r, y, r.Label, "pill")
}

// hole draws missing events as a broken outline over the lane, and breaks the lane.
func (d *drawing) hole(r Row, y int) {
	d.capsule(r, y, "⋯ "+r.Label, "gap")
}

func (d *drawing) capsule(r Row, y int, label, class string) {
	x, char := d.x(r.From), charWidth
	if r.Tone == Failure || r.Tone == Holding {
		char = boldWidth
	}
	label = fit(label, 2*(d.width-d.x(len(d.ladder.Lanes)-1))+120, char)
	half := int(float64(utf8.RuneCountInString(label))*char/2) + 10
	x = min(max(x, half+86), d.width-half-4)
	d.printf(`<rect class="%s" x="%d" y="%d" width="%d" height="20" rx="10"/><text class="m" x="%d" y="%d">%s</text>`,
		class, x-half, y+3, 2*half, x, y+17, escape(label))
}

// quiet draws a collapsed silence.
func (d *drawing) quiet(r Row, y int) {
	middle := (d.x(r.From) + d.x(r.To)) / 2
	for i := range d.ladder.Lanes {
		d.printf(`<path class="pause" d="M%[1]d %[2]dv5M%[1]d %[3]dv5M%[1]d %[4]dv5"/>`, d.x(i), y+2, y+10, y+18)
	}
	d.printf(`<text class="m" x="%d" y="%d">%s</text>`, middle, y+17, escape(r.Label))
}

func abs(n int) int { return max(n, -n) }

// fit shortens a text to a width in pixels, as far as an average character tells.
func fit(s string, width int, char float64) string {
	room := max(int(float64(width)/char), 1)
	if utf8.RuneCountInString(s) <= room {
		return s
	}
	runes := []rune(s)
	return strings.TrimRight(string(runes[:max(room-1, 0)]), " ") + "…"
}

// escape makes a text fit for XML, between tags and in attributes. What XML 1.0 does not allow is left out.
func escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '&', r == '<', r == '>', r == '"', r == '\'':
			b.WriteString("&#" + strconv.Itoa(int(r)) + ";")
		case r == utf8.RuneError, r < 0x20, r == 0xfffe, r == 0xffff:
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
