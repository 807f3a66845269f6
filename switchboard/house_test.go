package switchboard_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/callflow"
	"sidetone/device/sim"
	"sidetone/internal/siptest"
	"sidetone/media"
	"sidetone/sipua"
	"sidetone/sipua/offer"
	"sidetone/sipua/wire"
	"sidetone/switchboard"
	"sidetone/trace"
)

// ledger is a Recorder that numbers a call's events as the real one does.
type ledger struct {
	mu     sync.Mutex
	events []trace.Event
	counts map[string]int
}

func (l *ledger) Record(e trace.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.Seq = uint64(len(l.events) + 1)
	if e.Call != "" {
		l.counts[e.Call]++
		e.N = l.counts[e.Call]
	}
	if d, ok := e.Data.(trace.Ended); ok {
		d.Events = e.N
		e.Data = d
	}
	e.Mono = time.Duration(e.At.UnixNano())
	l.events = append(l.events, e)
}

// kinds lists what happened in a call, without the SIP messages.
func (l *ledger) kinds(call string) []trace.Kind {
	l.mu.Lock()
	defer l.mu.Unlock()
	var kinds []trace.Kind
	for _, e := range l.events {
		if e.Call == call && e.Kind != trace.SIPSent && e.Kind != trace.SIPReceived {
			kinds = append(kinds, e.Kind)
		}
	}
	return kinds
}

// lastEnd is the call.ended that was written last.
func (l *ledger) lastEnd() trace.Ended {
	l.mu.Lock()
	defer l.mu.Unlock()
	var last trace.Ended
	for _, e := range l.events {
		if d, ok := e.Data.(trace.Ended); ok {
			last = d
		}
	}
	return last
}

// fold sums a call up; "" means the only call there is.
func (l *ledger) fold(call string) trace.Fold {
	l.mu.Lock()
	defer l.mu.Unlock()
	var f trace.Fold
	for _, e := range l.events {
		if e.Call != "" && (call == "" || e.Call == call) {
			f.Add(e)
		}
	}
	return f
}

// phone is a whole device in memory.
type phone struct {
	addr   string
	board  *switchboard.Switchboard
	ua     *sipua.UserAgent
	sim    *sim.Phone
	ledger *ledger
	stop   func()
}

func (p *phone) uri(user string) string { return "sip:" + user + "@" + p.addr }

// setup changes what newPhone would do.
type setup struct {
	person  sim.Options
	account sipua.Account
	board   switchboard.Options
	handset func(*sim.Phone) switchboard.Handset // nil: the simulated phone itself
	sip     func(*sipua.Options)                 // nil: nothing else
}

// newPhone starts a phone at an address of the network. It ends with the test.
func newPhone(t *testing.T, network *siptest.Network, host string, s setup) *phone {
	t.Helper()
	p := &phone{addr: host + ":5060", ledger: &ledger{counts: map[string]int{}}, sim: sim.New(s.person)}
	engine, err := media.NewEngine(media.Options{
		FirstPort: 10000, LastPort: 10099, Alarm: media.NewTimerAlarm(),
		Listen: func(local netip.AddrPort) (net.PacketConn, error) {
			return network.Listen(fmt.Sprintf("%s:%d", host, local.Port())), nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	o := s.board
	o.Recorder, o.Media, o.Handset = p.ledger, engine, p.sim
	if s.handset != nil {
		o.Handset = s.handset(p.sim)
	}
	if o.Flow.Blocks == nil {
		o.Flow = callflow.Phone(time.Minute)
	}
	p.board = switchboard.New(o)
	account := s.account
	if account.AOR == "" {
		account.AOR = "sip:phone@" + host
	}
	options := sipua.Options{
		Wire:     wire.Options{Packets: []net.PacketConn{network.Listen(p.addr)}},
		Accounts: []sipua.Account{account}, Codecs: []offer.Codec{offer.PCMA, offer.PCMU}, Incoming: p.board.Incoming, Referral: p.board.Referral,
	}
	if s.sip != nil {
		s.sip(&options)
	}
	if p.ua, err = sipua.New(options); err != nil {
		t.Fatal(err)
	}
	boardCtx, stopBoard := context.WithCancel(t.Context())
	restCtx, stopRest := context.WithCancel(t.Context())
	var board, rest sync.WaitGroup
	board.Go(func() { _ = p.board.Run(boardCtx, p.ua) })
	rest.Go(func() { _ = p.ua.Run(restCtx) })
	rest.Go(func() { _ = engine.Run(restCtx) })
	var once sync.Once
	p.stop = func() {
		once.Do(func() {
			stopBoard()
			board.Wait()
			stopRest()
			rest.Wait()
			p.sim.Close()
		})
	}
	return p
}

// pair plays a story with a caller and a called phone in a bubble of simulated time.
func pair(t *testing.T, caller, called setup, play func(t *testing.T, a, b *phone)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		network := siptest.NewNetwork(1)
		called.account = sipua.Account{AOR: "sip:102@10.0.0.2", Name: "Warehouse"}
		caller.account = sipua.Account{AOR: "sip:101@10.0.0.1", Name: "Reception"}
		a, b := newPhone(t, network, "10.0.0.1", caller), newPhone(t, network, "10.0.0.2", called)
		play(t, a, b)
		a.stop()
		b.stop()
	})
}

// after lets simulated time go by.
func after(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

var neverAnswers = setup{person: sim.Options{AnswerAfter: sim.Never}}
