package story

import (
	"time"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// Lang is the language of a story.
type Lang = phrase.Lang

// The languages of a story.
const (
	En   = phrase.En
	FrCA = phrase.FrCA
)

// ParseLang reads a language tag leniently: "fr", "fr-CA", "fr_FR.UTF-8", "en-GB".
func ParseLang(tag string) (Lang, error) { return phrase.ParseLang(tag) }

// Class is the class of outcome of a call. It chooses a colour, and is never shown by colour alone.
type Class string

// The classes of outcome.
const (
	Good   Class = "good"   // answered, and ended by one of the two
	Missed Class = "missed" // no conversation, and nothing failed: busy, declined, no answer, cancelled
	Bad    Class = "bad"    // failed or blocked, or cut off in the middle
	Live   Class = "live"   // not over yet
)

// Story is a call told in one language.
type Story struct {
	Lang     Lang      `json:"lang"`
	Caller   Person    `json:"caller"`
	Callee   Person    `json:"callee"`
	StartAt  time.Time `json:"started_at"`      // of call.initiated, on the clock of the first view
	Clock    string    `json:"clock,omitempty"` // a warning when that clock cannot be trusted, else ""
	Verdict  Verdict   `json:"verdict"`
	Facts    Facts     `json:"facts"`
	Phases   []Phase   `json:"phases"`
	Steps    []Step    `json:"steps"`
	Findings []Finding `json:"findings"`
}

// Person is a party as people know it.
type Person struct {
	Name   string `json:"name"`             // never empty, and never the same for both parties of a call
	Number string `json:"number,omitempty"` // user part of the address; "" when it is the name already or unknown
	Device string `json:"device,omitempty"` // identity of the device that told of this side, "" for a stranger's
}

// Verdict is what became of the call. Head and Text are read together, Head first.
type Verdict struct {
	_     [0]func() // not to be compared, so no code is made for it
	Class Class     `json:"class"`
	Mark  string    `json:"mark"` // a one-character shape that goes with the colour
	Word  string    `json:"word"` // one or two words for a list: "answered", "busy"
	Head  string    `json:"head"` // "Answered."
	Text  string    `json:"text"` // the sentence
}

// Sentence is Head and Text in one line.
func (v Verdict) Sentence() string {
	if v.Head == "" || v.Text == "" {
		return v.Head + v.Text
	}
	return v.Head + " " + v.Text
}

// Fact is one fact about a call, kept apart from the others.
type Fact struct {
	_     [0]func() // not to be compared, so no code is made for it
	Label string    `json:"label"` // "Ended by"
	Value string    `json:"value"` // "Warehouse"
	Note  string    `json:"note"`  // "(the other side)"; may be empty
}

// Facts are what people who compare calls look for, never mixed with one another. A fact without a value is not known.
type Facts struct {
	_            [0]func() // not to be compared, so no code is made for it
	EndedBy      Fact      `json:"ended_by"`
	Stage        Fact      `json:"stage"` // how far the call request came
	LastResponse Fact      `json:"last_response"`
	Reason       Fact      `json:"reason"`
	Audio        Fact      `json:"audio"`
	Trace        Fact      `json:"trace"`
}

// List gives the facts that have a value, in reading order.
func (f Facts) List() []Fact {
	var known []Fact
	for _, fact := range []Fact{f.EndedBy, f.Stage, f.LastResponse, f.Reason, f.Audio, f.Trace} {
		if fact.Value != "" {
			known = append(known, fact)
		}
	}
	return known
}

// PhaseKind is what went on during a phase.
type PhaseKind string

// The phases of a call.
const (
	Setup   PhaseKind = "setup"
	Ringing PhaseKind = "ringing"
	Talking PhaseKind = "talking"
	Held    PhaseKind = "held"
)

// Phase is a stretch of a call. Phases follow each other without overlap.
type Phase struct {
	_          [0]func()    // not to be compared, so no code is made for it
	Kind       PhaseKind    `json:"kind"`
	At         time.Time    `json:"ts"`
	StartUS    trace.Micros `json:"start_us"` // since call.initiated
	DurationUS trace.Micros `json:"duration_us"`
	Open       bool         `json:"open,omitempty"` // still going on when the last event was seen
	Word       string       `json:"word"`           // "talking"
	Label      string       `json:"label"`          // "talking 41 s"
}

// StepClass groups steps by how they are drawn.
type StepClass string

// The classes of step.
const (
	StepCall   StepClass = "call"   // the call makes its way
	StepHeld   StepClass = "held"   // hold and suspension
	StepEnd    StepClass = "end"    // it ended as calls end
	StepBad    StepClass = "bad"    // something went wrong
	StepDevice StepClass = "device" // never reached the wire
	StepGap    StepClass = "gap"    // events are missing here
)

// Step is one thing that happened, in a sentence.
type Step struct {
	ID         string           `json:"id"` // stable, fit for an HTML id; the evidence it stands for first
	At         time.Time        `json:"ts"`
	OffsetUS   trace.Micros     `json:"offset_us"`             // since call.initiated; negative before it
	DurationUS trace.Micros     `json:"duration_us,omitempty"` // 0 for a moment
	Open       bool             `json:"open,omitempty"`        // has a duration that still grows
	Offset     string           `json:"offset"`                // "+1:15.121"
	Duration   string           `json:"duration,omitempty"`    // "28.0 s"
	Class      StepClass        `json:"class"`
	Glyph      string           `json:"glyph"`
	Sentence   string           `json:"sentence"`
	Detail     string           `json:"detail,omitempty"` // for readers who know SIP
	Kind       trace.Kind       `json:"kind"`
	Evidence   []trace.EventRef `json:"evidence"`
}

// Severity says how much a finding matters.
type Severity string

// The severities of a finding.
const (
	Note    Severity = "note"    // worth knowing
	Warning Severity = "warning" // somebody may have noticed
	Problem Severity = "problem" // it spoiled the call or its trace
)

// Finding is something that a rule found in the events.
type Finding struct {
	Code     string           `json:"code"` // stable name of the rule: "retransmission"
	Severity Severity         `json:"severity"`
	Lead     string           `json:"lead"` // "Worth knowing."
	Sentence string           `json:"sentence"`
	Advice   string           `json:"advice,omitempty"`
	Show     string           `json:"show"` // words of the link to the evidence: "Show the two messages"
	Evidence []trace.EventRef `json:"evidence"`
}
