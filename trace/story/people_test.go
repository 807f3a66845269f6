package story_test

import (
	"strings"
	"testing"

	"sidetone/trace"
	"sidetone/trace/phrase"
	"sidetone/trace/story"
)

func named(from, to trace.Party, account string) []trace.View {
	return []trace.View{{Device: "d", Events: []trace.Event{{
		Seq: 1, N: 1, Call: "c", Kind: trace.CallInitiated, Data: trace.Initiated{Direction: trace.Out, From: from, To: to, Account: account},
	}}}}
}

func TestPeopleAreNamedAsPeopleKnowThem(t *testing.T) {
	for name, c := range map[string]struct {
		views          []trace.View
		caller, callee string
	}{
		"display names": {named(trace.Party{URI: "sip:101@x", Name: "Ann"}, trace.Party{URI: "sip:102@x", Name: "Bob"}, ""), "Ann", "Bob"},
		"account name":  {named(trace.Party{URI: "sip:101@x"}, trace.Party{URI: "sip:102@x"}, "Reception"), "Reception", "102"},
		"numbers":       {named(trace.Party{URI: "sip:101@x"}, trace.Party{URI: "tel:+15145550199"}, "sip:101@x"), "101", "+15145550199"},
		"same name, other number": {
			named(trace.Party{URI: "sip:101@x", Name: "Shop"}, trace.Party{URI: "sip:102@x", Name: "shop"}, ""), "Shop (101)", "shop (102)",
		},
		"calls itself": {named(trace.Party{URI: "sip:101@x"}, trace.Party{URI: "sip:101@x"}, ""), "101 (calling)", "101 (called)"},
		"nobody":       {named(trace.Party{}, trace.Party{}, ""), "d", "Unknown party"},
		"terminal escapes": {
			named(trace.Party{Name: "\x1b[2JAnn"}, trace.Party{Name: "Bob\u202e"}, ""), "[2JAnn", "Bob",
		},
	} {
		s := story.Tell(c.views, story.En)
		if s.Caller.Name != c.caller || s.Callee.Name != c.callee {
			t.Errorf("%s: %q and %q, want %q and %q", name, s.Caller.Name, s.Callee.Name, c.caller, c.callee)
		}
	}
}

func TestWhoAnsweredNamesAStrangerBetterThanTheNumber(t *testing.T) {
	views := named(trace.Party{Name: "Ann"}, trace.Party{URI: "sip:102@x"}, "")
	views[0].Events = append(views[0].Events, trace.Event{Seq: 2, N: 2, Call: "c", Kind: trace.CallAnswered, Data: trace.Answered{Who: "Bob"}})
	if s := story.Tell(views, story.En); s.Callee.Name != "Bob" || s.Callee.Number != "102" {
		t.Errorf("%+v", s.Callee)
	}
	views[0].Events[1].Data = trace.Answered{Who: "10.1.0.9"}
	if s := story.Tell(views, story.En); s.Callee.Name != "102" {
		t.Errorf("%+v", s.Callee)
	}
}

func TestPartiesAreNeverNamelessNorTheSame(t *testing.T) {
	for _, lang := range phrase.Langs() {
		for _, views := range [][]trace.View{nil, {{}}, {{}, {}}, named(trace.Party{}, trace.Party{}, "d"), named(trace.Party{URI: "d"}, trace.Party{Name: "d"}, "")} {
			s := story.Tell(views, lang)
			if s.Caller.Name == "" || s.Callee.Name == "" || strings.EqualFold(s.Caller.Name, s.Callee.Name) {
				t.Errorf("%s: %q and %q", lang, s.Caller.Name, s.Callee.Name)
			}
		}
	}
}
