package sipua

import (
	"testing"
	"testing/synctest"

	"sidetone/internal/siptest"
)

// earlyReply is a 183 of a branch, with a description where port is not 0.
func earlyReply(peer *siptest.Peer, status int, tag string, port int, headers ...string) siptest.Reply {
	r := siptest.Reply{Status: status, Reason: "X", ToTag: tag, Headers: headers}
	if port != 0 {
		r.Body = siptest.SDP(peer.Addr().Addr(), port)
	}
	return r
}

// heardFrom lists where early media was said to come from, 0 where none is to be heard.
func heardFrom(l *log) []uint16 {
	var ports []uint16
	add := func(m Media) {
		port := m.Remote.Port()
		if m.Direction != "sendrecv" {
			port = 0
		}
		ports = append(ports, port)
	}
	for _, s := range l.signals {
		switch s := s.(type) {
		case Alerting:
			if s.Media != nil {
				add(*s.Media)
			}
		case MediaChanged:
			add(s.Media)
		}
	}
	return ports
}

func expectPorts(t *testing.T, what string, l *log, want ...uint16) {
	t.Helper()
	synctest.Wait()
	got := heardFrom(l)
	if len(got) != len(want) {
		t.Errorf("%s: %v, want %v", what, got, want)
		return
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
}

func TestMediaFollowsTheEarlyDialogThatIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, _, peer, _, l := callee(t)
		invite := peer.Expect(siptest.Is("INVITE"))
		peer.Reply(invite, earlyReply(peer, 183, "a", 4000))
		peer.Reply(invite, earlyReply(peer, 183, "b", 6000))
		expectPorts(t, "two branches", l, 4000, 6000)
		peer.Reply(invite, earlyReply(peer, 199, "b", 0))
		expectPorts(t, "the second is over", l, 4000, 6000, 4000)
		peer.Reply(invite, earlyReply(peer, 199, "nobody", 0))
		expectPorts(t, "a branch that was never heard of is over", l, 4000, 6000, 4000)
		peer.Reply(invite, earlyReply(peer, 199, "a", 0))
		expectPorts(t, "the first is over as well", l, 4000, 6000, 4000, 0)
		if _, ended := l.ended(); ended {
			t.Error("199 ended the call")
		}
	})
}

func TestAnswerOfABranchThatSaid199IsTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, _, peer, _, l := callee(t)
		invite := peer.Expect(siptest.Is("INVITE"))
		peer.Reply(invite, earlyReply(peer, 183, "a", 4000))
		peer.Reply(invite, earlyReply(peer, 199, "a", 0))
		peer.Reply(invite, siptest.Reply{Status: 200, Reason: "OK", ToTag: "a", Body: answer(peer)})
		peer.Expect(siptest.Is("ACK"))
		synctest.Wait()
		if !l.has("answered PCMU sendrecv") {
			t.Error(l.told())
		}
	})
}

func TestEarlyMediaThatIsNotAuthorisedIsNotHeard(t *testing.T) {
	for value, heard := range map[string]bool{
		"sendrecv": true, "sendonly": true, "recvonly": false, "inactive": false, "supported": true, "sendrecv, gated": true, "nonsense": true,
	} {
		synctest.Test(t, func(t *testing.T) {
			_, _, peer, _, l := callee(t)
			invite := peer.Expect(siptest.Is("INVITE"))
			peer.Reply(invite, earlyReply(peer, 183, "a", 4000, "P-Early-Media: "+value))
			if heard {
				expectPorts(t, value, l, 4000)
			} else {
				expectPorts(t, value, l, 0)
			}
			if l.has("alerting 183 media") != heard {
				t.Errorf("%s: %v", value, l.told())
			}
		})
	}
}

func TestAuthorisationOfEarlyMediaMayChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, _, peer, _, l := callee(t)
		invite := peer.Expect(siptest.Is("INVITE"))
		peer.Reply(invite, earlyReply(peer, 183, "a", 4000, "P-Early-Media: inactive"))
		peer.Reply(invite, earlyReply(peer, 180, "a", 0, "P-Early-Media: sendonly"))
		expectPorts(t, "opened by the 180", l, 0, 4000)
		peer.Reply(invite, earlyReply(peer, 180, "a", 0))
		expectPorts(t, "a 180 that says nothing", l, 0, 4000)
		peer.Reply(invite, earlyReply(peer, 183, "a", 0, "P-Early-Media: inactive"))
		expectPorts(t, "closed again", l, 0, 4000, 0)
		peer.Reply(invite, siptest.Reply{Status: 200, Reason: "OK", ToTag: "a", Body: answer(peer)})
		peer.Expect(siptest.Is("ACK"))
		synctest.Wait()
		if !l.has("answered PCMU sendrecv") {
			t.Error(l.told())
		}
	})
}
