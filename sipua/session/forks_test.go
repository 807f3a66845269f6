package session

import (
	"fmt"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// branch is a response of another branch of the INVITE.
func branch(r *rig, status, number int) string {
	body := ""
	if status == 200 {
		body = description
	}
	return strings.Replace(response(r.request(sip.INVITE), status, body), "tag=peer", fmt.Sprintf("tag=b%02d", number), 1)
}

func TestAnsweredBranchTakesTheRoomOfOneThatRings(t *testing.T) {
	r := callerIn(t, Inviting)
	for i := range 2 * maxForks {
		r.must(r.receive(branch(r, 180, i)))
	}
	if len(r.legs) != maxForks {
		t.Fatalf("%d dialogs", len(r.legs))
	}
	before := len(r.sent)
	if got := r.outcome(before, r.receive(branch(r, 200, 2*maxForks))); got != "ACK established" || len(r.legs) != maxForks {
		t.Errorf("%s with %d dialogs", got, len(r.legs))
	}
}

func TestEveryAnsweredBranchIsAcknowledgedAndReleasedHoweverMany(t *testing.T) {
	r := callerIn(t, Inviting)
	r.must(r.receive(branch(r, 200, 0)))
	for i := 1; i < 2*maxForks; i++ {
		before := len(r.sent)
		if got := r.outcome(before, r.receive(branch(r, 200, i))); got != "ACK BYE established" {
			t.Fatalf("%d: %s", i, got)
		}
		tag, _ := r.request(sip.BYE).To().Params.Get("tag")
		if ack := r.request(sip.ACK); tag != fmt.Sprintf("b%02d", i) || ack.CSeq().SeqNo != 1 || ack.To().Value() != r.request(sip.BYE).To().Value() {
			t.Errorf("\n%s\n%s", ack, r.request(sip.BYE))
		}
	}
	transactions := len(r.transactions)
	before := len(r.sent)
	if got := r.outcome(before, r.receive(branch(r, 200, 2*maxForks-1))); got != "ACK BYE established" || len(r.transactions) != transactions {
		t.Errorf("the last one again: %s", got)
	}
	if len(r.legs) != maxForks {
		t.Errorf("%d dialogs", len(r.legs))
	}
}
