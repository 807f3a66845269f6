package browse

import (
	"strconv"
	"time"

	"sidetone/trace"
	"sidetone/trace/ladder"
	"sidetone/trace/phrase"
	"sidetone/trace/story"
)

// call is the call that is open. A selection is a step or finding and a row of the ladder that belong together.
type call struct {
	id        string
	view      trace.View
	abandoned bool // nobody runs who could tell its end
	events    map[trace.EventRef]trace.Event
	stale     bool // events came that story and ladder do not know

	story     story.Story
	ladder    ladder.Ladder
	item, row int    // an item is a step, or behind them a finding; -1 for none
	moved     bool   // the item, by something else than a key in the story, which is to show it
	marked    string // id of the row that others are compared with

	storyPage, ladderPage window

	storyLines  []story.Line
	ladderLines []ladder.Line
	storyWidth  int // for which the lines were laid out; 0 when they are to be laid out anew
	ladderWidth int
}

func newCall(id string, v trace.View, abandoned bool, o Options) *call {
	c := &call{id: id, view: trace.View{Device: v.Device, Name: v.Name}, abandoned: abandoned, events: map[trace.EventRef]trace.Event{}, item: -1, row: -1}
	for _, e := range v.Events {
		c.add(e)
	}
	c.tell(o)
	c.item, c.moved = min(0, c.items()-1), false
	c.follow()
	return c
}

// add takes an event, once.
func (c *call) add(e trace.Event) {
	ref := trace.EventRef{Device: c.view.Device, Boot: e.Boot, Seq: e.Seq}
	if _, known := c.events[ref]; !known {
		c.events[ref] = e
		c.view.Events = append(c.view.Events, e)
		c.stale = true
	}
}

// tell makes story and ladder anew. The selection stays where it was; one on the last line goes with what is new.
func (c *call) tell(o Options) {
	item, row := c.itemID(c.item), c.rowID(c.row)
	lastStep := c.item == len(c.story.Steps)-1
	lastRow := c.row == len(c.ladder.Rows)-1
	views := []trace.View{c.view}
	c.story, c.ladder = story.Tell(views, o.Lang), ladder.Build(views, o.Lang)
	if o.Plain {
		c.withoutMarks()
	}
	c.stale, c.storyWidth, c.ladderWidth = false, 0, 0
	if c.item = c.find(c.items(), item, c.itemID); lastStep || c.item < 0 {
		c.item, c.moved = len(c.story.Steps)-1, lastStep
	}
	if c.row = c.find(len(c.ladder.Rows), row, c.rowID); lastRow || c.row < 0 {
		c.row = len(c.ladder.Rows) - 1
	}
}

// plainGlyphs are the marks of steps where there is only ASCII; the sentences say the rest.
var plainGlyphs = map[story.StepClass]string{story.StepBad: "!", story.StepGap: "?"}

func (c *call) withoutMarks() {
	c.story.Verdict.Mark = ""
	for i := range c.story.Steps {
		s := &c.story.Steps[i]
		if s.Glyph = plainGlyphs[s.Class]; s.Glyph == "" {
			s.Glyph = " "
		}
	}
}

func (c *call) find(n int, id string, idOf func(int) string) int {
	for i := range n {
		if idOf(i) == id {
			return i
		}
	}
	return -1
}

// items counts what can be selected in the story.
func (c *call) items() int { return len(c.story.Steps) + len(c.story.Findings) }

func (c *call) itemID(i int) string {
	steps := len(c.story.Steps)
	switch {
	case i < 0 || i >= c.items():
		return ""
	case i < steps:
		return c.story.Steps[i].ID
	}
	id := c.story.Findings[i-steps].Code
	if proof := c.story.Findings[i-steps].Evidence; len(proof) > 0 {
		id += "." + proof[0].ID()
	}
	return id
}

func (c *call) rowID(i int) string {
	if i < 0 || i >= len(c.ladder.Rows) {
		return ""
	}
	return c.ladder.Rows[i].ID
}

// follow selects the row that belongs to the selected item: the first message that proves it, or else the first row that does,
// or else the last one before it.
func (c *call) follow() {
	if c.item < 0 || c.item >= c.items() {
		return
	}
	var proof []trace.EventRef
	at := time.Duration(0)
	if n := c.item - len(c.story.Steps); n >= 0 {
		proof = c.story.Findings[n].Evidence
	} else {
		proof, at = c.story.Steps[c.item].Evidence, c.story.Steps[c.item].OffsetUS.Duration()
	}
	other, before := -1, 0
	for i, r := range c.ladder.Rows {
		if r.OffsetUS.Duration() <= at {
			before = i
		}
		if !shares(r.Evidence, proof) {
			continue
		}
		if r.Kind == ladder.Arrow {
			c.row = i
			return
		}
		if other < 0 {
			other = i
		}
	}
	if c.row = other; other < 0 {
		c.row = min(before, len(c.ladder.Rows)-1)
	}
}

// lead selects the step that belongs to the selected row: the first that it proves, or else the last one before it.
func (c *call) lead() {
	if c.row < 0 || c.row >= len(c.ladder.Rows) {
		return
	}
	r := c.ladder.Rows[c.row]
	c.moved = true
	before := 0
	for i, s := range c.story.Steps {
		if shares(s.Evidence, r.Evidence) {
			c.item = i
			return
		}
		if s.OffsetUS <= r.OffsetUS {
			before = i
		}
	}
	c.item = min(before, len(c.story.Steps)-1)
}

func shares(a, b []trace.EventRef) bool {
	for _, x := range a {
		for _, y := range b {
			if x == y {
				return true
			}
		}
	}
	return false
}

// parties are the two people of the call.
func (c *call) parties() string { return c.story.Caller.Name + " → " + c.story.Callee.Name }

// raw is the text of the message that a row draws, as it left or else as it arrived, and the event that has it.
func (c *call) raw(row int) (string, trace.Event, bool) {
	if row < 0 || row >= len(c.ladder.Rows) {
		return "", trace.Event{}, false
	}
	var first trace.Event
	found := false
	for _, ref := range c.ladder.Rows[row].Evidence {
		e, ok := c.events[ref]
		if !ok {
			continue
		}
		if m, is := e.Data.(trace.SIP); is && m.Raw != "" {
			return m.Raw, e, true
		}
		if !found {
			first, found = e, true
		}
	}
	return "", first, found
}

// rowTitle names a row for people: "INVITE +0.000".
func (c *call) rowTitle(row int) string {
	r := c.ladder.Rows[row]
	return r.Label + " " + r.Offset
}

// lane names the end of an arrow.
func (c *call) lane(i int) string {
	if i < 0 || i >= len(c.ladder.Lanes) {
		return ""
	}
	if l := c.ladder.Lanes[i]; l.Name != "" {
		return l.Name
	}
	return c.ladder.Lanes[i].Address
}

// meaning is what a status means in plain words, "" for a request.
func meaning(m trace.SIP, lang phrase.Lang) string {
	if m.IsRequest() {
		return ""
	}
	x, err := story.Explain(strconv.Itoa(m.Status), lang)
	if err != nil {
		return ""
	}
	return x.Sentence
}
