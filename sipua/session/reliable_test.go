package session

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/message"
)

const firstNumber = 100

// senderIn brings a reliableSender into a state: idle, out, queued, leftover or finished.
func senderIn(state string) *reliableSender {
	r := &reliableSender{}
	switch state {
	case "idle":
	case "out":
		r.send(provisional(true), firstNumber, time.Second)
	case "queued":
		r.send(provisional(true), firstNumber, time.Second)
		r.send(provisional(false), firstNumber, time.Second)
	case "leftover":
		r.send(provisional(false), firstNumber, time.Second)
		r.send(provisional(false), firstNumber, time.Second)
		r.finish()
	case "finished":
		r.finish()
	}
	return r
}

func provisional(sdp bool) *reliableResponse {
	res := sip.NewResponse(183, "X")
	res.AppendHeader(&sip.CSeqHeader{SeqNo: 7, MethodName: sip.INVITE})
	return &reliableResponse{response: res, sdp: sdp}
}

func TestEveryEventInEveryStateOfTheReliableSender(t *testing.T) {
	number := func(r *reliableResponse) string {
		if r == nil {
			return "-"
		}
		return fmt.Sprint(r.rseq)
	}
	events := []func(*reliableSender) string{
		func(r *reliableSender) string { return number(r.send(provisional(false), firstNumber, time.Second)) },
		func(r *reliableSender) string {
			if !r.matches(message.RAck{RSeq: firstNumber, CSeq: 7, Method: sip.INVITE}) {
				return "no match"
			}
			return number(r.acknowledged(time.Second))
		},
		func(r *reliableSender) string { res, after := r.repeated(); return fmt.Sprint(number(res), " ", after) },
		func(r *reliableSender) string { r.finish(); return fmt.Sprint(len(r.queue)) },
		func(r *reliableSender) string { return fmt.Sprint(r.promised()) },
	}
	for state, want := range map[string][]string{
		"idle":     {"100", "no match", "- 0s", "0", "false"},
		"out":      {"-", "-", "100 2s", "0", "true"},
		"queued":   {"-", "101", "100 2s", "0", "true"},
		"leftover": {"-", "-", "- 0s", "0", "false"},
		"finished": {"-", "no match", "- 0s", "0", "false"},
	} {
		for i, event := range events {
			if got := event(senderIn(state)); got != want[i] {
				t.Errorf("%s, event %d: got %s, want %s", state, i, got, want[i])
			}
		}
	}
}

func TestReliableResponseIsRepeatedInDoublingIntervalsWithoutACap(t *testing.T) {
	r := senderIn("out")
	for want := 2 * time.Second; want < time.Minute; want *= 2 {
		if _, after := r.repeated(); after != want {
			t.Fatalf("%s, want %s", after, want)
		}
	}
}

func TestOnlyThePRACKOfTheResponseMatches(t *testing.T) {
	for _, rack := range []message.RAck{
		{RSeq: firstNumber + 1, CSeq: 7, Method: sip.INVITE}, {RSeq: firstNumber, CSeq: 8, Method: sip.INVITE}, {RSeq: firstNumber, CSeq: 7, Method: sip.UPDATE},
	} {
		if senderIn("out").matches(rack) {
			t.Errorf("%+v", rack)
		}
	}
}

func TestDescriptionThatWaitsForItsTurnIsPromised(t *testing.T) {
	r := senderIn("leftover")
	r.finished = false
	r.send(provisional(true), firstNumber, time.Second)
	if !r.promised() {
		t.Error("a 2xx may overtake it")
	}
}

func TestEveryNumberAfterEveryNumber(t *testing.T) {
	for _, tc := range []struct {
		last, rseq uint32
		want       receipt
	}{
		{0, 1, inOrder},
		{0, math.MaxUint32, inOrder}, // the first may be any
		{5, 6, inOrder},
		{5, 5, repeated},
		{5, 4, repeated},
		{5, 7, ahead},
		{5, math.MaxUint32, ahead},
		{math.MaxUint32, 1, repeated}, // numbers do not wrap around
	} {
		r := reliableReceiver{last: tc.last}
		if got := r.take(tc.rseq); got != tc.want {
			t.Errorf("%d after %d: %d, want %d", tc.rseq, tc.last, got, tc.want)
		}
		if moved := r.last != tc.last; moved != (tc.want == inOrder) {
			t.Errorf("%d after %d: now at %d", tc.rseq, tc.last, r.last)
		}
	}
}
