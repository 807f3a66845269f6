package switchboard_test

import (
	"net/netip"
	"testing"
	"time"

	"sidetone/internal/siptest"
	"sidetone/trace"
)

func TestKeyThatAnInfoTellsOfIsInTheTrace(t *testing.T) {
	withPeer(t, setup{}, func(t *testing.T, p *phone, peer *siptest.Peer) {
		invite, ok := call(p, peer, audio(peer), "")
		info := peer.InDialog(invite, ok, "INFO", 2)
		info.Headers, info.Body = append(info.Headers, "Content-Type: application/dtmf-relay"), "Signal=5\r\nDuration=160\r\n"
		peer.Request(netip.MustParseAddrPort(p.addr), info)
		peer.Expect(siptest.Status(200, "INFO"))
		after(time.Second)
		want := trace.DTMF{Digits: "5", DurationUS: trace.MicrosOf(160 * time.Millisecond)}
		if got := p.ledger.data(trace.DTMFReceived); len(got) != 1 || got[0] != want {
			t.Errorf("%+v", got)
		}
	})
}
