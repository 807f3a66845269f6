package ladder

import (
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"sidetone/trace"
	"sidetone/trace/markup"
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
	lineHeight = 16  // of the second line of a band
	charWidth  = 6.9 // of a label, a little more than the average
	boldWidth  = 7.7
)

// SVG draws the ladder. Each row that stands for events is a group with the id of the row, data-evidence with the ids of
// its events, and a title; StyleSheet colours it with the page's CSS variables. Class "selected" or "related" on a row marks it.
// Every row has its words as the name that is read aloud; in a standalone drawing it is an image, on a page a button.
func (l Ladder) SVG(w io.Writer, options SVGOptions) error {
	var m markup.Writer
	l.Draw(&m, options)
	if err := m.Err(); err != nil {
		return err
	}
	_, err := w.Write(m.Bytes())
	return err
}

// Draw writes the drawing of SVG into a page.
func (l Ladder) Draw(w *markup.Writer, options SVGOptions) {
	d := &drawing{Writer: w, ladder: l, options: options}
	d.draw()
}

type drawing struct {
	*markup.Writer
	ladder        Ladder
	options       SVGOptions
	width, height int
}

// n writes a number for an attribute.
func n(v int) string { return strconv.Itoa(v) }

// span is how far it is from lane to lane.
func (d *drawing) span() int {
	if len(d.ladder.Lanes) <= 2 {
		return wideSpan
	}
	return span
}

// x is where a lane stands.
func (d *drawing) x(lane int) int { return firstLane + lane*d.span() }

func (d *drawing) heightOf(r Row) int {
	if r.Kind == Band {
		return bandHeight + lineHeight*(len(d.bandLines(r))-1)
	}
	return rowHeight
}

func (d *drawing) draw() {
	d.width = d.x(max(len(d.ladder.Lanes)-1, 0)) + lastMargin
	d.height = top + 14
	ys := make([]int, len(d.ladder.Rows)+1) // where each row begins
	y := top
	for i, r := range d.ladder.Rows {
		ys[i] = y
		y += d.heightOf(r)
	}
	ys[len(d.ladder.Rows)] = y
	d.height = y + 14
	if len(d.ladder.Rows) == 0 {
		d.height += rowHeight
	}
	d.open()
	d.lanes()
	for i, r := range d.ladder.Rows {
		if r.Kind == Band {
			d.bars(r, ys[i], ys[min(i+max(r.Rows, 1), len(d.ladder.Rows))])
		}
	}
	for i, r := range d.ladder.Rows {
		d.row(r, ys[i], i == 0)
	}
	if len(d.ladder.Rows) == 0 {
		d.label(d.width/2, y+rowHeight/2, d.ladder.Lang.Say("ladder.empty"))
	}
	d.HTML("</svg>\n")
}

// open writes the head. A drawing on a page is as wide as it needs to be to be read, and no wider than the page.
func (d *drawing) open() {
	class := "ladder"
	switch lanes := len(d.ladder.Lanes); {
	case lanes > 4:
		class += " very-wide"
	case lanes > 2:
		class += " wide"
	}
	size := n(d.width) + " " + n(d.height)
	d.HTML(`<svg class="{}" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {}" role="group" aria-labelledby="{}" aria-describedby="{}" lang="{}"`,
		class, size, d.id("title"), d.id("about"), string(d.ladder.Lang))
	d.If(d.options.Standalone, ` width="{}" height="{}"`, n(d.width), n(d.height))
	d.HTML("><title id=\"{}\">{}</title><desc id=\"{}\">{}</desc>\n", d.id("title"), d.ladder.Title, d.id("about"), d.about())
	if d.options.Standalone {
		d.Style(StyleSheet, ownColours)
	}
	d.HTML(`<defs><marker id="{}" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8z" fill="context-stroke"/></marker>`, d.id("head"))
	d.HTML(`<pattern id="{}" width="9" height="9" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V9" class="hatch"/></pattern></defs>`+"\n", d.id("hatch"))
	d.If(d.options.Standalone, `<rect class="paper" width="{}" height="{}"/>`+"\n", n(d.width), n(d.height))
}

// label writes the words of a row.
func (d *drawing) label(x, y int, text string) {
	d.HTML(`<text class="m" x="{}" y="{}">{}</text>`, n(x), n(y), text)
}

// about says how much there is to read, and how the drawing is to be read.
func (d *drawing) about() string {
	messages := 0
	var last time.Duration
	for _, r := range d.ladder.Rows {
		if r.Kind == Arrow {
			messages++
		}
		last = max(last, r.OffsetUS.Duration())
	}
	return d.ladder.Lang.Say("ladder.about", phrase.Count("n", messages), phrase.With("took", d.ladder.Lang.Duration(last)))
}

func (d *drawing) id(name string) string { return d.options.Prefix + "ladder-" + name }

// lanes draws the lines of the lanes, with the names people know on top and the addresses below.
func (d *drawing) lanes() {
	for i, lane := range d.ladder.Lanes {
		x, class := d.x(i), "l"
		below := together(lane.Address, lane.Transport)
		if lane.Address == "" {
			below, class = d.ladder.Lang.Say("ladder.unreached"), "l unreached"
		}
		d.HTML(`<g><title>{}</title><text class="n" x="{}" y="24">{}</text><text class="ad" x="{}" y="40">{}</text>`,
			lane.Name+", "+below, n(x), fit(lane.Name, d.span()-30, boldWidth), n(x), squeeze(below, int(float64(d.span()-24)/charWidth)))
		d.HTML(`<path class="{}" d="M{} 50V{}"/></g>`+"\n", class, n(x), n(d.height-8))
	}
}

// bars draw sound and hold along the lanes of those who hear it, as long as it lasts.
func (d *drawing) bars(r Row, from, to int) {
	class := "bar"
	if r.Tone == Holding {
		class = "bar held"
	}
	lanes := []int{r.From, r.To}
	if r.From == r.To {
		lanes = lanes[:1]
	}
	for _, lane := range lanes {
		x, y, length := n(d.x(lane)-3), n(from+6), n(max(to-from-8, 1))
		d.HTML(`<rect class="{}" x="{}" y="{}" width="6" height="{}" rx="2"/>`, class, x, y, length)
		d.If(r.Tone == Holding, `<rect x="{}" y="{}" width="6" height="{}" fill="url(#{})"/>`, x, y, length, d.id("hatch"))
	}
	d.HTML("\n")
}

// row draws a row as a group that can be focused, selected and read aloud.
func (d *drawing) row(r Row, y int, first bool) {
	spoken := d.spoken(r)
	if len(r.Evidence) == 0 {
		d.HTML(`<g class="row k-{}" role="img" aria-label="{}">`, string(r.Kind), spoken)
	} else {
		class, selected, tab := "row k-"+string(r.Kind)+" t-"+string(r.Tone), r.ID == d.options.Selected, -1
		if selected {
			class += " selected"
		}
		if selected || first && d.options.Selected == "" {
			tab = 0
		}
		d.HTML(`<g class="{}" id="{}" data-evidence="{}"`, class, d.options.Prefix+r.ID, evidence(r.Evidence))
		d.If(selected, ` aria-current="true"`)
		d.If(d.options.Standalone, ` role="img"`)
		d.If(!d.options.Standalone, ` role="button" tabindex="{}"`, n(tab))
		d.HTML(` aria-label="{}"><title>{}</title><rect class="sel" x="2" y="{}" width="{}" height="{}" rx="4"/>`, spoken, spoken, n(y), n(d.width-4), n(d.heightOf(r)))
	}
	d.times(r, y)
	switch r.Kind {
	case Arrow:
		d.arrow(r, y)
	case Band:
		d.band(r, y)
	case Pill:
		d.capsule(r, y, r.Label, "pill")
	case Hole:
		d.breakLane(r.From, y)
		d.capsule(r, y, "⋯ "+r.Label, "gap")
	case Quiet, More:
		d.quiet(r, y)
	}
	d.HTML("</g>\n")
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
		label += ", " + strings.ReplaceAll(r.Note, separator, ", ")
	}
	if r.Offset == "" {
		return label
	}
	args := []phrase.Arg{
		phrase.With("offset", r.Offset), phrase.With("label", label),
		phrase.With("from", d.ladder.Lanes[r.From].Name), phrase.With("to", d.ladder.Lanes[r.To].Name),
	}
	key := "ladder.row.at"
	switch r.Kind {
	case Arrow:
		key = "ladder.row"
	case Band, More:
		key = "ladder.row.between"
	case Pill, Hole, Quiet: // on one lane, or on none
	}
	return d.ladder.Lang.Say(key, args...)
}

// times writes the offset, which the page may replace by the time of day, and the delta.
func (d *drawing) times(r Row, y int) {
	if r.Kind == Quiet || r.Kind == Band || r.Offset == "" {
		return
	}
	base := n(y + d.heightOf(r)/2 + 6)
	d.HTML(`<text class="t" x="10" y="{}">{}</text>`, base, r.Offset)
	d.If(r.Delta != "", `<text class="d" x="90" y="{}">{}</text>`, base, r.Delta)
}

// arrow draws a message: a line with a head, its name above it.
func (d *drawing) arrow(r Row, y int) {
	from, to := d.x(r.From), d.x(r.To)
	line, room := y+rowHeight/2+4, abs(to-from)-24
	end, middle := to-2, (from+to)/2
	if to < from {
		end = to + 2
	}
	if from == to { // a device that calls itself
		end, room = from+60, d.span()-24
	}
	char := charWidth
	if r.Tone == Failure || r.Tone == Holding {
		char = boldWidth
	}
	d.HTML(`<path class="a" d="M{} {}H{}"`, n(from), n(line), n(end))
	d.If(r.Dashed, ` stroke-dasharray="5 4"`)
	d.If(!r.Dashed && r.Tone == Media, ` stroke-dasharray="1 3"`)
	d.HTML(` marker-end="url(#{})"/>`, d.id("head"))
	whole := fitParts(int(float64(room)/char), r.Label, r.Note)
	label, note := whole, ""
	if rest, ok := strings.CutPrefix(whole, r.Label+separator); ok {
		label, note = r.Label, rest
	}
	d.HTML(`<text class="m" x="{}" y="{}">{}`, n(middle), n(line-6), label)
	d.If(note != "", ` <tspan class="note">{}</tspan>`, note)
	d.HTML(`</text>`)
}

// bandLines is what a band says, in two lines when one is too short for it.
func (d *drawing) bandLines(r Row) []string {
	room := int(float64(abs(d.x(r.To)-d.x(r.From))-24) / charWidth)
	parts := strings.Split(together(r.Label, r.Note), separator)
	lines := []string{parts[0]}
	for _, part := range parts[1:] {
		if with := lines[len(lines)-1] + separator + part; utf8.RuneCountInString(with) <= room || len(lines) == 2 {
			lines[len(lines)-1] = with
		} else {
			lines = append(lines, part)
		}
	}
	for i, line := range lines {
		lines[i] = fit(line, room, 1)
	}
	return lines
}

// band draws media and hold as a stretch between the lanes; a hold is hatched, so that it can be told without colour.
func (d *drawing) band(r Row, y int) {
	lines := d.bandLines(r)
	from, to := min(d.x(r.From), d.x(r.To))+3, max(d.x(r.From), d.x(r.To))-3
	height := d.heightOf(r) - 10
	x, top, width := n(from), n(y+6), n(max(to-from, 1))
	d.HTML(`<rect class="b" x="{}" y="{}" width="{}" height="{}" rx="3"/>`, x, top, width, n(height))
	if r.Tone == Holding {
		d.HTML(`<rect x="{}" y="{}" width="{}" height="{}" rx="3" fill="url(#{})"/>`, x, top, width, n(height), d.id("hatch"))
		longest := 0
		for _, line := range lines {
			longest = max(longest, utf8.RuneCountInString(line))
		}
		half := int(float64(longest)*charWidth/2) + 8
		d.HTML(`<rect class="b" x="{}" y="{}" width="{}" height="{}" rx="10"/>`, n((from+to)/2-half), n(y+9), n(2*half), n(height-6))
	}
	for i, line := range lines {
		d.label((from+to)/2, y+23+i*lineHeight, line)
	}
}

// capsule draws what never reached the wire on the lane of its device, or with a broken outline the events that are missing.
func (d *drawing) capsule(r Row, y int, label, class string) {
	x, char := d.x(r.From), charWidth
	if r.Tone == Failure || r.Tone == Holding {
		char = boldWidth
	}
	label = fit(label, 2*(d.width-d.x(len(d.ladder.Lanes)-1))+120, char)
	half := int(float64(utf8.RuneCountInString(label))*char/2) + 10
	least := 86 // right of the offset
	if r.Delta != "" {
		least = 150
	}
	x = max(min(x, d.width-half-4), half+least)
	d.HTML(`<rect class="{}" x="{}" y="{}" width="{}" height="20" rx="10"/>`, class, n(x-half), n(y+3), n(2*half))
	d.label(x, y+17, label)
}

// breakLane draws a lane as broken for the height of a row.
func (d *drawing) breakLane(lane, y int) {
	x := n(d.x(lane))
	d.HTML(`<path class="pause" d="M{} {}v5M{} {}v5M{} {}v5"/>`, x, n(y+2), x, n(y+10), x, n(y+18))
}

// quiet draws what is collapsed: a silence, or rows that came again and again.
func (d *drawing) quiet(r Row, y int) {
	for i := range d.ladder.Lanes {
		d.breakLane(i, y)
	}
	middle := (d.x(r.From) + d.x(r.To)) / 2
	if r.From == r.To {
		middle = d.x(r.From) + d.span()/2*boolSign(r.From < len(d.ladder.Lanes)-1)
	}
	d.label(middle, y+17, r.Label)
}

// boolSign is 1 or -1.
func boolSign(b bool) int {
	if b {
		return 1
	}
	return -1
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
