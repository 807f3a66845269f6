package ladder_test

import (
	"slices"
	"strings"
	"testing"

	"sidetone/trace"
	"sidetone/trace/calltest"
	"sidetone/trace/ladder"
	"sidetone/trace/phrase"
	"sidetone/trace/story"
	"sidetone/trace/terminal"
)

func build(name string) ladder.Ladder { return ladder.Build(calltest.Calls()[name](), phrase.En) }

func rows(l ladder.Ladder, kind ladder.RowKind) []ladder.Row {
	return slices.DeleteFunc(slices.Clone(l.Rows), func(r ladder.Row) bool { return r.Kind != kind })
}

func labels(rows []ladder.Row) []string {
	var out []string
	for _, r := range rows {
		out = append(out, strings.TrimSpace(strings.ReplaceAll(r.Label+" "+r.Note, "\u00a0", " ")))
	}
	return out
}

func TestMessageThatBothDevicesSawIsOneArrow(t *testing.T) {
	l := build("busy")
	want := []string{"INVITE SDP", "100 Trying", "486 Busy Here", "ACK"}
	if got := labels(rows(l, ladder.Arrow)); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	for _, r := range rows(l, ladder.Arrow) {
		if len(r.Evidence) != 2 || r.Evidence[0].Device == r.Evidence[1].Device || r.ID != r.Evidence[0].ID() {
			t.Errorf("%s: %v", r.Label, r.Evidence)
		}
	}
	if len(l.Lanes) != 2 || l.Lanes[0].Name != "Reception" || l.Lanes[1].Address != "10.1.0.9:5060" {
		t.Errorf("%+v", l.Lanes)
	}
}

func TestRetransmissionsAreFoldedIntoOneDashedArrow(t *testing.T) {
	l := build("unreachable")
	arrows := rows(l, ladder.Arrow)
	if len(arrows) != 2 || arrows[0].Dashed || !arrows[1].Dashed || arrows[1].Repeats != 6 || len(arrows[1].Evidence) != 6 {
		t.Errorf("%+v", arrows)
	}
	if strings.ReplaceAll(arrows[1].Delta, "\u00a0", " ") != "500 ms" {
		t.Errorf("delta %q", arrows[1].Delta)
	}
}

func TestHoldShowsItsDirectionOnTheArrowsAndABandBetweenThem(t *testing.T) {
	l := build("answered")
	all := labels(l.Rows)
	i := slices.Index(all, "re-INVITE sendonly")
	if i < 0 || !slices.Equal(all[i:i+4], []string{"re-INVITE sendonly", "200 OK recvonly", "ACK", "held by Reception · 28.0 s"}) {
		t.Fatalf("%q", all)
	}
	if l.Rows[i].Tone != ladder.Holding || l.Rows[i+3].Kind != ladder.Band || l.Rows[i+3].Tone != ladder.Holding {
		t.Errorf("%+v", l.Rows[i])
	}
	if got := len(rows(l, ladder.Band)); got != 6 {
		t.Errorf("%d bands, want ringback, talk, hold, talk, hold, talk", got)
	}
}

func TestWhatNeverReachedTheWireIsAPillOnItsDevicesLane(t *testing.T) {
	pills := rows(build("answered"), ladder.Pill)
	if got := labels(pills); !slices.Equal(got, []string{"lifted · dialled 102", "lifted", "put down"}) {
		t.Errorf("%q", got)
	}
	if pills[0].From != 0 || pills[1].From != 1 || pills[0].From != pills[0].To {
		t.Errorf("%+v", pills)
	}
	if got := labels(build("blocked").Rows); !slices.Equal(got, []string{"blocked: 19005550100"}) {
		t.Errorf("%q", got)
	}
}

func TestLostEventsAreAHole(t *testing.T) {
	holes := rows(build("lossy"), ladder.Hole)
	if len(holes) != 1 || holes[0].From != 1 || !strings.Contains(holes[0].Label, "3") {
		t.Errorf("%+v", holes)
	}
}

func TestLongSilenceIsCollapsedButNotAConversation(t *testing.T) {
	quiet := rows(build("no-answer"), ladder.Quiet)
	if len(quiet) != 1 || !strings.Contains(strings.ReplaceAll(quiet[0].Label, "\u00a0", " "), "15 s without a message") || len(quiet[0].Evidence) != 0 {
		t.Errorf("%+v", quiet)
	}
	if quiet := rows(build("answered"), ladder.Quiet); len(quiet) != 0 {
		t.Errorf("%+v", quiet)
	}
}

func TestPacketThatWasLostIsSaidToBeOnlyWhereItIsProved(t *testing.T) {
	views := calltest.Lossy()
	if got := labels(rows(ladder.Build(views, phrase.En), ladder.Arrow)); strings.Contains(strings.Join(got, " "), "arrive") {
		t.Errorf("%q, though events of the receiver are missing", got)
	}
	views = lossyButComplete(views)
	got := labels(rows(ladder.Build(views, phrase.En), ladder.Arrow))
	for _, want := range []string{"INVITE did not arrive · SDP", "INVITE sent again ×1", "BYE did not arrive", "BYE sent again ×2, 1 arrived · over 1.0 s"} {
		if slices.Contains(got, want) {
			continue
		}
		t.Errorf("no %q in %q", want, got)
	}
}

func TestWhatTheReceiverSawAgainHasArrived(t *testing.T) {
	view := calltest.Answered()[1]
	var events []trace.Event
	for _, e := range view.Events {
		if e.N > 0 {
			e.N = 0
		}
		events = append(events, e)
		m, ok := e.Data.(trace.SIP)
		if !ok || e.Kind != trace.SIPReceived || m.Method != "INVITE" || m.InDialog() || m.Status != 0 {
			continue
		}
		for n := range 3 {
			again := m
			again.Retransmission = n + 1
			e.Data = again
			events = append(events, e)
		}
	}
	n := 0
	for i := range events {
		events[i].Seq = uint64(i + 1)
		if events[i].Call == "" {
			continue
		}
		n++
		events[i].N = n
		if d, ok := events[i].Data.(trace.Ended); ok {
			d.Events = n
			events[i].Data = d
		}
	}
	view.Events = events
	got := labels(rows(ladder.Build([]trace.View{view}, phrase.En), ladder.Arrow))
	if !slices.Contains(got, "INVITE sent again ×3") {
		t.Errorf("%q", got)
	}
}

// lossyButComplete makes the receiver's trace whole, so that what is not in it did not arrive.
func lossyButComplete(views []trace.View) []trace.View {
	for i := range views[1].Events {
		e := &views[1].Events[i]
		if e.Call != "" {
			e.N = i + 1
		}
		if d, ok := e.Data.(trace.Ended); ok {
			d.Events = i + 1
			e.Data = d
		}
	}
	return views
}

// A kernel stamps what arrives before the sender's program has stamped what it sent.
func TestTimesOnTheLadderNeverRunBackwardsByAHair(t *testing.T) {
	views := calltest.Busy()
	for i := range views[1].Events {
		if _, ok := views[1].Events[i].Data.(trace.SIP); ok && views[1].Events[i].Kind == trace.SIPSent {
			views[1].Events[i].Mono -= 20_000_000
		}
	}
	arrows := rows(ladder.Build(views, phrase.En), ladder.Arrow)
	for i, r := range arrows {
		if i > 0 && r.OffsetUS < arrows[i-1].OffsetUS {
			t.Errorf("%s at %s comes after %s at %s", r.Label, r.Offset, arrows[i-1].Label, arrows[i-1].Offset)
		}
		if strings.HasPrefix(r.Delta, "0") {
			t.Errorf("%s took %q", r.Label, r.Delta)
		}
	}
}

func TestServerBetweenTwoDevicesHasALaneOfItsOwn(t *testing.T) {
	l := build("through-proxy")
	var names []string
	for _, lane := range l.Lanes {
		names = append(names, lane.Name)
	}
	if !slices.Equal(names, []string{"Reception", "Server", "Warehouse"}) {
		t.Fatalf("%q", names)
	}
	for _, r := range rows(l, ladder.Arrow) {
		if abs := r.From - r.To; abs != 1 && abs != -1 {
			t.Errorf("%s goes from %d to %d", r.Label, r.From, r.To)
		}
	}
}

func TestCalledDeviceAloneStandsOnTheRight(t *testing.T) {
	l := build("callee-only")
	if len(l.Lanes) != 2 || l.Lanes[0].Name != "Reception" || l.Lanes[0].Device != "" || l.Lanes[1].Device != "warehouse-1" {
		t.Errorf("%+v", l.Lanes)
	}
}

// A NAT rewrites addresses; messages that both ends have still make one lane of both.
func TestTranslatedAddressMakesNoLaneOfItsOwn(t *testing.T) {
	views := calltest.Busy()
	for i := range views[1].Events {
		if m, ok := views[1].Events[i].Data.(trace.SIP); ok {
			m.Remote = "203.0.113.1:40001"
			views[1].Events[i].Data = m
		}
	}
	if l := ladder.Build(views, phrase.En); len(l.Lanes) != 2 {
		t.Errorf("%+v", l.Lanes)
	}
}

func TestAgentThatStoppedIsDrawnWhereItStopped(t *testing.T) {
	l := build("cut")
	i := slices.Index(labels(l.Rows), "agent stopped")
	if i < 0 || l.Rows[i].OffsetUS > 20_000_000 {
		t.Errorf("%+v", l.Rows[i])
	}
}

func TestChallengeAndCancelAreNoFailures(t *testing.T) {
	for _, name := range []string{"challenged", "cancelled"} {
		for _, r := range build(name).Rows {
			if r.Tone == ladder.Failure {
				t.Errorf("%s: %s is drawn as a failure", name, r.Label)
			}
		}
	}
}

func TestRowIDsAreUniqueAndEvidenceExists(t *testing.T) {
	for name, script := range calltest.Calls() {
		views := script()
		known := map[trace.EventRef]bool{}
		for _, v := range views {
			for e := range v.All() {
				known[trace.EventRef{Device: v.Device, Boot: e.Boot, Seq: e.Seq}] = true
			}
		}
		seen := map[string]bool{}
		for _, r := range ladder.Build(views, phrase.FrCA).Rows {
			if seen[r.ID] || r.ID == "" || r.Label == "" || strings.ContainsAny(r.Label+r.Note, "⟦{") {
				t.Errorf("%s: %+v", name, r)
			}
			seen[r.ID] = true
			for _, ref := range r.Evidence {
				if !known[ref] {
					t.Errorf("%s: %s: %v does not exist", name, r.Label, ref)
				}
			}
		}
	}
}

// The page shares one selection between both: a step leads to a row through its evidence.
func TestEveryStepOfTheWireHasARow(t *testing.T) {
	for name, script := range calltest.Calls() {
		views := script()
		l := ladder.Build(views, phrase.En)
		drawn := map[trace.EventRef]bool{}
		for _, r := range l.Rows {
			for _, ref := range r.Evidence {
				drawn[ref] = true
			}
		}
		for _, s := range story.Tell(views, phrase.En).Steps {
			if s.Kind == trace.CallRinging || s.Kind == trace.CallProgress || s.Class == story.StepGap {
				continue
			}
			if strings.HasPrefix(string(s.Kind), "line.") { // of the device, before the call
				continue
			}
			if name == "blocked" || name == "cut" || name == "unknown-name" { // some of their steps never reached the wire
				continue
			}
			if !slices.ContainsFunc(s.Evidence, func(r trace.EventRef) bool { return drawn[r] }) {
				t.Errorf("%s: %q has no row", name, s.Sentence)
			}
		}
	}
}

func TestTextFitsItsTerminal(t *testing.T) {
	for name, script := range calltest.Calls() {
		for _, lang := range phrase.Langs() {
			l := ladder.Build(script(), lang)
			for _, width := range []int{60, 80, 100, 160} {
				for _, line := range strings.Split(l.Text(width), "\n") {
					if terminal.Width(line) > width || strings.ContainsAny(line, "\u00a0\t") {
						t.Errorf("%s %s %d: %q", name, lang, width, line)
					}
				}
			}
		}
	}
}

func TestLanesThatDoNotFitBecomeAList(t *testing.T) {
	got := build("through-proxy").Text(60)
	if !strings.Contains(got, "A  Reception") || !strings.Contains(got, "A → B  INVITE") {
		t.Error(got)
	}
	if got := build("through-proxy").Text(80); strings.Contains(got, "A → B") {
		t.Error(got)
	}
}

func TestWideNamesKeepTheLanesStraight(t *testing.T) {
	views := calltest.Busy()
	for v := range views {
		for i := range views[v].Events {
			if d, ok := views[v].Events[i].Data.(trace.Initiated); ok {
				d.To.Name = "倉庫と出荷"
				views[v].Events[i].Data = d
			}
		}
	}
	for _, line := range strings.Split(ladder.Build(views, phrase.En).Text(80), "\n") {
		if terminal.Width(line) > 80 {
			t.Errorf("%q", line)
		}
	}
}

func TestColourAddsNothingToTheLadder(t *testing.T) {
	l := build("answered")
	coloured := l.Text(80, story.InColour())
	if !strings.Contains(coloured, "\x1b[35m") {
		t.Error("a hold has no colour")
	}
	if len(strings.Split(coloured, "\n")) != len(strings.Split(l.Text(80), "\n")) {
		t.Error("lines differ")
	}
}

// A terminal that lets a person walk through the ladder asks each line what it stands for.
func TestEveryLineKnowsItsEventAndTheLinesAreTheText(t *testing.T) {
	for name, script := range calltest.Calls() {
		l := ladder.Build(script(), phrase.En)
		for _, width := range []int{60, 80, 120} {
			var text strings.Builder
			next := 0 // the row that may come next
			for _, line := range l.Lines(width) {
				text.WriteString(line.Text + "\n")
				var want trace.EventRef
				if line.Row >= 0 {
					if line.Row != next && line.Row != next-1 {
						t.Fatalf("%s %d: row %d comes after row %d", name, width, line.Row, next-1)
					}
					next = line.Row + 1
					if evidence := l.Rows[line.Row].Evidence; len(evidence) > 0 {
						want = evidence[0]
					}
				}
				if line.Ref != want {
					t.Errorf("%s %d: %q stands for %v, want %v", name, width, line.Text, line.Ref, want)
				}
			}
			if text.String() != l.Text(width) || next != len(l.Rows) {
				t.Errorf("%s %d: %d of %d rows, or another text", name, width, next, len(l.Rows))
			}
		}
	}
}

func TestCallWithoutAMessageIsSaidToHaveNone(t *testing.T) {
	for _, lang := range phrase.Langs() {
		for _, views := range [][]trace.View{nil, {{}}, {{Device: "a"}, {Device: "b"}}} {
			l := ladder.Build(views, lang)
			if got := l.Text(80); got != lang.Say("ladder.empty")+"\n" {
				t.Errorf("%q", got)
			}
		}
	}
}
