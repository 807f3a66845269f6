package story_test

import (
	"slices"
	"testing"

	"sidetone/trace"
	"sidetone/trace/calltest"
	"sidetone/trace/story"
)

func TestStageSaysHowFarTheCallRequestCame(t *testing.T) {
	for name, want := range map[string][2]string{
		"answered": {"final answer", "200, after 180"}, "callee-only": {"final answer", "200, after 180"}, "busy": {"final answer", "486, after 100"},
		"unknown-number": {"final answer", "404"}, "cancelled": {"final answer", "487, after 180"}, "no-answer": {"18X", "180 Ringing"}, "unreachable": {"0", "sent, and nothing came back"},
		"blocked": {"not sent", ""}, "challenged": {"final answer", "200, after 183"},
	} {
		if f := tell(name).Facts.Stage; f.Value != want[0] || f.Note != want[1] || f.Label != "Stage reached" {
			t.Errorf("%s: %+v, want %v", name, f, want)
		}
	}
}

// until is the caller's view of a call that is up, as it was after its first n messages.
func until(n int) []trace.View {
	v := calltest.Live()[:1]
	seen := 0
	i := slices.IndexFunc(v[0].Events, func(e trace.Event) bool {
		if _, ok := e.Data.(trace.SIP); ok {
			seen++
		}
		return seen > n
	})
	v[0].Events = v[0].Events[:i]
	return v
}

func TestStageOfACallThatIsNotAnsweredYet(t *testing.T) {
	for n, want := range map[int][2]string{1: {"sent", "no answer yet"}, 2: {"100", "request received"}, 3: {"18X", "183 Session Progress"}, 4: {"18X", "180 Ringing"}} {
		if f := story.Tell(until(n), story.En).Facts.Stage; f.Value != want[0] || f.Note != want[1] {
			t.Errorf("%d messages: %+v, want %v", n, f, want)
		}
	}
	if f := story.Tell(until(2), story.FrCA).Facts.Stage; f.Label != "Étape atteinte" || f.Value != "100" || f.Note != "demande reçue" {
		t.Errorf("%+v", f)
	}
}

func TestStageThatMissingEventsMayHaveChangedIsNotStated(t *testing.T) {
	v := until(3)
	v[0].Events = slices.Delete(v[0].Events, 4, 5)
	if f := story.Tell(v, story.En).Facts.Stage; f.Value != "" {
		t.Errorf("%+v", f)
	}
}

// asked is a call that the server refuses with a status after so many challenges that were answered.
func asked(status int, challenges int) []trace.View {
	s := calltest.NewScript(calltest.Reception(), calltest.Stranger("199", "10.1.0.1:5060"))
	s.Initiate()
	for range challenges + 1 {
		invite := s.Request(s.Caller, "INVITE", trace.SendRecv)
		s.Respond(s.Callee, invite, status, "Unauthorized", "")
		s.Request(s.Caller, "ACK", "")
		s.Anew()
	}
	s.End(s.Caller, s.Now, trace.Ended{Side: trace.Remote, LastResponse: status, Result: trace.ResultFailed})
	return s.Views()
}

func TestPasswordThatIsMissingIsNotAPasswordThatIsWrong(t *testing.T) {
	for _, c := range []struct {
		status, challenges int
		want               string
	}{
		{401, 0, "Failed. The server asked for a password, and Reception’s device gave none."},
		{401, 1, "Failed. The server asked for a password, and did not accept the one that it got."},
		{407, 0, "Failed. A server on the way asked for a password, and Reception’s device gave none."},
		{407, 1, "Failed. A server on the way asked for a password, and did not accept the one that it got."},
	} {
		if got := plain(story.Tell(asked(c.status, c.challenges), story.En).Verdict.Sentence()); got != c.want {
			t.Errorf("%d after %d: %q", c.status, c.challenges, got)
		}
	}
}
