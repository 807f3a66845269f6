package session

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"sidetone/hold"
	"sidetone/sipua/offer"
	"sidetone/sipua/wire"
)

var (
	here  = netip.MustParseAddrPort("10.0.0.2:5060")
	there = netip.MustParseAddrPort("10.0.0.1:5060")
	path  = Path{Flow: wire.Flow{Transport: wire.UDP, Local: here, Remote: there}, Local: here}
	start = time.Unix(1_000_000, 0)
)

const description = "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 3000 RTP/AVP 0\r\n"

// config gives tokens t1, t2, … and the least of every random time.
func config() Config {
	n := 0
	return Config{
		User: "bob", Who: "Bob", SessionID: strings.Repeat("b", 32), Media: offer.Local{Port: 4000, SessionID: 1},
		Token:   func() string { n++; return fmt.Sprintf("t%d", n) },
		Between: func(least, _ time.Duration) time.Duration { return least },
	}
}

func parse(tb testing.TB, text string) sip.Message {
	tb.Helper()
	m, fault, err := wire.Read([]byte(text))
	if err != nil || fault != nil {
		tb.Fatalf("%v, %v in\n%s", err, fault, text)
	}
	return m
}

// fromPeer is a request of the peer; a tag makes it one inside the dialog.
func fromPeer(method string, seq int, tag, body string) string {
	to := "<sip:bob@10.0.0.2>"
	if tag != "" {
		to += ";tag=" + tag
	}
	kind := ""
	if body != "" {
		kind = "Content-Type: application/sdp\r\n"
	}
	return fmt.Sprintf("%s sip:bob@10.0.0.2 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK%s%d\r\nMax-Forwards: 70\r\n"+
		"From: <sip:alice@10.0.0.1>;tag=peer\r\nTo: %s\r\nCall-ID: c\r\nCSeq: %d %s\r\nContact: <sip:alice@10.0.0.1:5060>\r\n%sContent-Length: %d\r\n\r\n%s",
		method, method, seq, to, seq, method, kind, len(body), body)
}

// response answers a request of ours.
func response(req *sip.Request, status int, body string) string {
	res := sip.NewResponse(status, "X")
	sip.CopyHeaders("Via", req, res)
	res.AppendHeader(sip.HeaderClone(req.From()))
	res.AppendHeader(sip.HeaderClone(req.To()))
	if to := res.To(); !to.Params.Has("tag") {
		to.Params.Add("tag", "peer")
	}
	res.AppendHeader(sip.HeaderClone(req.CallID()))
	res.AppendHeader(sip.HeaderClone(req.CSeq()))
	res.AppendHeader(sip.NewHeader("Contact", "<sip:alice@10.0.0.1:5060>"))
	if body != "" {
		kind := sip.ContentTypeHeader("application/sdp")
		res.AppendHeader(&kind)
	}
	res.SetBody([]byte(body))
	return res.String()
}

// rig is a session with what it has sent, and its timers.
type rig struct {
	*Session
	tb      testing.TB
	now     time.Time
	sent    []sip.Message
	flows   []wire.Flow // of sent
	paths   []Path      // to every hop
	avoided map[wire.Flow]time.Duration
	signals []Signal
	stands  []hold.Standing
	timers  map[TimerID]time.Duration
	order   []TimerID
	done    bool
}

func newRig(tb testing.TB, s *Session) *rig {
	return &rig{Session: s, tb: tb, now: start, timers: map[TimerID]time.Duration{}, paths: []Path{path}, avoided: map[wire.Flow]time.Duration{}}
}

func (r *rig) do(e Event) error {
	r.tb.Helper()
	if r.done {
		return nil
	}
	effects, err := r.Step(r.now, e)
	for _, f := range effects {
		switch f := f.(type) {
		case Send:
			r.sent, r.flows = append(r.sent, f.Message), append(r.flows, f.Flow)
		case Locate:
			_ = r.do(Located{Locate: f, Paths: r.paths})
		case Avoid:
			r.avoided[f.Flow] = f.For
		case StartTimer:
			if _, running := r.timers[f.Timer]; !running {
				r.order = append(r.order, f.Timer)
			}
			r.timers[f.Timer] = f.After
		case StopTimer:
			delete(r.timers, f.Timer)
		case Tell:
			if now, ok := f.Signal.(Standing); ok {
				r.stands = append(r.stands, now.Now)
				continue
			}
			r.signals = append(r.signals, f.Signal)
		case Done:
			r.done = true
		}
	}
	return err
}

func (r *rig) receive(text string) error {
	r.tb.Helper()
	return r.do(Received{Message: parse(r.tb, text), Path: path})
}

// must is do for what is legal.
func (r *rig) must(err error) {
	r.tb.Helper()
	if err != nil {
		r.tb.Fatal(err)
	}
}

// request is the last request sent with the method.
func (r *rig) request(method sip.RequestMethod) *sip.Request {
	r.tb.Helper()
	for i := len(r.sent) - 1; i >= 0; i-- {
		if req, ok := r.sent[i].(*sip.Request); ok && req.Method == method {
			return req
		}
	}
	r.tb.Fatalf("no %s was sent", method)
	return nil
}

// ownTag is our tag in the last message sent.
func (r *rig) ownTag() string { return r.localTag }

func newCaller(tb testing.TB) *rig {
	return newRig(tb, NewCaller(config(), Outgoing{
		CallID: "c", Target: sip.Uri{Scheme: "sip", User: "alice", Host: "10.0.0.1"}, From: sip.Uri{Scheme: "sip", User: "bob", Host: "10.0.0.2"},
	}))
}

// callerIn and calleeIn bring a session into a state.
func callerIn(tb testing.TB, state State) *rig {
	tb.Helper()
	r := newCaller(tb)
	if state == Idle {
		return r
	}
	r.must(r.do(Dial{}))
	invite := func() *sip.Request { return r.request(sip.INVITE) }
	switch state {
	case Established:
		r.must(r.receive(response(invite(), 200, description)))
	case Ending:
		r.must(r.receive(response(invite(), 200, description)))
		r.must(r.do(Hangup{}))
	case Over:
		r.must(r.receive(response(invite(), 486, "")))
	case Idle, Inviting, Invited:
	}
	return r.check(state)
}

func calleeIn(tb testing.TB, state State) *rig {
	tb.Helper()
	r := newRig(tb, NewCallee(config()))
	if state == Idle {
		return r
	}
	r.must(r.receive(fromPeer("INVITE", 1, "", description)))
	switch state {
	case Established:
		r.must(r.do(Answer{}))
		r.must(r.receive(fromPeer("ACK", 1, r.ownTag(), "")))
	case Ending:
		r.must(r.do(Reject{Status: 486}))
	case Over:
		r.must(r.do(Reject{Status: 486}))
		r.must(r.receive(strings.Replace(fromPeer("ACK", 1, r.ownTag(), ""), "z9hG4bKACK", "z9hG4bKINVITE", 1)))
	case Idle, Inviting, Invited:
	}
	return r.check(state)
}

func (r *rig) check(state State) *rig {
	r.tb.Helper()
	if r.State() != state {
		r.tb.Fatalf("%s, want %s", r.State(), state)
	}
	return r
}
