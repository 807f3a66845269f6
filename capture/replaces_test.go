package capture_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidetone/capture"
	"sidetone/trace"
)

// replacedCall is a call from Ann to Bob whose place Carol's takes; Bob answers hers with a status, and hangs up on Ann.
func replacedCall(b *builder, status int) *builder {
	const carol = "192.0.2.3:5060"
	first, second := newDialogue(), newDialogue()
	offer, answer := sdp("192.0.2.1", 4000, "sendrecv"), sdp("192.0.2.2", 6000, "sendrecv")
	b.udp(ann, bob, first.request("INVITE", ann, offer))
	first.toTag = "b1"
	b.after(time.Second).udp(bob, ann, first.response(200, "OK", "INVITE", ann, answer))
	b.after(time.Millisecond).udp(ann, bob, first.request("ACK", ann, ""))
	second.callID, second.fromTag, second.branch, second.from = "other@carol", "c1", "z9hG4bK2", `"Carol" <sip:103@192.0.2.3>`
	invite := second.request("INVITE", carol, sdp("192.0.2.3", 4000, "sendrecv"))
	b.after(time.Second).udp(carol, bob, strings.Replace(invite, "CSeq:", "Replaces: call@ann;to-tag=b1;from-tag=a1\r\nCSeq:", 1))
	second.toTag = "b2"
	b.after(time.Millisecond).udp(bob, carol, second.response(status, "Answer", "INVITE", carol, answer))
	first.from, first.to, first.fromTag, first.toTag, first.seq = first.to, first.from, "b1", "a1", 2
	b.after(time.Millisecond).udp(bob, ann, first.request("BYE", bob, ""))
	b.after(time.Millisecond).udp(ann, bob, first.response(200, "OK", "BYE", bob, ""))
	return b
}

func TestCallWhosePlaceAnotherTakesIsTransferred(t *testing.T) {
	end := func(at string, status int) (done *trace.Transfer, end trace.Ended) {
		for _, e := range replacedCall(newBuilder(), status).read(t, capture.Options{At: addr(at)}).Calls[0].Views[0].Events {
			switch d := e.Data.(type) {
			case trace.Transfer:
				done = &d
			case trace.Ended:
				end = d
			}
		}
		return done, end
	}
	done, ended := end("192.0.2.2:0", 200)
	want := &trace.Transfer{By: trace.Remote, To: trace.Party{URI: "sip:103@192.0.2.3", Name: "Carol"}}
	if diff := cmp.Diff(want, done); diff != "" || ended.Side != trace.Remote || ended.Reason != "replaced" {
		t.Errorf("ended by %s, %q; (-want +got)\n%s", ended.Side, ended.Reason, diff)
	}
	for at, status := range map[string]int{"192.0.2.2:0": 486, "192.0.2.1:0": 200} { // Carol is refused; Ann is told by a BYE only
		if done, ended := end(at, status); done != nil || ended.Reason == "replaced" {
			t.Errorf("%s, %d: %+v, %q", at, status, done, ended.Reason)
		}
	}
}

func TestCallThatATransferAskedForIsNoLegOfTheFirst(t *testing.T) {
	const id = "0123456789abcdef0123456789abcdef"
	b := newBuilder()
	first, second := newDialogue(), newDialogue()
	first.session = id + ";remote=00000000000000000000000000000000"
	second.callID, second.fromTag, second.branch, second.session = "other@bob", "s1", "z9hG4bK2", id
	b.udp(ann, bob, first.request("INVITE", ann, sdp("192.0.2.1", 4000, "sendrecv")))
	first.toTag = "b1"
	b.after(time.Second).udp(bob, ann, first.response(200, "OK", "INVITE", ann, sdp("192.0.2.2", 6000, "sendrecv")))
	first.seq = 2
	refer := first.request("REFER", ann, "")
	b.after(time.Second).udp(ann, bob, strings.Replace(refer, "CSeq:", "Refer-To: <sip:103@192.0.2.9>\r\nCSeq:", 1))
	b.after(time.Millisecond).udp(bob, ann, first.response(202, "Accepted", "REFER", ann, ""))
	b.after(time.Millisecond).udp(bob, proxy, second.request("INVITE", bob, sdp("192.0.2.2", 6000, "sendrecv")))
	if r := b.read(t, capture.Options{At: addr("192.0.2.2:0")}); len(r.Calls) != 2 {
		t.Errorf("%d calls: %s", len(r.Calls), kinds(r))
	}
}
