package session

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/wire"
)

// FuzzScript plays a session with what a peer could do, two bytes a step: what, and which. Where FuzzStep looks for what
// a message can break, this looks for what an order of sound messages can.
func FuzzScript(f *testing.F) {
	f.Add(true, []byte{0, 0, 10, 1, 10, 8, 5, 0, 10, 8, 6, 0, 10, 13, 8, 0, 7, 0, 10, 8})
	f.Add(false, []byte{9, 0, 2, 0, 3, 0, 11, 0, 9, 9, 11, 0, 5, 0, 10, 8, 9, 1})
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		script := make([]byte, 60)
		for i := range script {
			script[i] = byte(random.IntN(256))
		}
		f.Add(random.IntN(2) == 0, script)
	}
	f.Fuzz(func(t *testing.T, calls bool, script []byte) { play(t, calls, script) })
}

func TestRandomScriptsAlwaysEnd(t *testing.T) {
	runs := 4_000
	if testing.Short() {
		runs = 400
	}
	random := rand.New(rand.NewPCG(3, 4))
	for range runs {
		script := make([]byte, 2*random.IntN(40))
		for i := range script {
			script[i] = byte(random.IntN(256))
		}
		play(t, random.IntN(2) == 0, script)
		if t.Failed() {
			t.Fatalf("%v", script)
		}
	}
}

func play(t *testing.T, calls bool, script []byte) {
	cfg := config()
	cfg.Reliable = Reliable(len(script) % 3)
	r := newRig(t, NewCallee(cfg))
	if calls {
		r = newCaller(t)
		r.cfg.Reliable = cfg.Reliable
		_ = r.do(Dial{})
	} else {
		body := description
		if len(script) > 0 && script[0]%4 == 0 {
			body = ""
		}
		_ = r.receive(with("Supported: 100rel\r\nAllow: UPDATE", fromPeer("INVITE", 1, "", body)))
	}
	r.cfg.Referral = func(sip.Uri) int { return 202 }
	p := peer{rig: r, seq: 1}
	for i := 0; i+1 < len(script); i += 2 {
		r.now = r.now.Add(time.Second)
		p.step(script[i], script[i+1])
	}
	r.finishUp(t)
}

// peer is what FuzzScript makes of its bytes.
type peer struct {
	*rig
	seq  int
	last string
}

func (p *peer) step(what, which byte) {
	commands := []Event{
		Ring{}, Progress{}, Ring{}, Answer{}, Reject{Status: 300 + int(which)}, Hold{}, Resume{}, Hangup{Release: Release{Q850: int(which)}},
	}
	switch what %= 16; what {
	case 8:
		p.fire()
	case 9:
		p.sendRequest(which)
	case 10, 15:
		p.sendResponse(which)
	case 11:
		p.deliver(fromPeer("ACK", p.seq-int(which%2), p.ownTag(), body(which)))
	case 12:
		p.deliver(strings.Replace(fromPeer("CANCEL", 1, "", ""), "z9hG4bKCANCEL", "z9hG4bKINVITE", 1))
	case 13:
		p.deliver(p.last)
	case 14:
		for key := range p.transactions {
			_ = p.do(SendFailed{Transaction: key})
			return
		}
	default:
		if what == 7 && which%3 != 0 { // not too often
			return
		}
		_ = p.do(commands[what])
	}
}

func body(which byte) string {
	return []string{description, "", strings.Replace(description, "10.0.0.1\r\nt", "0.0.0.0\r\nt", 1), description + "a=sendonly\r\n", "junk", description + "a=inactive\r\n"}[which%6]
}

func (p *peer) sendRequest(which byte) {
	if which%8 != 0 {
		p.seq++
	}
	method := []string{"INVITE", "BYE", "OPTIONS", "PRACK", "INVITE", "UPDATE", "DANCE", "PRACK", "REFER", "NOTIFY", "INFO"}[which/6%11]
	tag := p.ownTag()
	if which == 77 {
		tag = "other"
	}
	text := fromPeer(method, p.seq, tag, body(which))
	switch method {
	case "REFER":
		text = with("Refer-To: <sip:carol@10.0.0.3>", text)
	case "NOTIFY":
		text = with("Event: refer\r\nSubscription-State: active", text)
	}
	if out := p.provisionals.out; method == "PRACK" && out != nil {
		text = with(fmt.Sprintf("RAck: %d 1 INVITE", out.rseq+uint32(which/128)), text)
	}
	p.deliver(text)
}

// with puts a header field into a message.
func with(field, text string) string {
	return strings.Replace(text, "Call-ID:", field+"\r\nCall-ID:", 1)
}

// sendResponse answers a request of ours, new or old.
func (p *peer) sendResponse(which byte) {
	var ours []*sip.Request
	for _, m := range p.sent {
		if req, ok := m.(*sip.Request); ok && req.Method != sip.ACK {
			ours = append(ours, req)
		}
	}
	if len(ours) == 0 {
		return
	}
	req := ours[len(ours)-1]
	if which%5 == 0 {
		req = ours[int(which)%len(ours)]
	}
	status := []int{100, 180, 183, 200, 200, 200, 302, 408, 481, 487, 488, 491, 500}[which%13]
	text := response(req, status, body(which/13))
	if which%4 == 1 {
		text = with(fmt.Sprintf("Allow: UPDATE\r\nRequire: 100rel\r\nRSeq: %d", 1+len(p.sent)/2), text)
	}
	if which > 240 {
		text = strings.Replace(text, "tag=peer", "tag=fork", 1)
	}
	p.deliver(text)
}

func (p *peer) deliver(text string) {
	if text == "" {
		return
	}
	p.last = text
	m, fault, err := wire.Read([]byte(text))
	if err == nil && fault == nil && p.Owns(m) {
		_ = p.do(Received{Message: m, Path: path})
	}
}
