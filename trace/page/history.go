package page

import (
	"strings"
	"time"

	"sidetone/trace"
	"sidetone/trace/phrase"
	"sidetone/trace/story"
)

// History is a list of calls, newest first, under the days on which they began.
type History struct {
	Lang  phrase.Lang
	Words *Words
	Days  []Day
}

// Day is the calls of one day. Days are UTC; the script regroups them for the zone of the browser.
type Day struct {
	At   time.Time // of its newest call
	Date string
	Rows []Row
}

// Row is one call in a list.
type Row struct {
	ID, Address       string
	At                time.Time
	Caller, Callee    story.Person
	Class             story.Class
	Mark, Word        string
	Bar               Bar
	Length            float64
	Duration, Held    string
	Response, Meaning string
	EndedBy, Side     string
	Audio             string
	AudioPoor         bool
	Missing           string
	Ticking           bool // in progress: the script counts on
	TickFrom          time.Time
}

// HistoryOptions say how a list is shown.
type HistoryOptions struct {
	Lang  phrase.Lang
	Links Links
	Names map[string]string // what people call each device
	Now   time.Time         // for the calls in progress
}

// NewHistory makes the list of the calls, which must be newest first.
func NewHistory(calls []trace.Summary, o HistoryOptions) *History {
	h := &History{Lang: o.Lang, Words: WordsIn(o.Lang)}
	for i := range calls {
		c := &calls[i]
		at := c.StartedAt.UTC()
		if n := len(h.Days); n == 0 || !sameDay(h.Days[n-1].At, at) {
			h.Days = append(h.Days, Day{At: at, Date: Date(at, o.Lang)})
		}
		day := &h.Days[len(h.Days)-1]
		day.Rows = append(day.Rows, row(c, h.Words, o))
	}
	return h
}

func sameDay(a, b time.Time) bool {
	ay, am, ad := a.Date()
	by, bm, bd := b.Date()
	return ay == by && am == bm && ad == bd
}

func row(c *trace.Summary, w *Words, o HistoryOptions) Row {
	r := Row{ID: c.ID, Address: o.Links.Call(c.ID, nil), At: c.StartedAt}
	r.Caller, r.Callee = parties(c, w, o.Names)
	v := story.Brief(*c, o.Lang)
	r.Class, r.Mark, r.Word = v.Class, v.Mark, v.Word
	r.Response, r.Meaning = response(c, w, o.Lang)
	r.EndedBy, r.Side = endedBy(c, &r, w, o.Lang), string(c.Side)
	if c.MOS != nil {
		r.Audio, r.AudioPoor = o.Lang.Decimal(*c.MOS, 1), *c.MOS < poorMOS
	}
	if c.Missing > 0 {
		r.Missing = w.EventsMissing.Of(o.Lang, c.Missing)
	}
	durations(&r, c, w, o)
	return r
}

// poorMOS is the listening quality below which many users are dissatisfied (ITU-T G.107 annex B, R below 70).
const poorMOS = 3.6

func durations(r *Row, c *trace.Summary, w *Words, o HistoryOptions) {
	if c.Result == "" {
		c = soFar(*c, o.Now)
		r.Ticking, r.TickFrom = true, c.StartedAt
		if !c.AnsweredAt.IsZero() {
			r.TickFrom = c.AnsweredAt
		}
		r.Duration = o.Lang.Duration(max(o.Now.Sub(r.TickFrom), 0).Truncate(time.Second))
	} else if c.TalkingUS > 0 {
		r.Duration = o.Lang.Duration(c.TalkingUS.Duration())
	} else if c.TotalUS > 0 {
		r.Duration = o.Lang.Duration(c.TotalUS.Duration())
	}
	if c.HeldUS > 0 {
		r.Held = strings.ReplaceAll(w.Held, "%s", o.Lang.Duration(c.HeldUS.Duration()))
	}
	r.Length, r.Bar = Length(c.TotalUS), miniBar(c, w, o.Lang)
}

// soFar gives a call in progress the durations it would have if it ended now.
func soFar(c trace.Summary, now time.Time) *trace.Summary {
	since := func(t time.Time) trace.Micros { return max(trace.MicrosOf(now.Sub(t)), 0) }
	c.TotalUS = since(c.StartedAt)
	switch {
	case !c.AnsweredAt.IsZero():
		c.TalkingUS = max(since(c.AnsweredAt)-c.HeldUS, 0)
		c.RingingUS = max(c.TotalUS-c.TalkingUS-c.HeldUS-c.SetupUS, 0)
	case !c.RingingAt.IsZero():
		c.RingingUS = max(c.TotalUS-c.SetupUS, 0)
	default:
		c.SetupUS = c.TotalUS
	}
	return &c
}

// miniBar adds up what a summary knows of the phases; it has no times of the single holds.
func miniBar(c *trace.Summary, w *Words, lang phrase.Lang) Bar {
	kinds := []struct {
		kind story.PhaseKind
		us   trace.Micros
		word string
	}{{story.Setup, c.SetupUS, w.Setup}, {story.Ringing, c.RingingUS, w.Ringing}, {story.Talking, c.TalkingUS, w.Talking}, {story.Held, c.HeldUS, w.Held}}
	var bar Bar
	var shares []float64
	var labels []string
	for _, k := range kinds {
		shares = append(shares, float64(k.us))
		if k.us > 0 {
			labels = append(labels, strings.ReplaceAll(k.word, "%s", lang.Duration(k.us.Duration())))
		}
	}
	place(shares, func(i int, x, width float64) {
		bar.Slices = append(bar.Slices, Slice{Kind: kinds[i].kind, X: x, Width: width})
	})
	bar.Label = strings.Join(labels, ", ")
	return bar
}

// response gives the last status and what it means.
func response(c *trace.Summary, w *Words, lang phrase.Lang) (status, meaning string) {
	if c.LastResponse == 0 {
		if c.Result == "" {
			return "", ""
		}
		return "0", w.NoReply
	}
	status = phrase.StatusCode(c.LastResponse)
	if key := "short." + status; phrase.Has(key) {
		meaning = lang.Say(key)
	}
	return status, meaning
}

// endedBy names a person only where a person is known to have acted, as the story does.
func endedBy(c *trace.Summary, r *Row, w *Words, lang phrase.Lang) string {
	near, far := r.Caller.Name, r.Callee.Name
	if c.Direction == trace.In {
		near, far = far, near
	}
	switch {
	case c.Cut || c.Result == trace.ResultBlocked:
		return lang.Say("by.device", phrase.With("who", near))
	case c.Side == trace.Remote && c.Result == trace.ResultFailed && story.Brief(*c, lang).Class == story.Bad:
		return w.TheOtherSide
	}
	switch c.Side {
	case trace.Local:
		return near
	case trace.Remote:
		return far
	case trace.Network:
		return w.TheNetwork
	case trace.Timer:
		return w.TimeRanOut
	default:
		return ""
	}
}

// parties names both ends as a story does: by the name in the signalling, else by the device that is this end, else by
// number.
func parties(c *trace.Summary, w *Words, names map[string]string) (caller, callee story.Person) {
	near, far := c.Device, ""
	if len(c.Devices) == 2 {
		far = c.Devices[0]
		if far == near {
			far = c.Devices[1]
		}
	}
	if c.Direction == trace.In {
		near, far = far, near
	}
	return person(c.From, near, w, names), person(c.To, far, w, names)
}

func person(p trace.Party, device string, w *Words, names map[string]string) story.Person {
	number := phrase.User(p.URI)
	for _, name := range []string{phrase.Clean(p.Name), phrase.Clean(names[device]), number} {
		if name == "" {
			continue
		}
		if name == number {
			number = ""
		}
		return story.Person{Name: name, Number: number, Device: device}
	}
	return story.Person{Name: w.Unnamed, Device: device}
}
