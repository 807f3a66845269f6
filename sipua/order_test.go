package sipua

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/internal/siptest"
)

func TestBurstKeepsItsOrderIn1000Of1000Calls(t *testing.T) {
	const calls = 1000
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		alice := newPhone(t, n, "10.0.0.1:5060", func(o *Options) { o.MaxCalls = calls })
		peer := siptest.NewPeer(t, n.Listen("10.0.0.2:5060"))
		logs := make([]*log, calls)
		for i := range calls {
			_, logs[i] = alice.dialURI(t, fmt.Sprintf("sip:%d@10.0.0.2", i))
		}
		for range calls {
			invite := peer.Expect(siptest.Is("INVITE"))
			peer.Reply(invite, siptest.Reply{Status: 183, Reason: "Session Progress", Body: answer(peer)})
			peer.Reply(invite, siptest.Reply{Status: 180, Reason: "Ringing"})
			peer.Reply(invite, siptest.Reply{Status: 200, Reason: "OK", Body: answer(peer)})
		}
		synctest.Wait()
		want := []string{
			">INVITE", "<183/INVITE", "alerting 183 media", "<180/INVITE", "alerting 180", "<200/INVITE", "answered PCMU sendrecv", ">ACK",
		}
		right := 0
		for _, l := range logs {
			if slices.Equal(l.said(), want) {
				right++
			} else if right < calls {
				t.Log(l.said())
			}
		}
		if right != calls {
			t.Errorf("%d of %d", right, calls)
		}
	})
}

func TestFloodOfOneCallIsDroppedAndCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		bob := newPhone(t, n, "10.0.0.2:5060", func(o *Options) { o.Guard.Burst = 20 * mailboxCap })
		release := make(chan struct{})
		bob.take = func(*Call, *log) { <-release } // a call that is busy with something
		peer := siptest.NewPeer(t, n.Listen("10.0.0.1:5060"))
		invite := siptest.Request{CallID: "flood", Branch: "z9hG4bKflood", Body: siptest.SDP(peer.Addr().Addr(), 3000)}
		for range 10 * mailboxCap {
			peer.Request(bob.addr, invite)
			synctest.Wait()
		}
		close(release)
		after(time.Minute + time.Second)
		if got := bob.reported()["mailbox full"]; got < 8*mailboxCap {
			t.Errorf("%d dropped", got)
		}
		if len(bob.Calls()) != 1 {
			t.Errorf("%d calls", len(bob.Calls()))
		}
	})
}
