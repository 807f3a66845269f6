package siptest

import (
	"net"
	"testing"
	"testing/synctest"
	"time"
)

func TestTwoPeersPlayACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := NewNetwork(1)
		alice, bob := NewPeer(t, n.Listen("10.0.0.1:5060")), NewPeer(t, n.Listen("10.0.0.2:5060"))
		invite := alice.Request(bob.Addr(), Request{Body: SDP(alice.Addr().Addr(), 4000)})
		req := bob.Expect(Is("INVITE"))
		if req.Raw != invite.Raw {
			t.Errorf("sent\n%s\nreceived\n%s", invite.Raw, req.Raw)
		}
		bob.Reply(req, Reply{Status: 180, Reason: "Ringing", ToTag: "b"})
		bob.Reply(req, Reply{Status: 200, Reason: "OK", ToTag: "b", Body: SDP(bob.Addr().Addr(), 5000, "a=sendrecv")})
		ok := alice.Expect(Status(200, "INVITE")) // the 180 is kept
		ringing := alice.Expect(Status(180, ""))
		if ringing.Param("To", "tag") != "b" || ok.ContactURI() != "sip:peer@10.0.0.2:5060" || ok.Header("content-type") != "application/sdp" {
			t.Errorf("answered\n%s", ok.Raw)
		}
		alice.ACK(invite, ok)
		ack := bob.Expect(Is("ACK"))
		if ack.CSeq() != req.CSeq() || ack.Param("Via", "branch") == req.Param("Via", "branch") || ack.Param("To", "tag") != "b" {
			t.Errorf("acknowledged with\n%s", ack.Raw)
		}
		alice.Request(bob.Addr(), alice.InDialog(invite, ok, "BYE", 2))
		bye := bob.Expect(Is("BYE"))
		if bye.CSeq() != 2 || bye.Header("Call-ID") != req.Header("Call-ID") || bye.Method() != "BYE" {
			t.Errorf("ended with\n%s", bye.Raw)
		}
		bob.Reply(bye, Reply{Status: 200, Reason: "OK"})
		alice.Expect(Status(200, "BYE"))
		alice.ExpectNone(Any, time.Minute)
		if got := len(alice.Received()); got != 3 {
			t.Errorf("%d messages received", got)
		}
	})
}

func TestACKOfARefusalIsOfItsTransaction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := NewNetwork(1)
		alice, bob := NewPeer(t, n.Listen("10.0.0.1:5060")), NewPeer(t, n.Listen("10.0.0.2:5060"))
		invite := alice.Request(bob.Addr(), Request{})
		bob.Reply(bob.Expect(Is("INVITE")), Reply{Status: 486, Reason: "Busy Here"})
		alice.ACK(invite, alice.Expect(Status(486, "INVITE")))
		ack := bob.Expect(Is("ACK"))
		if ack.Param("Via", "branch") != invite.Param("Via", "branch") || ack.Param("To", "tag") != "peer" {
			t.Errorf("acknowledged with\n%s", ack.Raw)
		}
	})
}

func TestPeerWorksOnRealSockets(t *testing.T) {
	listen := func() *Peer {
		c, err := net.ListenPacket("udp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		return NewPeer(t, c)
	}
	alice, bob := listen(), listen()
	alice.Request(bob.Addr(), Request{Method: "OPTIONS", Headers: []string{"Supported: a", "supported: b"}})
	if got := bob.Expect(Is("OPTIONS")).Headers("Supported"); len(got) != 2 || got[1] != "b" {
		t.Errorf("got %q", got)
	}
}
