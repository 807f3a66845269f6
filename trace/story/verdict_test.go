package story_test

import (
	"strings"
	"testing"
	"time"

	"sidetone/trace"
	"sidetone/trace/calltest"
	"sidetone/trace/phrase"
	"sidetone/trace/story"
)

func plain(s string) string { return strings.ReplaceAll(s, "\u00a0", " ") }

// tell tells a scripted call in English.
func tell(name string) story.Story { return story.Tell(calltest.Calls()[name](), story.En) }

func TestVerdicts(t *testing.T) {
	for name, want := range map[string]struct {
		class story.Class
		text  string
	}{
		"answered":       {story.Good, "Answered. Warehouse picked up after 5.3 s, talked for 1 min 33 s with 2 holds of 37 s in all, and hung up. The audio was good."},
		"busy":           {story.Missed, "Busy. Warehouse was busy."},
		"rejected":       {story.Missed, "Declined. Warehouse declined the call after 3.1 s of ringing."},
		"no-answer":      {story.Missed, "No answer. Warehouse’s phone rang for 15 s, but nobody answered."},
		"cancelled":      {story.Missed, "Cancelled. Reception hung up after 4.0 s, while Warehouse’s phone was ringing."},
		"unknown-number": {story.Bad, "Failed. The number 199, as it was dialled, was not found."},
		"unreachable":    {story.Bad, "Not reached. The call request to 103 was sent 7 times in 32 s, and nothing came back."},
		"blocked":        {story.Bad, "Blocked. The call never left Reception’s device, which is not allowed to dial 19005550100."},
		"cut":            {story.Bad, "Cut off. Warehouse picked up after 4.0 s; 14 s later the agent on Reception’s device stopped in the middle of the call."},
		"live":           {story.Live, "In progress. Warehouse picked up after 5.3 s, and they are talking."},
		"live-held":      {story.Live, "On hold. Warehouse picked up after 2.0 s; Warehouse has put the call on hold."},
		"hold-refused":   {story.Good, "Answered. Warehouse picked up after 2.0 s, they talked for 13 s, and Reception hung up. The audio was good."},
		"hold-lost":      {story.Bad, "Cut off. Warehouse picked up after 2.0 s, they talked for 8.0 s, and the call was lost when Reception asked to put it on hold."},
		"one-way":        {story.Good, "Answered. Warehouse picked up after 2.0 s, they were connected for 20 s, and Reception hung up. No audio arrived at Reception’s end."},
		"cut-at-32s":     {story.Good, "Answered. 15145550199 picked up after 3.0 s, they talked for 32 s, and the call ended without the answer ever being confirmed."},
		"declined-480":   {story.Missed, "Declined. Warehouse declined the call after 3.1 s of ringing."},
		"challenged":     {story.Good, "Answered. 15145550199 picked up after 6.8 s, talked for 1 min 15 s, and hung up. The audio was good."},
	} {
		v := tell(name).Verdict
		if got := plain(v.Sentence()); got != want.text || v.Class != want.class || v.Mark == "" {
			t.Errorf("%s: %s %q\nwant %s %q", name, v.Class, got, want.class, want.text)
		}
	}
}

// The same call told from the other end names the same people and the same end.
func TestBothEndsTellTheSameEnd(t *testing.T) {
	for _, name := range []string{"answered", "rejected", "cancelled"} {
		views := calltest.Calls()[name]()
		caller, callee := story.Tell(views[:1], story.En), story.Tell(views[1:], story.En)
		if a, b := caller.Verdict.Sentence(), callee.Verdict.Sentence(); a != b {
			t.Errorf("%s: %q at one end, %q at the other", name, a, b)
		}
		if a, b := caller.Facts.EndedBy, callee.Facts.EndedBy; a.Value != b.Value || a.Note == b.Note {
			t.Errorf("%s: ended by %+v, %+v", name, a, b)
		}
	}
}

func TestCallThatAnotherPhoneAnsweredIsNotSaidToHaveBeenGivenUp(t *testing.T) {
	callee := calltest.Cancelled()[1:]
	for i, e := range callee[0].Events {
		if end, ok := e.Data.(trace.Ended); ok {
			end.Q850, end.Reason = 0, trace.AnsweredElsewhere
			callee[0].Events[i].Data = end
		}
	}
	s := story.Tell(callee, story.En)
	if got := plain(s.Verdict.Sentence()); !strings.HasPrefix(got, "Cancelled. Another phone answered the call after 4.0 s, while Warehouse") {
		t.Errorf("the verdict is %q", got)
	}
	if got := s.Steps[len(s.Steps)-1].Sentence; got != "Another phone answered the call" {
		t.Errorf("the last step is %q", got)
	}
	if got := s.Facts.Reason.Value; got != "Answered on another phone" {
		t.Errorf("the reason is %q", got)
	}
}

func TestRequestThatWasNotSentIsNotSaidToHaveBeenSent(t *testing.T) {
	s := calltest.NewScript(calltest.Reception(), calltest.Stranger("103", "10.1.0.77:5060"))
	s.Initiate()
	s.End(s.Caller, time.Millisecond, trace.Ended{Side: trace.Network, Result: trace.ResultFailed, Reason: "look up example: no such host"})
	for lang, want := range map[story.Lang][2]string{
		story.En:   {"The call request to 103 could not be sent.", "The call request could not be sent"},
		story.FrCA: {"La demande d’appel vers 103 n’a pas pu être envoyée.", "La demande d’appel n’a pas pu être envoyée"},
	} {
		told := story.Tell(s.Views(), lang)
		if last := told.Steps[len(told.Steps)-1]; told.Verdict.Text != want[0] || last.Sentence != want[1] {
			t.Errorf("%q, %q (%s)", told.Verdict.Text, last.Sentence, last.Detail)
		}
	}
}

func TestClocksThatAgreeAreSaidToBeCloseRatherThanEqual(t *testing.T) {
	views := calltest.Calls()["answered"]()
	for i := range views[1].Events {
		views[1].Events[i].At = views[1].Events[i].At.Add(-3 * time.Millisecond)
	}
	if note := plain(story.Tell(views, story.En).Facts.Trace.Note); !strings.HasSuffix(note, "clocks < 1 ms apart") {
		t.Error(note)
	}
}

func TestFactsAreKeptApart(t *testing.T) {
	f := tell("answered").Facts
	for _, c := range []struct {
		fact        story.Fact
		value, note string
	}{
		{f.EndedBy, "Warehouse", "(the other side)"},
		{f.Stage, "final answer", "200, after 180"},
		{f.LastResponse, "200", "answered"},
		{f.Reason, "Normal clearing", "Q.850 16"},
		{f.Audio, "MOS 4.3 / 4.1", "loss 0.2 %"},
		{f.Trace, "complete", "78 of 78 events, 2 devices, clocks 3 ms apart"},
	} {
		if c.fact.Value != c.value || plain(c.fact.Note) != c.note || c.fact.Label == "" {
			t.Errorf("%+v, want %s %s", c.fact, c.value, c.note)
		}
	}
	if n := len(f.List()); n != 6 {
		t.Errorf("%d facts", n)
	}
	if n := len(tell("live").Facts.List()); n != 3 {
		t.Errorf("a live call has %d facts: nobody has ended it", n)
	}
}

func TestStatusThatWeMadeUpIsNotShownAsReceived(t *testing.T) {
	f := tell("blocked").Facts.LastResponse
	if f.Value != "9XX" || !strings.Contains(f.Note, "no message was sent") {
		t.Errorf("%+v", f)
	}
}

// ending builds the end of a call by hand.
func ending(direction trace.Direction, e trace.Ended, before ...trace.Event) []trace.View {
	events := []trace.Event{{Kind: trace.CallInitiated, Data: trace.Initiated{
		Direction: direction, From: trace.Party{Name: "Ann", URI: "sip:101@x"}, To: trace.Party{Name: "Bob", URI: "sip:102@x"},
	}}}
	events = append(events, before...)
	e.Events = len(events) + 1
	events = append(events, trace.Event{Kind: trace.CallEnded, Data: e, Mono: e.TotalUS.Duration()})
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for i := range events {
		events[i].Call, events[i].Seq, events[i].N, events[i].Boot, events[i].Clock = "c", uint64(i+1), i+1, 1, trace.ClockSynced
		events[i].At = at.Add(events[i].Mono)
	}
	return []trace.View{{Device: "d", Events: events}}
}

func TestSentencesDependOnTheContext(t *testing.T) {
	for name, c := range map[string]struct {
		views       []trace.View
		want, never string
	}{
		"busy does not claim that somebody declined": {
			ending(trace.Out, trace.Ended{Side: trace.Remote, LastResponse: 486, Result: trace.ResultBusy}), "Bob was busy", "declin",
		},
		"busy everywhere": {
			ending(trace.Out, trace.Ended{Side: trace.Remote, LastResponse: 600, Result: trace.ResultBusy}), "busy on all devices", "declin",
		},
		"487 after our CANCEL is no failure": {
			ending(trace.Out, trace.Ended{Side: trace.Local, LastResponse: 487, Result: trace.ResultCancelled}), "Ann hung up", "ail",
		},
		"487 that nobody here asked for is told as such": {
			ending(trace.Out, trace.Ended{Side: trace.Remote, LastResponse: 487, Result: trace.ResultFailed}), "ended before it was answered", "hung up",
		},
		"100 alone claims no ringing": {
			ending(trace.Out, trace.Ended{Side: trace.Timer, LastResponse: 100, Result: trace.ResultNoAnswer, TotalUS: 9_000_000}), "Nobody answered within 9.0 s", "rang",
		},
		"480 whose Reason says that the call was rejected is a decline": {
			ending(trace.Out, trace.Ended{Side: trace.Remote, LastResponse: 480, Q850: 21, Result: trace.ResultNoAnswer}), "Bob declined the call", "nobody answered",
		},
		"480 alone is no decline": {
			ending(trace.Out, trace.Ended{Side: trace.Remote, LastResponse: 480, Result: trace.ResultFailed}), "temporarily unavailable", "declin",
		},
		"a CANCEL with the status 200 was answered elsewhere": {
			ending(trace.In, trace.Ended{Side: trace.Remote, LastResponse: 487, Result: trace.ResultCancelled},
				trace.Event{Kind: trace.SIPReceived, Data: trace.SIP{Method: "CANCEL", Raw: "CANCEL sip:102@x SIP/2.0\r\nReason: SIP ;cause=200 ;text=\"Call completed elsewhere\"\r\n\r\n"}}),
			"Another phone answered", "hung up",
		},
		"a CANCEL with another status was not": {
			ending(trace.In, trace.Ended{Side: trace.Remote, LastResponse: 487, Result: trace.ResultCancelled},
				trace.Event{Kind: trace.SIPReceived, Data: trace.SIP{Method: "CANCEL", Raw: "CANCEL sip:102@x SIP/2.0\r\nReason: SIP;cause=600\r\n\r\n"}}),
			"Ann hung up", "Another phone",
		},
		"488 in a live call is no failure":            {calltest.HoldRefused(), "Answered.", "ailed"},
		"a challenge that was answered is no failure": {calltest.Challenged(), "Answered.", "password"},
		"unwanted": {
			ending(trace.Out, trace.Ended{Side: trace.Remote, LastResponse: 607, Result: trace.ResultFailed}), "unwanted", "busy",
		},
		"unregistered status": {
			ending(trace.Out, trace.Ended{Side: trace.Remote, LastResponse: 499, Result: trace.ResultFailed}), "status 499", "⟦",
		},
		"refused by the network": {
			ending(trace.Out, trace.Ended{Side: trace.Network, Result: trace.ResultFailed, Reason: "cannot be reached: connection refused"},
				trace.Event{Kind: trace.SIPSent, Data: trace.SIP{Method: "INVITE", Remote: "10.0.0.9:5060"}}), "could not be delivered to 10.0.0.9:5060", "came back",
		},
		"given up by the agent itself": {
			ending(trace.Out, trace.Ended{Side: trace.Local, Result: trace.ResultFailed}), "ended on Ann’s device", "came back",
		},
		"answered and ended by the network": {
			ending(trace.Out, trace.Ended{Side: trace.Network, LastResponse: 200, Result: trace.ResultAnswered}), "the network ended the call", "hung up",
		},
		"answered and ended by a timer": {
			ending(trace.In, trace.Ended{Side: trace.Timer, LastResponse: 200, Result: trace.ResultAnswered}), "a time limit ended the call", "hung up",
		},
		"answered and not refreshed": {
			ending(trace.In, trace.Ended{Side: trace.Timer, LastResponse: 200, Q850: 102, Reason: "session timer expired", Result: trace.ResultAnswered}),
			"the other side no longer showed that it was there", "hung up",
		},
	} {
		got := story.Tell(c.views, story.En).Verdict.Sentence()
		if !strings.Contains(plain(got), c.want) || strings.Contains(got, c.never) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestReasonIsInTheLanguageOfTheStoryOrQuoted(t *testing.T) {
	for _, c := range []struct {
		lang         story.Lang
		reason, want string
	}{
		{story.En, "no response", "No response"},
		{story.FrCA, "no response", "Aucune réponse"},
		{story.FrCA, "the answer cannot be used: no codec in common", "Aucune description de média utilisable dans la réponse"},
		{story.En, "Kitchen closed", "“Kitchen closed”"},
		{story.FrCA, "Kitchen closed", "« Kitchen closed »"},
		{story.En, "Not Found", ""}, // says no more than the status
	} {
		views := ending(trace.Out, trace.Ended{Side: trace.Network, LastResponse: 404, Reason: c.reason, Result: trace.ResultFailed})
		if got := plain(story.Tell(views, c.lang).Facts.Reason.Value); got != c.want {
			t.Errorf("%s %q: %q, want %q", c.lang, c.reason, got, c.want)
		}
	}
}

func TestOnlyAClockThatWasNeverSetIsWarnedOfAtTheTop(t *testing.T) {
	if s := tell("lossy"); s.Clock != "" {
		t.Errorf("%q", s.Clock)
	}
	views := calltest.Busy()
	for v := range views {
		for i := range views[v].Events {
			views[v].Events[i].At = views[v].Events[i].At.AddDate(-56, 0, 0)
		}
	}
	if s := story.Tell(views, story.En); !strings.Contains(s.Clock, "was not set") {
		t.Errorf("%q", s.Clock)
	}
}

func TestUnmeasuredAudioIsNotJudged(t *testing.T) {
	got := tell("through-proxy").Verdict.Text
	if strings.Contains(got, "audio") {
		t.Errorf("%q", got)
	}
}

func TestAudioOfOneEndAloneIsNotCalledGood(t *testing.T) {
	views := calltest.OneWay()
	for i, e := range views[0].Events {
		if m, ok := e.Data.(trace.Media); ok && e.Kind == trace.MediaStopped {
			m.Received = 900
			views[0].Events[i].Data = m
		}
		if _, ok := e.Data.(trace.Quality); ok {
			views[0].Events[i].Data = trace.Quality{Local: trace.QualitySide{Packets: 900}}
		}
	}
	if got := story.Tell(views, story.En).Verdict.Text; !strings.HasSuffix(got, "What arrived at Warehouse’s end sounded good.") {
		t.Errorf("%q", got)
	}
	views = calltest.Answered()[:1]
	for i, e := range views[0].Events {
		if q, ok := e.Data.(trace.Quality); ok {
			views[0].Events[i].Data = trace.Quality{Local: trace.QualitySide{Packets: mosLittle, MOS: q.Local.MOS}}
		}
	}
	if got := story.Tell(views, story.En).Verdict.Text; strings.Contains(got, "sounded") {
		t.Errorf("%d packets: %q", mosLittle, got)
	}
}

// mosLittle is fewer packets than say how a conversation sounded.
const mosLittle = 49

func TestAudioOfWhichNothingArrivedIsNotSaidToHaveArrived(t *testing.T) {
	views := calltest.Answered()[:1]
	events := views[0].Events
	var began, answered time.Duration
	for i, e := range events {
		switch d := e.Data.(type) {
		case trace.Initiated:
			began = e.Mono
		case trace.Answered:
			answered = e.Mono
		case trace.Media:
			d.Received = 0
			events[i].Data = d
		case trace.Quality:
			events[i].Data = trace.Quality{}
		case trace.Ended: // a moment after the answer
			d.TotalUS, d.TalkingUS = trace.MicrosOf(answered-began+100*time.Millisecond), 100_000
			events[i].Data = d
		}
	}
	if got := story.Tell(views, story.En).Facts.Audio; got.Value != "" {
		t.Errorf("%+v", got)
	}
}

func TestBriefAgreesWithTheStory(t *testing.T) {
	for name, script := range calltest.Calls() {
		views := script()
		for _, lang := range phrase.Langs() {
			f := trace.Summarize(views[0].Events)
			told := story.Tell(views[:1], lang).Verdict
			brief := story.Brief(f.Summary, lang)
			if brief.Class != told.Class || brief.Mark != told.Mark || (brief.Class != story.Live && (brief.Word != told.Word || brief.Head != told.Head)) {
				t.Errorf("%s: %+v in a list, %+v in the story", name, brief, told)
			}
		}
	}
}

func TestACallThatStoppingTheAgentEndedSaysSo(t *testing.T) {
	views := calltest.Answered()[:1]
	last := len(views[0].Events) - 1
	e := views[0].Events[last].Data.(trace.Ended)
	e.Q850, e.Reason = 16, "the agent is stopping"
	views[0].Events[last].Data = e
	if got := story.Tell(views, story.En).Facts.Reason; got.Value != "The agent was being stopped" || got.Note != "Q.850 16" {
		t.Errorf("%+v", got)
	}
}

func TestAFeatureIsMissedByTheSideThatMissesIt(t *testing.T) {
	for _, c := range []struct {
		direction trace.Direction
		side      trace.Side
		status    int
		en, fr    string
	}{
		{trace.In, trace.Local, 420, "Bob’s device does not support a feature that the other side requires", "L’appareil de Bob ne prend pas en charge une fonction que l’autre côté exige"},
		{trace.In, trace.Local, 421, "Bob’s device requires a feature that the other side did not offer", "L’appareil de Bob exige une fonction que l’autre côté n’a pas offerte"},
		{trace.Out, trace.Remote, 420, "A required feature is not supported by the other side", "Une fonction exigée n’est pas prise en charge par l’autre côté"},
		{trace.Out, trace.Remote, 421, "The other side requires a feature that was not offered to it", "L’autre côté exige une fonction qui ne lui a pas été offerte"},
	} {
		views := ending(c.direction, trace.Ended{Side: c.side, LastResponse: c.status, Result: trace.ResultFailed})
		for lang, want := range map[story.Lang]string{story.En: c.en, story.FrCA: c.fr} {
			s := story.Tell(views, lang)
			if last := s.Steps[len(s.Steps)-1].Sentence; s.Verdict.Text != want+"." || last != want {
				t.Errorf("%d by %s: %q, %q", c.status, c.side, s.Verdict.Text, last)
			}
		}
	}
}
