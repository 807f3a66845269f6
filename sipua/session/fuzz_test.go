package session

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/transfer"
	"sidetone/sipua/wire"
)

// FuzzStep feeds a session with commands, timers and messages: one a chunk. A chunk of one byte is a command or a timer,
// a longer one a message that the parser takes; "$tag", "$branch" and "$method" in it stand for our own.
func FuzzStep(f *testing.F) {
	const sep = "\x00"
	f.Add(false, strings.Join([]string{fromPeer("INVITE", 1, "", description), "r", "a", fromPeer("ACK", 1, "$tag", ""), "h", "u", "x"}, sep))
	f.Add(false, strings.Join([]string{fromPeer("INVITE", 1, "", ""), "p", "a", fromPeer("ACK", 1, "$tag", description), fromPeer("INVITE", 2, "$tag", description), fromPeer("BYE", 3, "$tag", "")}, sep))
	f.Add(false, strings.Join([]string{fromPeer("INVITE", 1, "", description), strings.Replace(fromPeer("CANCEL", 1, "", ""), "z9hG4bKCANCEL", "z9hG4bKINVITE", 1), "t", "t"}, sep))
	reply := "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch=$branch\r\nFrom: <sip:bob@10.0.0.2>;tag=$tag\r\nTo: <sip:alice@10.0.0.1>;tag=peer\r\n" +
		"Call-ID: c\r\nCSeq: 1 $method\r\nContact: <sip:alice@10.0.0.9;lr>\r\nRecord-Route: <sip:10.0.0.8>\r\nContent-Type: application/sdp\r\n\r\n" + description
	f.Add(true, strings.Join([]string{"d", strings.Replace(reply, "200 OK", "183 Go", 1), reply, "h", strings.Replace(reply, "200 OK", "491 Go", 1), "t", fromPeer("BYE", 3, "$tag", "")}, sep))
	f.Add(true, strings.Join([]string{"d", "x", strings.Replace(reply, "200 OK", "180 Go", 1), strings.Replace(reply, "tag=peer", "tag=other", 1), reply, "t", "t", "t"}, sep))

	tagged := func(method string, seq int, fields string) string { return withFields(method, seq, "$tag", fields, "") }
	f.Add(false, strings.Join([]string{
		with("Supported: 100rel\r\nAllow: UPDATE\r\nSession-Expires: 90;refresher=uac", fromPeer("INVITE", 1, "", description)), "p",
		tagged("PRACK", 2, "RAck: 1 1 INVITE\r\n"), fromPeer("UPDATE", 3, "$tag", description), "a", fromPeer("ACK", 1, "$tag", ""),
		tagged("REFER", 4, "Refer-To: <sip:carol@10.0.0.3>\r\nReferred-By: <sip:alice@10.0.0.1>\r\n"), "R",
		tagged("NOTIFY", 5, "Event: refer\r\nSubscription-State: active\r\n"), tagged("INFO", 6, ""), tagged("MESSAGE", 7, ""),
	}, sep))
	f.Add(false, strings.Join([]string{
		fromPeer("INVITE", 1, "", description), "a", fromPeer("ACK", 1, "$tag", ""), "T", reply, tagged("NOTIFY", 2, "Event: refer;id=2\r\n"+
			"Subscription-State: terminated;reason=noresource\r\nContent-Type: message/sipfrag\r\n"), "P", "t",
	}, sep))
	f.Add(false, strings.Join([]string{with("Expires: 20", fromPeer("INVITE", 1, "", description)), "r", "t"}, sep))
	f.Add(false, strings.Join([]string{fromPeer("INVITE", 1, "", description), "r", "D", fromPeer("ACK", 1, "$tag", "")}, sep))
	moved := strings.Replace(reply, "200 OK\r\n", "302 Go\r\nDiversion: <sip:bob@10.0.0.2>;reason=unconditional\r\n", 1)
	f.Add(true, strings.Join([]string{"d", moved, strings.Replace(reply, "200 OK\r\n", "401 Go\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n", 1), "t"}, sep))
	f.Add(true, strings.Join([]string{"d", strings.Replace(reply, "200 OK\r\n", "183 Go\r\nRequire: 100rel\r\nRSeq: 7\r\nP-Early-Media: inactive, gated\r\n", 1), reply, "t"}, sep))

	f.Fuzz(func(t *testing.T, calls bool, script string) {
		r := newRig(t, NewCallee(config()))
		if calls {
			r = knowingIdle(t)
		}
		r.cfg.Referral = func(sip.Uri) int { return 202 }
		for chunk := range strings.SplitSeq(script, sep) {
			r.now = r.now.Add(time.Second)
			if len(chunk) == 1 {
				r.command(chunk[0])
			} else {
				r.feed(chunk)
			}
		}
		r.finishUp(t)
	})
}

func (r *rig) command(c byte) {
	commands := map[byte]Event{
		'd': Dial{}, 'p': Progress{}, 'r': Ring{}, 'a': Answer{}, 'j': Reject{Status: 486}, 'h': Hold{}, 'u': Resume{}, 'x': Hangup{},
		'e': Hear{From: netip.MustParseAddrPort("10.0.0.1:3000")},
		'T': Transfer{To: transfer.Target{URI: sip.Uri{Scheme: "sip", User: "carol", Host: "10.0.0.3"}}},
		'R': Report{ID: 4, Status: 200}, 'P': Replaced{}, 'D': Redirect{Targets: []sip.Uri{{Scheme: "sip", User: "carol", Host: "10.0.0.3"}}},
	}
	if e, ok := commands[c]; ok {
		_ = r.do(e)
		return
	}
	r.fire()
}

// fire lets the timer run out that was started first.
func (r *rig) fire() bool {
	for len(r.order) > 0 {
		id := r.order[0]
		r.order = r.order[1:]
		if _, running := r.timers[id]; running {
			delete(r.timers, id)
			_ = r.do(Fired{Timer: id})
			return true
		}
	}
	return false
}

func (r *rig) feed(chunk string) {
	branch, method := "", "INVITE"
	for i := len(r.sent) - 1; i >= 0 && branch == ""; i-- {
		if req, ok := r.sent[i].(*sip.Request); ok && req.Method != sip.ACK {
			branch, _ = req.Via().Params.Get("branch")
			method = string(req.Method)
		}
	}
	chunk = strings.NewReplacer("$tag", r.ownTag(), "$branch", branch, "$method", method).Replace(chunk)
	m, fault, err := wire.Read([]byte(chunk))
	if err != nil || fault != nil {
		return // refused below
	}
	req, isRequest := m.(*sip.Request)
	first := isRequest && req.Method == sip.INVITE && r.State() == Idle
	if r.Owns(m) || first {
		_ = r.do(Received{Message: m, Path: path})
	}
}

// finishUp hangs up and lets time pass: whatever came before, the session says once that it ended and once that it
// settled, and holds nothing.
func (r *rig) finishUp(t *testing.T) {
	if r.State() == Idle {
		return
	}
	_ = r.do(Hangup{})
	for i := 0; !r.done && r.fire(); i++ {
		if i > 2000 {
			t.Fatalf("it never ends: %s, %v", r.State(), r.timers)
		}
	}
	ended, settled := 0, 0
	for i, s := range r.signals {
		switch s.(type) {
		case Ended:
			ended++
		case Settled:
			settled++
			if i != len(r.signals)-1 {
				t.Fatalf("a signal after the last: %v", r.signals)
			}
		}
	}
	if ended != 1 || settled != 1 || !r.done {
		t.Fatalf("%d ended, %d settled, done %t, %s: %v", ended, settled, r.done, r.State(), r.signals)
	}
	for _, m := range r.sent {
		if bytes.Contains([]byte(m.String()), []byte("\r\n\r\n")) {
			continue
		}
		t.Fatalf("a message without an end:\n%s", m)
	}
}
