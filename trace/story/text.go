package story

import (
	"io"
	"strings"
	"time"

	"sidetone/trace"
	"sidetone/trace/terminal"
)

// TextOption changes how a story or a ladder is written to a terminal.
type TextOption func(*TextStyle)

// TextStyle is what the options add up to.
type TextStyle struct {
	_        [0]func()      // not to be compared, so no code is made for it
	Colour   bool           // ANSI colours, on top of words and shapes that say the same
	ASCII    bool           // nothing but ASCII, for a terminal that shows nothing else
	Location *time.Location // of clock times; UTC when nil
}

// InColour adds ANSI colours.
func InColour() TextOption { return func(s *TextStyle) { s.Colour = true } }

// InASCII writes nothing but ASCII.
func InASCII() TextOption { return func(s *TextStyle) { s.ASCII = true } }

// In writes clock times in the given time zone.
func In(l *time.Location) TextOption { return func(s *TextStyle) { s.Location = l } }

// StyleOf adds options up.
func StyleOf(options ...TextOption) TextStyle {
	style := TextStyle{Location: time.UTC}
	for _, o := range options {
		o(&style)
	}
	if style.Location == nil {
		style.Location = time.UTC
	}
	return style
}

// least is the narrowest terminal that is laid out for; narrower ones break the lines themselves.
const least = 40

// Line is one line of a story in a terminal.
type Line struct {
	_       [0]func() // not to be compared, so no code is made for it
	Text    string    // without a line end; coloured when asked for
	Step    int       // index of the step that it tells, -1 for none
	Finding int       // index of the finding that it tells, -1 for none
}

// Text writes the story for a terminal of the given width in columns.
func Text(w io.Writer, s Story, width int, options ...TextOption) error {
	var b strings.Builder
	for _, l := range Lines(s, width, options...) {
		b.WriteString(l.Text + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Lines are the lines of Text, each with what it tells.
func Lines(s Story, width int, options ...TextOption) []Line {
	style := StyleOf(options...)
	p := &printer{story: s, width: max(width, least), style: style, paint: terminal.Painter(style.Colour), step: -1, finding: -1}
	p.title()
	p.verdict()
	p.facts()
	p.phases()
	p.steps()
	p.findings()
	return p.lines
}

type printer struct {
	story         Story
	width         int
	style         TextStyle
	paint         terminal.Painter
	step, finding int // that is being told, -1 for none
	lines         []Line
}

func (p *printer) line(parts ...string) {
	text := terminal.Plain(strings.TrimRight(strings.Join(parts, ""), " "))
	if p.style.ASCII {
		text = terminal.ASCII(text)
	}
	p.lines = append(p.lines, Line{Text: text, Step: p.step, Finding: p.finding})
}

// block writes a text behind a mark, the further lines indented below the first one.
func (p *printer) block(mark, text string, colour terminal.Colour) {
	indent := terminal.Width(mark)
	for i, l := range terminal.Wrap(text, p.width-indent) {
		if i == 0 {
			p.line(p.paint.Paint(colour, mark), p.paint.Paint(colour, l))
			continue
		}
		p.line(terminal.Space(indent), p.paint.Paint(colour, l))
	}
}

// title names the parties, and when it was where a clock says so.
func (p *printer) title() {
	s := p.story
	names := s.Caller.Name + " → " + s.Callee.Name
	about := s.StartAt.In(p.style.Location).Format("2006-01-02 15:04:05 MST")
	if a, b := first(s.Caller.Number, s.Caller.Name), first(s.Callee.Number, s.Callee.Name); a+b != s.Caller.Name+s.Callee.Name {
		about = a + " → " + b + " · " + about
	}
	if gap := p.width - terminal.Width(names) - terminal.Width(about); gap >= 2 {
		p.line(p.paint.Paint(terminal.Bold, names), terminal.Space(gap), p.paint.Paint(terminal.Faint, about))
	} else {
		p.block("", names, terminal.Bold)
		p.block("", about, terminal.Faint)
	}
	if s.Clock != "" {
		p.block("! ", s.Clock, terminal.Yellow)
	}
	p.line()
}

var classColours = map[Class]terminal.Colour{Good: terminal.Green, Missed: terminal.Yellow, Bad: terminal.Red, Live: terminal.Cyan}

func (p *printer) verdict() {
	v := p.story.Verdict
	p.block(v.Mark+" ", v.Sentence(), classColours[v.Class])
	p.line()
}

func (p *printer) facts() {
	facts := p.story.Facts.List()
	label := 0
	for _, f := range facts {
		label = max(label, terminal.Width(f.Label))
	}
	for _, f := range facts {
		text := f.Value
		switch {
		case f.Note == "":
		case f.Note[0] == '(':
			text += " " + f.Note
		default:
			text += " · " + f.Note
		}
		lines := terminal.Wrap(text, p.width-label-4)
		for i, l := range lines {
			left := terminal.Space(label + 4)
			if i == 0 {
				left = "  " + p.paint.Paint(terminal.Faint, terminal.Pad(f.Label, label)) + "  "
			}
			p.line(left, l)
		}
	}
	if len(facts) > 0 {
		p.line()
	}
}

// fills are what a phase looks like in a bar of characters.
var fills = map[PhaseKind]string{Setup: "·", Ringing: "░", Talking: "█", Held: "▒"}

var phaseColours = map[PhaseKind]terminal.Colour{Setup: terminal.Faint, Ringing: terminal.Yellow, Talking: terminal.Cyan, Held: terminal.Violet}

// phases draws the bar to scale, then says what it shows; no phase is too short to be seen.
func (p *printer) phases() {
	phases := p.story.Phases
	if len(phases) == 0 {
		return
	}
	bar := ""
	for i, cells := range scale(phases, p.width-4) {
		k := phases[i].Kind
		bar += p.paint.Paint(phaseColours[k], strings.Repeat(fills[k], cells))
	}
	p.line("  ", bar)
	labels := make([]string, 0, len(phases))
	for _, ph := range phases {
		label := fills[ph.Kind] + "\u00a0" + strings.ReplaceAll(ph.Label, " ", "\u00a0")
		labels = append(labels, label)
	}
	for _, l := range terminal.Wrap(strings.Join(labels, "  "), p.width-4) {
		p.line("  ", p.paint.Paint(terminal.Faint, l))
	}
	p.line()
}

// scale shares cells out by duration, at least one each.
func scale(phases []Phase, cells int) []int {
	out := make([]int, len(phases))
	total := trace.Micros(0)
	for _, ph := range phases {
		total += ph.DurationUS
	}
	used, widest := 0, 0
	for i, ph := range phases {
		out[i] = 1
		if total > 0 {
			out[i] = max(1, int(float64(ph.DurationUS)/float64(total)*float64(cells)))
		}
		used += out[i]
		if out[i] > out[widest] {
			widest = i
		}
	}
	out[widest] = max(1, out[widest]+cells-used)
	return out
}

var stepColours = map[StepClass]terminal.Colour{
	StepHeld: terminal.Violet, StepEnd: terminal.Green, StepBad: terminal.Red, StepDevice: terminal.Faint, StepGap: terminal.Yellow,
}

// steps writes time, shape, sentence and duration in columns, details below.
func (p *printer) steps() {
	offset, duration := 0, 0
	for _, s := range p.story.Steps {
		offset, duration = max(offset, terminal.Width(s.Offset)), max(duration, terminal.Width(lasted(s)))
	}
	indent := 2 + offset + 2 + 2
	room := p.width - indent - duration - 2
	for i, s := range p.story.Steps {
		p.step = i
		lines := terminal.Wrap(s.Sentence, room)
		for i, l := range lines {
			if i > 0 {
				p.line(terminal.Space(indent), p.paint.Paint(stepColours[s.Class], l))
				continue
			}
			left := "  " + p.paint.Paint(terminal.Faint, terminal.PadLeft(s.Offset, offset)) + "  " + p.paint.Paint(stepColours[s.Class], s.Glyph) + " "
			p.line(left, p.paint.Paint(stepColours[s.Class], l), terminal.Space(room-terminal.Width(l)+2), terminal.PadLeft(lasted(s), duration))
		}
		if s.Detail != "" {
			for _, l := range terminal.Wrap(s.Detail, p.width-indent) {
				p.line(terminal.Space(indent), p.paint.Paint(terminal.Faint, l))
			}
		}
	}
	p.step = -1
}

// lasted is the duration of a step; of one that goes on, only that it does.
func lasted(s Step) string {
	if s.Open {
		return "…"
	}
	return s.Duration
}

var severityColours = map[Severity]terminal.Colour{Note: terminal.Cyan, Warning: terminal.Yellow, Problem: terminal.Red}

func (p *printer) findings() {
	for i, f := range p.story.Findings {
		p.finding = -1
		p.line()
		p.finding = i
		p.block("  ! ", f.Lead+" "+f.Sentence, severityColours[f.Severity])
		if f.Advice != "" {
			p.block("    ", f.Advice, terminal.Faint)
		}
	}
}
