package page

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sidetone/trace"
	"sidetone/trace/ladder"
	"sidetone/trace/phrase"
	"sidetone/trace/story"
)

// Panel is what stands beside the ladder for one selection: a message as it crossed the wire, or the records of what
// never reached it, with what proves it.
type Panel struct {
	ID, Title    string
	Selected     bool
	Route        string // "Reception → Warehouse"
	Transport    string
	Sent         time.Time // on the clock of the device that sent it; zero when nobody saw it leave
	Received     time.Time // on the clock of the device that received it; zero when nobody saw it arrive
	SentBy       string
	ReceivedBy   string
	At           time.Time
	Offset       string // since the start
	Lines        []Line
	Cut          bool
	NoRaw        bool
	Stub         string // address that shows this message; the page had no room for it
	Other        []Line // as it arrived, when that is not what was sent
	OtherBy      string
	Facts        []story.Fact
	Evidence     []Proof
	StepSentence string
	StepAddress  string
	StepID       string
}

// Proof is an event that proves what is shown.
type Proof struct {
	Device, Text, Kind string
	At                 time.Time
}

// located is an event with the device that told of it.
type located struct {
	ref   trace.EventRef
	event trace.Event
	name  string
}

// record finds events by their reference.
type record struct {
	events map[string]located
	words  *Words
	lang   phrase.Lang
}

func newRecord(views []trace.View, lang phrase.Lang) *record {
	r := &record{events: map[string]located{}, words: WordsIn(lang), lang: lang}
	for _, v := range views {
		name := Plain(v.Name)
		if name == "" {
			name = Plain(v.Device)
		}
		for e := range v.All() {
			ref := trace.EventRef{Device: v.Device, Boot: e.Boot, Seq: e.Seq}
			r.events[ref.ID()] = located{ref: ref, event: e, name: name}
		}
	}
	return r
}

func (r *record) of(refs []trace.EventRef) []located {
	var found []located
	for _, ref := range refs {
		if l, ok := r.events[ref.ID()]; ok {
			found = append(found, l)
		}
	}
	return found
}

// rowPanel makes the panel of a row of the ladder.
func (r *record) rowPanel(row *ladder.Row, lanes []ladder.Lane) Panel {
	events := r.of(row.Evidence)
	p := Panel{ID: "m-" + row.ID, Title: row.Label, At: row.At, Offset: row.Offset, Evidence: r.proofs(events)}
	if row.Kind != ladder.Arrow {
		p.Lines = r.eventLines(events)
		p.Route = laneName(lanes, row.From)
		return p
	}
	from, to := laneName(lanes, row.From), laneName(lanes, row.To)
	p.Route = from + " → " + to
	r.message(&p, events)
	p.Facts = r.messageFacts(row, events, from, to)
	return p
}

// stepPanel makes the panel of a step that has no row in the ladder.
func (r *record) stepPanel(s *story.Step) Panel {
	events := r.of(s.Evidence)
	return Panel{ID: "m-" + s.ID, Title: r.words.EventRecord, At: s.At, Lines: r.eventLines(events), Evidence: r.proofs(events)}
}

func laneName(lanes []ladder.Lane, i int) string {
	if i < 0 || i >= len(lanes) {
		return ""
	}
	if lanes[i].Name != "" {
		return lanes[i].Name
	}
	return lanes[i].Address
}

// message fills in the raw text, as it left where that is known, and when it left and arrived.
func (r *record) message(p *Panel, events []located) {
	var left, arrived trace.SIP
	for _, l := range events {
		m, isSIP := l.event.Data.(trace.SIP)
		switch {
		case !isSIP:
		case l.event.Kind == trace.SIPSent && p.Sent.IsZero():
			p.Sent, p.SentBy, left = l.event.At, l.name, m
		case l.event.Kind == trace.SIPReceived && p.Received.IsZero():
			p.Received, p.ReceivedBy, arrived = l.event.At, l.name, m
		}
	}
	shown, other := left, arrived
	if shown.Raw == "" {
		shown, other = arrived, trace.SIP{}
	}
	p.Transport = strings.ToUpper(Plain(shown.Transport))
	p.NoRaw = shown.Raw == ""
	inDialog := shown.IsRequest() && shown.InDialog()
	if !p.NoRaw {
		p.Lines, p.Cut = rawLines(shown.Raw, inDialog)
	}
	if other.Raw != "" && other.Raw != shown.Raw {
		p.Other, _ = rawLines(other.Raw, false)
		p.Other = markChanged(p.Other, sameLine(p.Lines))
		p.OtherBy = p.ReceivedBy
	}
}

// markChanged marks the lines that the other side has not seen.
func markChanged(lines []Line, same map[string]bool) []Line {
	out := make([]Line, len(lines))
	for i, l := range lines {
		text := l.Text()
		if class := "mark"; same[text] {
			out[i] = Line{{Text: text}}
		} else {
			out[i] = Line{{Class: class, Text: text}}
		}
	}
	return out
}

func (r *record) messageFacts(row *ladder.Row, events []located, from, to string) []story.Fact {
	var facts []story.Fact
	add := func(label, value string) { facts = append(facts, story.Fact{Label: label, Value: value}) }
	i := slices.IndexFunc(events, func(l located) bool { _, ok := l.event.Data.(trace.SIP); return ok })
	if i < 0 {
		return nil
	}
	m := events[i].event.Data.(trace.SIP)
	if m.IsRequest() && m.InDialog() {
		switch m.Method {
		case "INVITE": // RFC 3261 section 14
			add(r.words.ToldApart, fmt.Sprintf(r.words.ToldApartText, m.CSeq, Plain(m.ToTag)))
		case "UPDATE": // RFC 3311 section 5
			add(r.words.ToldApart, fmt.Sprintf(r.words.UpdateText, m.CSeq, Plain(m.ToTag)))
		}
	}
	if !m.IsRequest() {
		if x, err := story.Explain(strconv.Itoa(m.Status), r.lang); err == nil {
			add(r.words.Meaning, Plain(x.Sentence))
		}
	}
	if m.SDP != "" {
		add(r.words.Offer, Plain(string(m.SDP))+" · "+r.heard(m.SDP, from, to))
	}
	if row.Repeats > 0 {
		add(r.words.Repeats, r.words.SentAgain.Of(r.lang, row.Repeats))
	}
	if m.Size > 0 {
		add(r.words.Size, fmt.Sprintf(r.words.Bytes, m.Size))
	}
	return facts
}

// heard says what a direction means for those who talk; it is seen from the sender of the message (RFC 3264 section 5.1).
func (r *record) heard(d trace.MediaDirection, from, to string) string {
	switch d {
	case trace.SendRecv:
		return r.words.HeardBoth
	case trace.SendOnly:
		return fmt.Sprintf(r.words.HeardOnly, from)
	case trace.RecvOnly:
		return fmt.Sprintf(r.words.HeardOnly, to)
	case trace.Inactive:
		return r.words.HeardNobody
	default:
		return r.words.Unnamed
	}
}

func (r *record) proofs(events []located) []Proof {
	var proofs []Proof
	for _, l := range events {
		proofs = append(proofs, Proof{Device: l.name, Text: fmt.Sprintf(r.words.EventN, l.event.Seq), Kind: Plain(string(l.event.Kind)), At: l.event.At})
	}
	return proofs
}

// eventLines writes the records of events that are no messages, one key a line.
func (r *record) eventLines(events []located) []Line {
	var lines []Line
	for i, l := range events {
		if i > 0 {
			lines = append(lines, nil)
		}
		lines = append(lines, Line{{Class: "start", Text: Plain(string(l.event.Kind))}})
		for _, text := range eventFields(l.event) {
			lines = append(lines, visible(Line{{Text: text}}))
		}
	}
	if len(lines) == 0 {
		lines = append(lines, Line{{Text: r.words.Nothing}})
	}
	return lines
}

func eventFields(e trace.Event) []string {
	if m, is := e.Data.(trace.SIP); is {
		m.Raw = ""
		e.Data = m
	}
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(e.Data); err != nil || b.Len() > maxRaw {
		return nil
	}
	return strings.Split(strings.TrimSpace(b.String()), "\n")
}
