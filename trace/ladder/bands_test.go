package ladder_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sidetone/trace"
	"sidetone/trace/calltest"
	"sidetone/trace/ladder"
	"sidetone/trace/phrase"
)

func bandsOf(views []trace.View) []string {
	return labels(rows(ladder.Build(views, phrase.En), ladder.Band))
}

func TestSuspensionIsABandAndNotAHold(t *testing.T) {
	got := bandsOf(call(t, "real/suspend-t2-resumed"))
	if len(got) != 3 || !strings.HasPrefix(got[1], "suspended at Desk’s end · ") || !strings.HasPrefix(got[2], "G.711 A both ways") {
		t.Errorf("%q", got)
	}
	if got := bandsOf(call(t, "real/suspend-t2-expired")); len(got) != 2 || !strings.HasPrefix(got[1], "suspended") {
		t.Errorf("%q: a suspension whose time is over ends with the call", got)
	}
}

func TestHoldOfBeforeTheAnswerHoldsFromTheAnswerOn(t *testing.T) {
	got := bandsOf(call(t, "real/held-early-update"))
	if len(got) != 3 || !strings.HasPrefix(got[0], "G.711 A before the answer") || !strings.HasPrefix(got[1], "held by SIPp") {
		t.Errorf("%q", got)
	}
}

func TestEarlySoundOfACallThatNobodyAnsweredSaysSo(t *testing.T) {
	if got := bandsOf(calltest.NoAnswer()); !slices.Equal(got, []string{"G.722, no answer · 15.0 s"}) {
		t.Errorf("%q", got)
	}
}

func TestBarRunsAlongUntilTheSoundChangesOrTheCallEnds(t *testing.T) {
	l := build("transferred")
	last := -1
	for i, r := range l.Rows {
		if r.Kind != ladder.Band {
			continue
		}
		if last >= 0 && last+l.Rows[last].Rows != i {
			t.Errorf("the bar of %s runs along %d rows, the next begins %d later", l.Rows[last].Label, l.Rows[last].Rows, i-last)
		}
		last = i
	}
	if end := l.Rows[last+l.Rows[last].Rows]; end.Label != "BYE" {
		t.Errorf("the last bar ends before %s", end.Label)
	}
	live := build("live-held")
	for i, r := range live.Rows {
		if r.Tone == ladder.Holding && r.Kind == ladder.Band && i+r.Rows != len(live.Rows) {
			t.Errorf("a hold that goes on runs along %d of %d rows", r.Rows, len(live.Rows)-i)
		}
	}
	if text := build("answered").Text(80); !strings.Contains(text, "┃") || !strings.Contains(text, "┇") {
		t.Error(text)
	}
}

func TestTimeThatRanOutStandsBeforeTheCancelThatFollows(t *testing.T) {
	got := labels(build("no-answer").Rows)
	if i := slices.Index(got, "time ran out"); i < 0 || got[i+1] != "CANCEL" {
		t.Errorf("%q", got)
	}
}

// pings is a call with an OPTIONS and its answer every half a minute.
func pings(n int) []trace.View {
	return inCall(func(s *calltest.Script) {
		for range n {
			m := s.Wait(30*time.Second).Request(s.Callee, "OPTIONS", "")
			s.Respond(s.Caller, m, 200, "OK", "")
		}
		s.Request(s.Caller, "BYE", "")
	})
}

func TestWhatRepeatsItselfIsDrawnOnceAndKeepsItsEvidence(t *testing.T) {
	l := ladder.Build(pings(120), phrase.En)
	if len(l.Rows) > 12 {
		t.Fatalf("%d rows: %q", len(l.Rows), labels(l.Rows))
	}
	more := rows(l, ladder.More)
	if len(more) != 1 || len(more[0].Evidence) != 238 || more[0].Rows != 238 || !strings.HasPrefix(more[0].Label, "119 more times") {
		t.Errorf("%+v", more)
	}
	if got := labels(rows(l, ladder.Arrow)); got[len(got)-1] != "BYE" {
		t.Errorf("%q", got)
	}
	for n := range 5 {
		if more := rows(ladder.Build(pings(n), phrase.En), ladder.More); (len(more) > 0) != (n >= 4) {
			t.Errorf("%d pings: %+v", n, more)
		}
	}
	var b strings.Builder
	if err := l.SVG(&b, ladder.SVGOptions{}); err != nil || b.Len() > 24_000 {
		t.Errorf("%d bytes, %v", b.Len(), err)
	}
}

func TestMessagesThatDifferAreNotFolded(t *testing.T) {
	views := inCall(func(s *calltest.Script) {
		for i := range 20 {
			m := s.Wait(time.Second).Request(s.Caller, "MESSAGE", "")
			s.Respond(s.Callee, m, 200+i, fmt.Sprint("No ", i), "")
		}
	})
	if more := rows(ladder.Build(views, phrase.En), ladder.More); len(more) > 0 {
		t.Errorf("%+v", more)
	}
}

func TestHoleAtTheStartInTheMiddleAndAtTheEnd(t *testing.T) {
	for name, c := range map[string]struct{ from, to, before int }{
		"start": {0, 4, 0}, "middle": {16, 19, 1}, "end": {27, 1 << 20, 2},
	} {
		views := calltest.Answered()[:1]
		events := views[0].Events
		to := min(c.to, len(events)-1) // the end itself stays, so that the loss is known
		lost := to - c.from
		views[0].Events = append(slices.Clone(events[:c.from]), events[to:]...)
		l := ladder.Build(views, phrase.En)
		holes := rows(l, ladder.Hole)
		if len(holes) != 1 || labels(holes)[0] != fmt.Sprintf("%d events missing", lost) {
			t.Errorf("%s: %+v", name, holes)
			continue
		}
		at := slices.IndexFunc(l.Rows, func(r ladder.Row) bool { return r.Kind == ladder.Hole })
		if third := at * 3 / len(l.Rows); third != c.before {
			t.Errorf("%s: the hole is row %d of %d", name, at, len(l.Rows))
		}
	}
}
