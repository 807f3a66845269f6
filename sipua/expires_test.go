package sipua

import (
	"testing"
	"testing/synctest"
	"time"

	"sidetone/internal/siptest"
)

func TestCallThatRingsBeyondTheCallersTimeIsEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		bob := newPhone(t, n, "10.0.0.2:5060")
		peer := siptest.NewPeer(t, n.Listen("10.0.0.1:5060"))
		invite := peer.Request(bob.addr, siptest.Request{Body: answer(peer), Headers: []string{"Expires: 30"}})
		synctest.Wait()
		c, l := bob.call(t)
		do(t, c.Ring())
		after(29 * time.Second)
		if _, ended := l.ended(); ended {
			t.Fatal("too early")
		}
		peer.ACK(invite, peer.Expect(siptest.Status(487, "INVITE")))
		synctest.Wait()
		expectLines(t, "callee", l.told(), "alerting 180", "ended timer last=487", "settled")
	})
}
