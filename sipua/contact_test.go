package sipua

import (
	"net/netip"
	"testing"
	"testing/synctest"

	"sidetone/internal/siptest"
)

func TestCallsThroughTheAccountsServersHaveTheAddressThatTheySee(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account := bob
		account.AOR = "sip:bob@10.0.0.8"
		n, phone, _, _ := registering(t, func(r *siptest.Registrar) { r.SeeAt(netip.MustParseAddrPort("203.0.113.5:41000")) }, account)
		server, stranger := siptest.NewPeer(t, n.Listen("10.0.0.8:5060")), siptest.NewPeer(t, n.Listen("10.0.0.7:5060"))
		const public, private = "sip:bob@203.0.113.5:41000", "sip:bob@10.0.0.1:5060"

		call, _ := phone.dialURI(t, "102")
		invite := server.Expect(siptest.Is("INVITE"))
		server.Reply(invite, siptest.Reply{Status: 200, Reason: "OK", Body: answer(server)})
		server.Expect(siptest.Is("ACK"))
		synctest.Wait()
		do(t, call.Hold())
		reinvite := server.Expect(siptest.Is("INVITE"))
		if invite.ContactURI() != public || reinvite.ContactURI() != public {
			t.Errorf("\n%s\n%s", invite.Raw, reinvite.Raw)
		}

		server.Request(phone.addr, siptest.Request{URI: public, Body: answer(server)})
		synctest.Wait()
		incoming, _ := phone.call(t)
		do(t, incoming.Ring())
		if res := server.Expect(siptest.Status(180, "INVITE")); res.ContactURI() != public {
			t.Errorf("\n%s", res.Raw)
		}

		phone.dialURI(t, "sip:102@10.0.0.7")
		if direct := stranger.Expect(siptest.Is("INVITE")); direct.ContactURI() != private {
			t.Errorf("\n%s", direct.Raw)
		}
	})
}
