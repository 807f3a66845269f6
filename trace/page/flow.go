package page

import (
	"net/url"
	"strings"
	"time"

	"sidetone/trace"
	"sidetone/trace/export"
	"sidetone/trace/ladder"
	"sidetone/trace/phrase"
	"sidetone/trace/story"
)

// Flow is the call flow of one call.
type Flow struct {
	ID, Short string
	Lang      phrase.Lang
	Words     *Words
	Links     Links
	Story     story.Story
	Bar       Bar
	Ladder    ladder.Ladder
	Steps     []Step
	Findings  []Finding
	Panels    []Panel
	Selected  Selection
	ByClock   bool // times of day instead of offsets

	OffsetLink, ClockLink string // the same page with either times
	Downloads             []Download
	Version               string // changes whenever there is something new to show
	Changing              bool   // more is expected: in progress, or not complete yet
}

// Step is a step of the story with its place in the page.
type Step struct {
	story.Step
	Address, Panel string
	Selected       bool
}

// Finding is a finding with the address of its evidence.
type Finding struct {
	story.Finding
	Address, First string
}

// FlowOptions say how a call is shown.
type FlowOptions struct {
	ID       string
	Lang     phrase.Lang
	Links    Links
	Selected string // id of a step, a row or an event
	ByClock  bool
	Changing bool
	Now      time.Time // for a call in progress
	// Download is the address of the call as a file; without it the page offers none.
	Download func(f export.Format, redact bool) string
}

// rawBudget is how much raw text one page carries, in bytes. Messages beyond it are a link away.
const rawBudget = 768 << 10

// NewFlow tells and draws the call that the views saw; views[0] is the view the story is told from.
func NewFlow(views []trace.View, o FlowOptions) *Flow {
	f := &Flow{
		ID: o.ID, Short: short(o.ID), Lang: o.Lang, Words: WordsIn(o.Lang), Links: o.Links,
		Story: story.Tell(views, o.Lang), Ladder: ladder.Build(views, o.Lang),
		ByClock: o.ByClock, Changing: o.Changing,
	}
	plainStory(&f.Story)
	plainLadder(&f.Ladder)
	f.Bar = PhaseBar(&f.Story, f.Words, o.Now)
	f.Selected = Resolve(o.Selected, f.Story.Steps, f.Ladder.Rows)
	if f.Selected == (Selection{-1, -1}) && len(f.Story.Steps) > 0 {
		f.Selected = Resolve(stepPrefix+f.Story.Steps[f.opening()].ID, f.Story.Steps, f.Ladder.Rows)
	}
	f.panels(newRecord(views, o.Lang))
	f.steps()
	f.findings()
	f.Downloads = downloads(o, f.Words)
	f.OffsetLink, f.ClockLink = o.Links.Call(o.ID, f.query(o.Selected, false)), o.Links.Call(o.ID, f.query(o.Selected, true))
	return f
}

// Title names the page.
func (f *Flow) Title() string { return f.Story.Caller.Name + " → " + f.Story.Callee.Name }

// opening is the step that is selected when the address names none: the one that went wrong, else the first that is
// about the call itself.
func (f *Flow) opening() int {
	first := -1
	for i, s := range f.Story.Steps {
		if s.Class == story.StepBad {
			return i
		}
		if first < 0 && s.Class != story.StepDevice {
			first = i
		}
	}
	return max(first, 0)
}

// query is the state of the page in its address.
func (f *Flow) query(selected string, byClock bool) url.Values {
	q := url.Values{"sel": {selected}}
	if byClock {
		q.Set("times", "clock")
	}
	return q
}

func (f *Flow) address(selected string) string {
	return f.Links.Call(f.ID, f.query(selected, f.ByClock))
}

func (f *Flow) steps() {
	for i, s := range f.Story.Steps {
		sel := Resolve(stepPrefix+s.ID, f.Story.Steps, f.Ladder.Rows)
		panel := "m-" + s.ID
		if sel.Row >= 0 {
			panel = "m-" + f.Ladder.Rows[sel.Row].ID
		}
		f.Steps = append(f.Steps, Step{Step: s, Address: f.address(stepPrefix + s.ID), Panel: panel, Selected: i == f.Selected.Step})
	}
}

func (f *Flow) findings() {
	for _, found := range f.Story.Findings {
		view := Finding{Finding: found}
		if len(found.Evidence) > 0 {
			view.First = found.Evidence[0].ID()
			view.Address = f.address(view.First)
		}
		f.Findings = append(f.Findings, view)
	}
}

// panels makes one panel for each row, and one for each step that has no row.
func (f *Flow) panels(r *record) {
	spent := 0
	for i := range f.Ladder.Rows {
		row := &f.Ladder.Rows[i]
		p := r.rowPanel(row, f.Ladder.Lanes)
		p.Selected = i == f.Selected.Row
		if sel := Resolve(rowPrefix+row.ID, f.Story.Steps, f.Ladder.Rows); sel.Step >= 0 {
			s := f.Story.Steps[sel.Step]
			p.StepSentence, p.StepAddress, p.StepID = s.Sentence, f.address(stepPrefix+s.ID), stepPrefix+s.ID
		}
		f.spend(&p, rowPrefix+row.ID, &spent)
		f.Panels = append(f.Panels, p)
	}
	for i := range f.Story.Steps {
		s := &f.Story.Steps[i]
		if sel := Resolve(stepPrefix+s.ID, f.Story.Steps, f.Ladder.Rows); sel.Row < 0 {
			p := r.stepPanel(s)
			p.Selected = i == f.Selected.Step && f.Selected.Row < 0
			p.StepSentence, p.StepAddress, p.StepID = s.Sentence, f.address(stepPrefix+s.ID), stepPrefix+s.ID
			f.spend(&p, stepPrefix+s.ID, &spent)
			f.Panels = append(f.Panels, p)
		}
	}
}

// spend keeps a page of a monstrous call readable: once the budget is used up, only the selected message is there.
func (f *Flow) spend(p *Panel, id string, spent *int) {
	for _, l := range p.Lines {
		*spent += len(l.Text())
	}
	for _, l := range p.Other {
		*spent += len(l.Text())
	}
	if *spent > rawBudget && !p.Selected {
		p.Lines, p.Other, p.Stub = nil, nil, f.address(id)
	}
}

// short writes the two ends of an id, as people read them out.
func short(id string) string {
	id = Plain(id)
	if len(id) <= 12 || strings.ContainsFunc(id, func(r rune) bool { return r > 0x7e }) {
		return id
	}
	return id[:6] + "…" + id[len(id)-2:]
}

// plain makes texts fit to be shown, in place.
func plain(texts ...*string) {
	for _, t := range texts {
		*t = Plain(*t)
	}
}

func plainStory(s *story.Story) {
	plain(&s.Caller.Name, &s.Caller.Number, &s.Callee.Name, &s.Callee.Number, &s.Clock, &s.Verdict.Head, &s.Verdict.Text, &s.Verdict.Word, &s.Verdict.Mark)
	for _, fact := range []*story.Fact{&s.Facts.EndedBy, &s.Facts.Stage, &s.Facts.LastResponse, &s.Facts.Reason, &s.Facts.Audio, &s.Facts.Trace} {
		plain(&fact.Value, &fact.Note)
	}
	for i := range s.Steps {
		plain(&s.Steps[i].Sentence, &s.Steps[i].Detail)
	}
	for i := range s.Findings {
		plain(&s.Findings[i].Sentence, &s.Findings[i].Advice)
	}
}

func plainLadder(l *ladder.Ladder) {
	plain(&l.Title)
	for i := range l.Lanes {
		plain(&l.Lanes[i].Name, &l.Lanes[i].Address)
	}
	for i := range l.Rows {
		plain(&l.Rows[i].Label, &l.Rows[i].Note)
	}
}
