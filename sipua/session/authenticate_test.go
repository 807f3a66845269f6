package session

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/digest"
	"sidetone/sipua/message"
	"sidetone/trace"
)

// knowing is a caller that has a password, and has dialled.
func knowing(t *testing.T) *rig {
	t.Helper()
	r := knowingIdle(t)
	r.must(r.do(Dial{}))
	return r
}

func knowingIdle(t *testing.T) *rig {
	cfg := config()
	cfg.Credentials = digest.Credentials{Username: "bob", Password: "secret"}
	cfg.Home = func(host string, addr netip.Addr) bool { return host == "10.0.0.1" || addr == there.Addr() }
	return newRig(t, NewCaller(cfg, Outgoing{
		CallID: "c", Target: sip.Uri{Scheme: "sip", User: "alice", Host: "10.0.0.1"}, From: sip.Uri{Scheme: "sip", User: "bob", Host: "10.0.0.2"},
	}))
}

// challenge answers a request of ours with 401 or 407.
func challenge(req *sip.Request, status int, nonce string) string {
	name := map[int]string{401: "WWW-Authenticate", 407: "Proxy-Authenticate"}[status]
	field := fmt.Sprintf("%s: Digest realm=\"r\", nonce=%q, qop=\"auth\"\r\n", name, nonce)
	return strings.Replace(response(req, status, ""), "Call-ID:", field+"Call-ID:", 1)
}

// nonceOf is the nonce that a request answers, and how often it did.
func nonceOf(req *sip.Request, header string) string {
	h := req.GetHeader(header)
	if h == nil {
		return ""
	}
	_, nonce, _ := strings.Cut(h.Value(), `nonce="`)
	nonce, rest, _ := strings.Cut(nonce, `"`)
	_, count, _ := strings.Cut(rest, "nc=")
	return nonce + " " + strings.TrimLeft(count, "0")
}

func TestChallengedInviteIsSentAgainWithCredentials(t *testing.T) {
	for status, header := range map[int]string{401: "Authorization", 407: "Proxy-Authorization"} {
		r := knowing(t)
		r.must(r.receive(challenge(r.request(sip.INVITE), status, "n")))
		all := r.invites()
		if len(all) != 2 || len(r.signals) != 0 {
			t.Fatalf("%d: %d INVITEs, told %v", status, len(all), r.signals)
		}
		again := all[1]
		if nonceOf(again, header) != "n 1" || again.CSeq().SeqNo != 2 || message.Branch(again) == message.Branch(all[0]) {
			t.Errorf("%d:\n%s", status, again)
		}
		r.must(r.receive(response(again, 100, "")))
		if r.LastResponse() != 100 {
			t.Errorf("last response %d after the 100 of the second INVITE", r.LastResponse())
		}
		r.must(r.receive(response(again, 200, description)))
		r.check(Established)
		if ack := r.request(sip.ACK); ack.CSeq().SeqNo != 2 || nonceOf(ack, header) != "n 1" {
			t.Errorf("%d: the ACK does not repeat the credentials:\n%s", status, ack)
		}
	}
}

func TestSeveralProxiesAndTheServerChallengeOneAfterTheOther(t *testing.T) {
	r := knowing(t)
	r.must(r.receive(challenge(r.request(sip.INVITE), 407, "p")))
	r.must(r.receive(challenge(r.request(sip.INVITE), 401, "u")))
	last := r.request(sip.INVITE)
	if nonceOf(last, "Proxy-Authorization") != "p 2" || nonceOf(last, "Authorization") != "u 1" || last.CSeq().SeqNo != 3 {
		t.Errorf("\n%s", last)
	}
}

func TestInviteWhoseCredentialsAreRefusedEndsWithTheChallenge(t *testing.T) {
	for name, nonce := range map[string]string{"same nonce": "n", "another nonce": "m"} {
		r := knowing(t)
		r.must(r.receive(challenge(r.request(sip.INVITE), 407, "n")))
		r.must(r.receive(challenge(r.request(sip.INVITE), 407, nonce)))
		ended, ok := r.signals[0].(Ended)
		if !ok || ended.LastResponse != 407 || ended.Side != trace.Remote || len(r.invites()) != 2 {
			t.Errorf("%s: told %v after %d INVITEs", name, r.signals, len(r.invites()))
		}
	}
}

func TestCallerWithoutAPasswordEndsWithTheChallenge(t *testing.T) {
	r := callerIn(t, Inviting)
	r.must(r.receive(challenge(r.request(sip.INVITE), 401, "n")))
	if ended, ok := r.signals[0].(Ended); !ok || ended.LastResponse != 401 || len(r.invites()) != 1 {
		t.Errorf("told %v", r.signals)
	}
}

func TestHangupBeforeTheChallengeSendsNoOtherInvite(t *testing.T) {
	r := knowing(t)
	r.must(r.do(Hangup{}))
	r.must(r.receive(challenge(r.request(sip.INVITE), 401, "n")))
	if ended, ok := r.signals[0].(Ended); !ok || !ended.Cancelled || len(r.invites()) != 1 {
		t.Errorf("told %v after %d INVITEs", r.signals, len(r.invites()))
	}
}

func TestHangupAfterTheChallengeCancelsTheSecondInviteOnceItIsProvisional(t *testing.T) {
	r := knowing(t)
	r.must(r.receive(response(r.request(sip.INVITE), 100, "")))
	r.must(r.receive(challenge(r.request(sip.INVITE), 401, "n")))
	r.must(r.do(Hangup{}))
	if last := r.sent[len(r.sent)-1].(*sip.Request); last.Method == sip.CANCEL {
		t.Fatal("cancelled before the second INVITE has any response")
	}
	again := r.request(sip.INVITE)
	r.must(r.receive(response(again, 100, "")))
	cancel := r.request(sip.CANCEL)
	if cancel.CSeq().SeqNo != 2 || message.Branch(cancel) != message.Branch(again) {
		t.Errorf("\n%s", cancel)
	}
	r.must(r.receive(response(again, 487, "")))
	if ended, ok := r.signals[0].(Ended); !ok || !ended.Cancelled {
		t.Errorf("told %v", r.signals)
	}
}

func TestChallengedRequestInTheDialogIsSentAgain(t *testing.T) {
	r := knowing(t)
	r.must(r.receive(response(r.request(sip.INVITE), 200, description)))
	r.must(r.do(Hold{}))
	r.must(r.receive(challenge(r.request(sip.INVITE), 407, "n")))
	again := r.request(sip.INVITE)
	if again.CSeq().SeqNo != 3 || nonceOf(again, "Proxy-Authorization") != "n 1" {
		t.Fatalf("\n%s", again)
	}
	r.must(r.receive(response(again, 200, strings.Replace(description, "m=audio", "a=recvonly\r\nm=audio", 1))))
	if ack := r.request(sip.ACK); ack.CSeq().SeqNo != 3 || nonceOf(ack, "Proxy-Authorization") != "n 1" {
		t.Errorf("ACK:\n%s", ack)
	}
	if held, ok := r.signals[len(r.signals)-2].(Held); !ok || held.Kind != trace.HoldConfirmed {
		t.Errorf("told %v", r.signals)
	}

	r.must(r.do(Hangup{}))
	bye := r.request(sip.BYE)
	if bye.CSeq().SeqNo != 4 || nonceOf(bye, "Proxy-Authorization") != "n 2" {
		t.Errorf("BYE does not use the nonce again:\n%s", bye)
	}
	r.must(r.receive(challenge(bye, 407, "m")))
	if bye = r.request(sip.BYE); bye.CSeq().SeqNo != 5 || nonceOf(bye, "Proxy-Authorization") != "m 1" {
		t.Errorf("BYE is not sent again:\n%s", bye)
	}
	r.check(Ending)
	r.must(r.receive(response(bye, 200, "")))
	r.check(Over)
}

func TestChallengedReinviteIsNotSentAgainOnceTheCallIsOver(t *testing.T) {
	r := knowing(t)
	r.must(r.receive(response(r.request(sip.INVITE), 200, description)))
	r.must(r.do(Hold{}))
	reinvite := r.request(sip.INVITE)
	r.must(r.do(Hangup{}))
	r.must(r.receive(challenge(reinvite, 401, "n")))
	if len(r.invites()) != 2 {
		t.Errorf("%d INVITEs", len(r.invites()))
	}
}

func TestACKOfARefusalRepeatsTheCredentials(t *testing.T) {
	r := knowing(t)
	r.must(r.receive(challenge(r.request(sip.INVITE), 401, "n")))
	r.must(r.receive(response(r.request(sip.INVITE), 486, "")))
	if ack := r.request(sip.ACK); nonceOf(ack, "Authorization") != "n 1" {
		t.Errorf("\n%s", ack)
	}
}
