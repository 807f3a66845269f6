package transaction

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/google/go-cmp/cmp"
)

// event is an input at a time after Start.
type event struct {
	at    time.Duration
	input Input
}

// play drives a machine as an owner does, on a clock of its own, until nothing is left to happen, and writes down
// every effect but those of timers with its time.
func play(t *testing.T, m Machine, events ...event) []string {
	t.Helper()
	var log []string
	running := map[Timer]time.Duration{}
	perform := func(now time.Duration, effects []Effect) {
		for _, e := range effects {
			switch e := e.(type) {
			case StartTimer:
				running[e.Timer] = now + e.After
			case StopTimer:
				if _, ok := running[e.Timer]; !ok {
					t.Errorf("%s: timer %s is stopped and not running", now, e.Timer)
				}
				delete(running, e.Timer)
			case Transmit, Deliver, Failed, Ended:
				log = append(log, fmt.Sprintf("%s %s", now, show([]Effect{e})))
			}
		}
	}
	perform(0, m.Start())
	for {
		now, in, ok := nextInput(&events, running)
		if !ok {
			break
		}
		if fired, ok := in.(Fired); ok {
			delete(running, fired.Timer)
		}
		effects, err := m.Step(in)
		if err != nil {
			t.Fatalf("%s: %v", now, err)
		}
		perform(now, effects)
	}
	if m.State() == Terminated && len(running) > 0 {
		t.Errorf("timers outlive the transaction: %v", running)
	}
	return log
}

// nextInput is the earliest of the events and the timers; a timer that is due with another goes by its letter.
func nextInput(events *[]event, running map[Timer]time.Duration) (time.Duration, Input, bool) {
	var next Input
	at := time.Duration(-1)
	timers := make([]Timer, 0, len(running))
	for timer := range running {
		timers = append(timers, timer)
	}
	slices.Sort(timers)
	for _, timer := range timers {
		if at < 0 || running[timer] < at {
			at, next = running[timer], Fired{timer}
		}
	}
	if len(*events) > 0 && (at < 0 || (*events)[0].at <= at) {
		at, next = (*events)[0].at, (*events)[0].input
		*events = (*events)[1:]
	}
	return at, next, next != nil
}

func wantLog(t *testing.T, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("schedule (-want +got):\n%s", diff)
	}
}

func TestUnansweredInviteIsSentSevenTimesInDoublingIntervals(t *testing.T) {
	wantLog(t, play(t, NewInviteClient(request(t, sip.INVITE), false, DefaultTimers())),
		"0s -> INVITE",
		"500ms -> INVITE (1)", "1.5s -> INVITE (2)", "3.5s -> INVITE (3)", "7.5s -> INVITE (4)", "15.5s -> INVITE (5)",
		"31.5s -> INVITE (6)",
		"32s failed: timeout", "32s ended")
}

func TestUnansweredInviteOverTCPIsSentOnce(t *testing.T) {
	wantLog(t, play(t, NewInviteClient(request(t, sip.INVITE), true, DefaultTimers())),
		"0s -> INVITE", "32s failed: timeout", "32s ended")
}

func TestProvisionalResponseStopsInviteForGood(t *testing.T) {
	m := NewInviteClient(request(t, sip.INVITE), false, DefaultTimers())
	wantLog(t, play(t, m,
		event{700 * time.Millisecond, Received{response(t, 100, sip.INVITE)}},
		event{5 * time.Minute, Received{response(t, 180, sip.INVITE)}}),
		"0s -> INVITE", "500ms -> INVITE (1)", "700ms ^ 100", "5m0s ^ 180")
	if m.State() != Proceeding {
		t.Errorf("state %s: no timer may end a call that rings", m.State())
	}
}

func TestEvery2xxIsDeliveredForTimerM(t *testing.T) {
	wantLog(t, play(t, NewInviteClient(request(t, sip.INVITE), false, DefaultTimers()),
		event{time.Second, Received{response(t, 200, sip.INVITE)}},
		event{2 * time.Second, Received{response(t, 200, sip.INVITE)}},
		event{32 * time.Second, Received{response(t, 200, sip.INVITE)}}),
		"0s -> INVITE", "500ms -> INVITE (1)", "1s ^ 200", "2s ^ 200", "32s ^ 200", "33s ended")
}

func TestRefusedInviteAcknowledgesEveryRetransmission(t *testing.T) {
	wantLog(t, play(t, NewInviteClient(request(t, sip.INVITE), false, DefaultTimers()),
		event{100 * time.Millisecond, Received{response(t, 486, sip.INVITE)}},
		event{600 * time.Millisecond, Received{response(t, 486, sip.INVITE)}},
		event{32 * time.Second, Received{response(t, 486, sip.INVITE)}}),
		"0s -> INVITE", "100ms -> ACK", "100ms ^ 486", "600ms -> ACK (1)", "32s -> ACK (2)", "32.1s ended")
}

func TestTimerDIsNotShortenedByT1(t *testing.T) {
	wantLog(t, play(t, NewInviteClient(request(t, sip.INVITE), false, Timers{T1: 10 * time.Millisecond}),
		event{time.Millisecond, Received{response(t, 486, sip.INVITE)}}),
		"0s -> INVITE", "1ms -> ACK", "1ms ^ 486", "32.001s ended")
}

func TestUnansweredRequestIsSentElevenTimesCappedByT2(t *testing.T) {
	wantLog(t, play(t, NewClient(request(t, sip.OPTIONS), false, DefaultTimers())),
		"0s -> OPTIONS",
		"500ms -> OPTIONS (1)", "1.5s -> OPTIONS (2)", "3.5s -> OPTIONS (3)", "7.5s -> OPTIONS (4)", "11.5s -> OPTIONS (5)",
		"15.5s -> OPTIONS (6)", "19.5s -> OPTIONS (7)", "23.5s -> OPTIONS (8)", "27.5s -> OPTIONS (9)",
		"31.5s -> OPTIONS (10)",
		"32s failed: timeout", "32s ended")
}

func TestRequestWithAProvisionalResponseIsRepeatedEveryT2(t *testing.T) {
	wantLog(t, play(t, NewClient(request(t, sip.OPTIONS), false, DefaultTimers()),
		event{600 * time.Millisecond, Received{response(t, 100, sip.OPTIONS)}},
		event{10 * time.Second, Received{response(t, 200, sip.OPTIONS)}},
		event{12 * time.Second, Received{response(t, 200, sip.OPTIONS)}}),
		"0s -> OPTIONS", "500ms -> OPTIONS (1)", "600ms ^ 100", "1.5s -> OPTIONS (2)", "5.5s -> OPTIONS (3)",
		"9.5s -> OPTIONS (4)", "10s ^ 200", "15s ended")
}

func TestRequestOverTCPEndsWithItsResponse(t *testing.T) {
	wantLog(t, play(t, NewClient(request(t, sip.OPTIONS), true, DefaultTimers()),
		event{time.Second, Received{response(t, 200, sip.OPTIONS)}}),
		"0s -> OPTIONS", "1s ^ 200", "1s ended")
}

func TestRefusalIsRepeatedUntilTimerHWhenNoACKComes(t *testing.T) {
	wantLog(t, play(t, NewInviteServer(request(t, sip.INVITE), false, DefaultTimers()),
		event{0, Respond{response(t, 486, sip.INVITE)}}),
		"0s -> 486",
		"500ms -> 486 (1)", "1.5s -> 486 (2)", "3.5s -> 486 (3)", "7.5s -> 486 (4)", "11.5s -> 486 (5)", "15.5s -> 486 (6)",
		"19.5s -> 486 (7)", "23.5s -> 486 (8)", "27.5s -> 486 (9)", "31.5s -> 486 (10)",
		"32s failed: timeout", "32s ended")
}

func TestRefusalOverTCPIsSentOnceAndStillNeedsItsACK(t *testing.T) {
	wantLog(t, play(t, NewInviteServer(request(t, sip.INVITE), true, DefaultTimers()),
		event{0, Respond{response(t, 486, sip.INVITE)}}),
		"0s -> 486", "32s failed: timeout", "32s ended")
}

func TestACKEndsTheRefusal(t *testing.T) {
	wantLog(t, play(t, NewInviteServer(request(t, sip.INVITE), false, DefaultTimers()),
		event{0, Respond{response(t, 486, sip.INVITE)}},
		event{600 * time.Millisecond, Received{request(t, sip.ACK)}},
		event{700 * time.Millisecond, Received{request(t, sip.ACK)}},
		event{800 * time.Millisecond, Received{request(t, sip.INVITE)}}),
		"0s -> 486", "500ms -> 486 (1)", "600ms ^ ACK", "5.6s ended")
}

func TestAcceptedInviteLeavesRetransmissionToItsUser(t *testing.T) {
	ok := response(t, 200, sip.INVITE)
	wantLog(t, play(t, NewInviteServer(request(t, sip.INVITE), false, DefaultTimers()),
		event{0, Respond{response(t, 100, sip.INVITE)}},
		event{time.Second, Received{request(t, sip.INVITE)}},
		event{2 * time.Second, Respond{ok}},
		event{2500 * time.Millisecond, Respond{ok}},
		event{2600 * time.Millisecond, Received{request(t, sip.INVITE)}},
		event{3500 * time.Millisecond, Respond{ok}}),
		"0s -> 100", "1s -> 100 (1)", "2s -> 200", "2.5s -> 200 (1)", "3.5s -> 200 (2)", "34s ended")
}

func TestAnswerIsRepeatedToEveryRetransmissionForTimerJ(t *testing.T) {
	wantLog(t, play(t, NewServer(request(t, sip.OPTIONS), false, DefaultTimers()),
		event{100 * time.Millisecond, Received{request(t, sip.OPTIONS)}},
		event{time.Second, Respond{response(t, 200, sip.OPTIONS)}},
		event{1500 * time.Millisecond, Received{request(t, sip.OPTIONS)}},
		event{32 * time.Second, Received{request(t, sip.OPTIONS)}}),
		"1s -> 200", "1.5s -> 200 (1)", "32s -> 200 (2)", "33s ended")
}

func TestAnswerOverTCPEndsTheTransaction(t *testing.T) {
	wantLog(t, play(t, NewServer(request(t, sip.OPTIONS), true, DefaultTimers()),
		event{time.Second, Respond{response(t, 200, sip.OPTIONS)}}),
		"1s -> 200", "1s ended")
}
