package session

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/digest"
	"sidetone/sipua/wire"
)

// proves tells whether a request shows credentials.
func proves(req *sip.Request) bool {
	return req.GetHeader("Authorization") != nil || req.GetHeader("Proxy-Authorization") != nil
}

// foreign is the way to a server that is not of the account.
var foreign = Path{Flow: wire.Flow{Transport: wire.UDP, Local: here, Remote: netip.MustParseAddrPort("203.0.113.9:5060")}, Local: here}

func TestRedirectedCallShowsTheStrangerNoCredentials(t *testing.T) {
	for name, contact := range map[string]string{
		"another host": "<sip:103@203.0.113.9>", "by maddr": "<sip:103@10.0.0.1;maddr=203.0.113.9>",
	} {
		t.Run(name, func(t *testing.T) {
			r := knowing(t)
			r.must(r.receive(challenge(r.request(sip.INVITE), 407, "n")))
			r.paths = []Path{foreign}
			r.must(r.receive(redirect(r.request(sip.INVITE), 302, contact)))
			invite := r.request(sip.INVITE)
			if proves(invite) || invite.CSeq().SeqNo != 3 {
				t.Errorf("\n%s", invite)
			}
			r.must(r.receive(challenge(invite, 401, "m")))
			if e := r.ended(); len(r.invites()) != 3 || e.Status != 401 || e.Reason != notShown {
				t.Errorf("%d INVITEs, %+v", len(r.invites()), e)
			}
		})
	}
}

func TestTargetAtHomeIsShownTheCredentials(t *testing.T) {
	r := knowing(t)
	r.must(r.receive(challenge(r.request(sip.INVITE), 407, "n")))
	r.must(r.receive(redirect(r.request(sip.INVITE), 302, "<sip:103@10.0.0.1>")))
	if invite := r.request(sip.INVITE); nonceOf(invite, "Proxy-Authorization") != "n 2" {
		t.Errorf("\n%s", invite)
	}
}

func TestPeerThatIsReachedDirectlyIsShownNoCredentialsOfTheProxy(t *testing.T) {
	for name, tc := range map[string]struct {
		realm string
		again bool
	}{"realm of home": {"r", true}, "realm of the account": {"home", true}, "a realm of its own": {"own", false}} {
		t.Run(name, func(t *testing.T) {
			r := knowing(t)
			r.cfg.Realm = "home"
			r.must(r.receive(challenge(r.request(sip.INVITE), 407, "n")))
			r.paths = []Path{foreign}
			r.must(r.receive(strings.Replace(response(r.request(sip.INVITE), 200, description), "sip:alice@10.0.0.1:5060", "sip:alice@203.0.113.9", 1)))
			r.must(r.do(Hold{}))
			reinvite := r.request(sip.INVITE)
			if ack := r.request(sip.ACK); proves(ack) || proves(reinvite) {
				t.Errorf("\n%s\n%s", ack, reinvite)
			}
			r.must(r.receive(strings.Replace(challenge(reinvite, 401, "m"), `realm="r"`, `realm="`+tc.realm+`"`, 1)))
			if again := proves(r.request(sip.INVITE)); again != tc.again {
				t.Errorf("credentials were shown: %t", again)
			}
		})
	}
}

func TestCallerFromElsewhereThatChallengesIsNotAnswered(t *testing.T) {
	for name, tc := range map[string]struct {
		from  Path
		again bool
	}{"a stranger": {foreign, false}, "through home": {path, true}} {
		t.Run(name, func(t *testing.T) {
			cfg := config()
			cfg.Credentials, cfg.Realm = digest.Credentials{Username: "bob", Password: "secret"}, "r"
			cfg.Home = func(_ string, addr netip.Addr) bool { return addr == there.Addr() }
			r := newRig(t, NewCallee(cfg))
			r.paths = []Path{foreign}
			invite := strings.Replace(fromPeer("INVITE", 1, "", description), "<sip:alice@10.0.0.1:5060>", "<sip:alice@203.0.113.9>", 1)
			r.must(r.do(Received{Message: parse(t, invite), Path: tc.from}))
			r.must(r.do(Answer{}))
			r.must(r.receive(fromPeer("ACK", 1, r.ownTag(), "")))
			r.must(r.do(Hangup{}))
			r.must(r.receive(challenge(r.request(sip.BYE), 407, "n")))
			if again := proves(r.request(sip.BYE)); again != tc.again {
				t.Errorf("credentials were shown: %t", again)
			}
		})
	}
}
