package offer

import (
	"bytes"
	"testing"

	"sidetone/trace"
)

// TestWhatWasAgreedIsRepeatedAndNothingElse goes through an offer of either side, a refusal and a change.
func TestWhatWasAgreedIsRepeatedAndNothingElse(t *testing.T) {
	n := New(local)
	if _, err := n.Repeat(); err == nil {
		t.Error("there is nothing to repeat")
	}
	receive(t, n, plain)
	first := answer(t, n, trace.RecvOnly)
	repeat := func() []byte {
		t.Helper()
		body, err := n.Repeat()
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
	if got := repeat(); !bytes.Equal(got, first) {
		t.Errorf("after an answer:\n%s\nwant\n%s", got, first)
	}
	if r, err := n.Answered(plain); err != nil || !r.Repeated {
		t.Errorf("the peer repeats itself: %+v, %v", r, err)
	}
	if _, err := n.Change(trace.Inactive); err != nil {
		t.Fatal(err)
	}
	n.Rollback()
	again := repeat()
	if lines(again, "a=recvonly") == nil || lines(again, "o=")[0] == lines(first, "o=")[0] {
		t.Errorf("what was refused is not repeated, and the version is another:\n%s", again)
	}
	n.Rollback()
	if r := receive(t, n, describe("c=IN IP4 10.0.0.1", "t=0 0", "m=audio 3000 RTP/AVP 0", "a=sendonly")); r.Repeated {
		t.Error("a change is no repetition")
	}
}

func TestChangeRaisesTheVersionEvenOfTheSameDescription(t *testing.T) {
	n := New(local)
	receive(t, n, plain)
	answer(t, n, trace.SendRecv)
	var versions []string
	for range 2 {
		body, err := n.Change(trace.Inactive)
		if err != nil {
			t.Fatal(err)
		}
		n.Rollback()
		versions = append(versions, lines(body, "o=")...)
	}
	if versions[0] == versions[1] {
		t.Error(versions)
	}
}
