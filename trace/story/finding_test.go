package story_test

import (
	"slices"
	"testing"
	"time"

	"sidetone/trace"
	"sidetone/trace/calltest"
	"sidetone/trace/story"
)

func codes(s story.Story) []string {
	var out []string
	for _, f := range s.Findings {
		out = append(out, f.Code)
	}
	return out
}

func TestFindingsOfTheScriptedCalls(t *testing.T) {
	want := map[string][]string{
		"cut": {"agent-stopped"}, "unreachable": {"unreachable"}, "no-ack": {"no-ack", "one-way", "private-address"}, "one-way": {"one-way"},
		"hold-refused": {"hold-refused"}, "hold-lost": {"hold-lost"}, "lossy": {"events-missing", "poor-network", "poor-network", "retransmission", "clock-unsynced"},
		"unknown-name": {"dns-failure"}, "refused-connection": {"destination-unreachable"}, "wrong-password": {"wrong-credentials"},
		"no-codec": {"codec-mismatch"}, "cut-at-32s": {"cut-at-32s"}, "session-timer": {"cut-at-session-timer"}, "rewritten": {"alg-suspected"},
		"slow-silent": {"slow-setup", "no-ringback"}, "lines-busy": {"busy-elsewhere"},
		"unregistered": {"not-registered"}, "line-lost": {"line-lost-before"}, "link-lost": {"link-flapped"},
		"disturbed": {"device-fault", "clock-stepped"}, "poor-network": {"poor-network"}, "hold-not-honoured": {"hold-not-honoured"},
		"rtp-elsewhere": {"rtp-elsewhere"},
	}
	for name, script := range calltest.Calls() {
		if got := codes(story.Tell(script(), story.En)); !slices.Equal(got, want[name]) {
			t.Errorf("%s: %v, want %v", name, got, want[name])
		}
	}
}

func TestEveryRuleIsTriggeredByAScriptedCall(t *testing.T) {
	seen := map[string]bool{}
	for _, script := range calltest.Calls() {
		for _, code := range codes(story.Tell(script(), story.En)) {
			seen[code] = true
		}
	}
	for _, code := range story.Codes() {
		if !seen[code] {
			t.Errorf("%s: no call triggers it", code)
		}
	}
}

// edit changes the events of the views.
func edit(views []trace.View, change func(view int, e *trace.Event) (keep bool)) []trace.View {
	for v := range views {
		var kept []trace.Event
		for _, e := range views[v].Events {
			if change(v, &e) {
				kept = append(kept, e)
			}
		}
		views[v].Events = kept
	}
	return views
}

// Each near miss is one fact away from the call that triggers the rule.
func TestNearMissesTriggerNothing(t *testing.T) {
	for code, views := range map[string][]trace.View{
		// An agent that stops while no call is up stops in the middle of nothing.
		"agent-stopped": withStop(calltest.Answered()),
		// A call that is still going on may have more events than those that have arrived.
		"events-missing": calltest.Live(),
		// One provisional response is an answer, if not the one that was wanted.
		"unreachable": answeredOnce(calltest.Unreachable()),
		// An ACK that comes late, after the 200 was sent again, still comes.
		"no-ack": acked(calltest.NoACK()),
		// A line that was open for a second only proves nothing, however long the call was on hold.
		"one-way": ending(trace.Out, trace.Ended{Side: trace.Local, LastResponse: 200, Result: trace.ResultAnswered, TotalUS: 61_500_000, TalkingUS: 1_500_000, HeldUS: 60_000_000},
			trace.Event{Kind: trace.CallAnswered, Data: trace.Answered{}},
			trace.Event{Kind: trace.MediaStopped, Data: trace.Media{Sent: 70}}),
		// A hold that was granted.
		"hold-refused": calltest.Answered(),
		// One that was refused for what it offers leaves the call as it was.
		"hold-lost": calltest.HoldRefused(),
		// Requests that nothing ever came back for are another rule's.
		"retransmission": calltest.Unreachable(),
		"clock-unsynced": calltest.Answered(),
		// It came to be registered in time.
		"not-registered": around(calltest.Unregistered(), func(e *trace.Event) {
			e.Kind = trace.LineRegistered
		}),
		// A refresh that fails leaves the registration in force.
		"line-lost-before": around(calltest.LineLost(), func(e *trace.Event) {
			if d, ok := e.Data.(trace.Line); ok && e.Kind == trace.LineFailed {
				d.ExpiresUS = 60_000_000
				e.Data = d
			}
		}),
		// A link that comes up may have been down for ever.
		"link-flapped": around(calltest.LinkLost(), func(e *trace.Event) { e.Data = trace.Link{Interface: "eth0", Up: true} }),
		// Both before the call.
		"clock-stepped": around(calltest.Disturbed(), func(e *trace.Event) { e.Mono -= 20 * time.Second }),
		"device-fault":  around(calltest.Disturbed(), func(e *trace.Event) { e.Mono -= 20 * time.Second }),
		// Two dozen packets are less than half a second of sound.
		"poor-network": edit(calltest.PoorNetwork(), func(_ int, e *trace.Event) bool {
			if q, ok := e.Data.(trace.Quality); ok {
				q.Local.Lost, q.Local.Discarded = min(q.Local.Lost, 24), 0
				e.Data = q
			}
			return true
		}),
		// What was on its way when the hold came still arrives.
		"hold-not-honoured": edit(calltest.HoldNotHonoured(), func(_ int, e *trace.Event) bool {
			if m, ok := e.Data.(trace.Media); ok && m.Received == 700 {
				m.Received = 249
				e.Data = m
			}
			return true
		}),
		// A few packets from elsewhere are no conversation.
		"rtp-elsewhere": edit(calltest.RTPElsewhere(), func(_ int, e *trace.Event) bool {
			if m, ok := e.Data.(trace.Media); ok && m.Elsewhere > 0 {
				m.Elsewhere = 49
				e.Data = m
			}
			return true
		}),
	} {
		if got := codes(story.Tell(views, story.En)); slices.Contains(got, code) {
			t.Errorf("%s: found in its near miss", code)
		}
	}
}

// around changes the events around the calls.
func around(views []trace.View, change func(e *trace.Event)) []trace.View {
	for v := range views {
		for i := range views[v].Around {
			change(&views[v].Around[i])
		}
	}
	return views
}

func TestLossOfTheDevicesOwnEventsLeavesTheLineUnjudged(t *testing.T) {
	for code, views := range map[string][]trace.View{"not-registered": calltest.Unregistered(), "line-lost-before": calltest.LineLost()} {
		own, first := views[0].Around, views[0].Events[0]
		last := own[len(own)-1]
		for i := range views[0].Events {
			views[0].Events[i].Seq += 5
		}
		views[0].Around = append(own, trace.Event{
			Boot: first.Boot, Seq: first.Seq + 900, Kind: trace.AgentGap, At: first.At, Mono: first.Mono + time.Hour,
			Data: trace.Gap{Boot: first.Boot, From: last.Seq + 1, To: last.Seq + 4, Count: 4, Reason: trace.GapJournalCorrupt},
		})
		if got := codes(story.Tell(views, story.En)); slices.Contains(got, code) {
			t.Errorf("%s, though it may have been registered since", code)
		}
	}
}

func TestHoldWithAHoleInItSaysNothingOfWhatArrived(t *testing.T) {
	views := edit(calltest.HoldNotHonoured(), func(_ int, e *trace.Event) bool {
		m, ok := e.Data.(trace.Media)
		return !ok || m.Received != 700
	})
	if got := codes(story.Tell(views, story.En)); slices.Contains(got, "hold-not-honoured") {
		t.Errorf("%v, though the sound may have been wanted again", got)
	}
}

func answeredOnce(views []trace.View) []trace.View {
	last := views[0].Events[len(views[0].Events)-2]
	m, _ := last.Data.(trace.SIP)
	m.Status, m.Retransmission = 100, 0
	views[0].Events[len(views[0].Events)-2].Kind = trace.SIPReceived
	views[0].Events[len(views[0].Events)-2].Data = m
	return views
}

// withStop has the agent stop, in good order, after the call.
func withStop(views []trace.View) []trace.View {
	last := views[0].Events[len(views[0].Events)-1]
	last.Seq, last.N, last.Call, last.Kind, last.Data = last.Seq+1, 0, "", trace.AgentStopped, trace.Stopped{Reason: trace.StoppedBySignal}
	views[0].Events = append(views[0].Events, last)
	return views
}

func acked(views []trace.View) []trace.View {
	done := false
	return edit(views, func(_ int, e *trace.Event) bool {
		if m, ok := e.Data.(trace.SIP); ok && m.Status == 200 && m.Retransmission == 10 && !done {
			done = true
			m.Method, m.Status, m.Retransmission, m.Branch = "ACK", 0, 0, "z9hG4bKack"
			e.Kind, e.Data = trace.SIPReceived, m
		}
		return true
	})
}

func TestHeldOneWayStreamIsNotCalledBroken(t *testing.T) {
	views := ending(trace.In, trace.Ended{Side: trace.Local, LastResponse: 200, Result: trace.ResultAnswered, TotalUS: 9_000_000},
		trace.Event{Kind: trace.CallAnswered, Data: trace.Answered{}},
		trace.Event{Kind: trace.MediaStarted, Data: trace.Media{Direction: trace.SendOnly}},
		trace.Event{Kind: trace.MediaStopped, Data: trace.Media{Direction: trace.SendOnly, Sent: 400}})
	if got := codes(story.Tell(views, story.En)); len(got) != 0 {
		t.Errorf("%v, though the session never let this side receive", got)
	}
}

func TestRetransmissionSaysHowLongTheAnswerTook(t *testing.T) {
	views := edit(calltest.Lossy(), func(_ int, e *trace.Event) bool {
		m, ok := e.Data.(trace.SIP)
		return !ok || m.Method != "BYE" || m.Retransmission == 0
	})
	for _, f := range story.Tell(views, story.En).Findings {
		if f.Code == "retransmission" && plain(f.Sentence) != "The INVITE was sent twice: the first answer took 513 ms, so the network lost or delayed a packet." {
			t.Errorf("%q", plain(f.Sentence))
		}
	}
}

func TestWorstFindingComesFirst(t *testing.T) {
	s := tell("lossy")
	order := map[story.Severity]int{story.Problem: 0, story.Warning: 1, story.Note: 2}
	if !slices.IsSortedFunc(s.Findings, func(a, b story.Finding) int { return order[a.Severity] - order[b.Severity] }) {
		t.Errorf("%v", codes(s))
	}
}
