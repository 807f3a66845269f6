package story_test

import (
	"slices"
	"testing"

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
		"hold-refused": {"hold-refused"}, "hold-lost": {"hold-lost"}, "lossy": {"events-missing", "retransmission", "clock-unsynced"},
		"unknown-name": {"dns-failure"}, "refused-connection": {"destination-unreachable"}, "wrong-password": {"wrong-credentials"},
		"no-codec": {"codec-mismatch"}, "cut-at-32s": {"cut-at-32s"}, "session-timer": {"cut-at-session-timer"}, "rewritten": {"alg-suspected"},
		"slow-silent": {"slow-setup", "no-ringback"}, "lines-busy": {"busy-elsewhere"},
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
	} {
		if got := codes(story.Tell(views, story.En)); slices.Contains(got, code) {
			t.Errorf("%s: found in its near miss", code)
		}
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
