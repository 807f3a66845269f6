package register

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"sidetone/sipua/transaction"
	"sidetone/sipua/wire"
)

// streamed is a way over TCP, and the connection that was opened for it.
var (
	streamed = Path{Flow: wire.Flow{Transport: wire.TCP, Remote: first.Flow.Remote}, Local: here}
	opened   = wire.Flow{Transport: wire.TCP, Local: netip.MustParseAddrPort("10.0.0.1:40000"), Remote: first.Flow.Remote}
	timerF   = Fired{Timer{Letter: transaction.TimerF}}
	again    = Fired{Timer{Kind: Again}}
)

// by is a response that came over a flow.
func by(r Received, f wire.Flow) Received {
	r.Flow = f
	return r
}

// registeredOver is a machine that is registered over a connection.
func registeredOver(t *testing.T, fields ...string) *rig {
	t.Helper()
	r := newRig(t)
	r.must(Start{})
	r.must(r.found(streamed))
	r.must(by(r.reply(200, fields...), opened))
	r.state(registered)
	return r
}

func (r *rig) via() wire.Flow { return r.flows[len(r.flows)-1] }

func TestFlowOfTheBindingIsTheOneThatTheRegistrarAnsweredOver(t *testing.T) {
	r := registeredOver(t)
	if r.watched != opened {
		t.Errorf("watches %v", r.watched)
	}
	r.must(Fired{Timer{Kind: KeepAlive}})
	if !slices.Equal(r.pinged, []wire.Flow{opened}) {
		t.Errorf("pings %v", r.pinged)
	}
	r.must(again)
	r.must(r.found(streamed))
	if r.via() != opened {
		t.Errorf("refreshes over %v", r.via())
	}
}

func TestFlowsThatDieAreReplacedEverLater(t *testing.T) {
	r := registeredOver(t, "Require: outbound")
	r.must(FlowDead{Flow: opened})
	r.state(locating)
	if got := r.status(); got.State != Registering || r.told[len(r.told)-2].State != Failed {
		t.Errorf("told %+v", r.told)
	}
	for _, least := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute} {
		r.must(r.found(streamed))
		if r.via() != streamed.Flow {
			t.Errorf("goes over %v", r.via())
		}
		r.must(by(r.reply(200, "Require: outbound"), opened))
		r.must(FlowDead{Flow: opened})
		r.state(waiting)
		if got := r.status(); got.State != Failed || got.RetryAfter != least || got.Bound {
			t.Errorf("told %+v, want to wait %s", got, least)
		}
		r.must(again)
	}
	r.must(r.found(streamed))
	r.must(by(r.reply(200, "Require: outbound"), opened))
	r.must(Fired{Timer{Kind: KeepAlive}}) // the ping is answered before the next one
	r.must(Fired{Timer{Kind: KeepAlive}})
	r.must(FlowDead{Flow: opened})
	r.state(locating)
}

func TestRegistrarThatClosesConnectionsByItselfIsNotAskedAgainAndAgain(t *testing.T) {
	r := registeredOver(t)
	r.must(FlowDead{Flow: opened})
	for _, after := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute} {
		r.state(locating)
		r.must(r.found(streamed))
		r.must(by(r.reply(200), opened))
		r.must(FlowDead{Flow: opened})
		r.state(registered)
		if got := r.timers[Timer{Kind: Again}]; got != after {
			t.Errorf("again after %s, want %s", got, after)
		}
		r.must(again)
	}
	r.must(r.found(streamed))
	r.must(by(r.reply(200), opened))
	refresh := r.timers[Timer{Kind: Again}]
	r.must(FlowDead{Flow: opened})
	if got := r.timers[Timer{Kind: Again}]; got != refresh || r.status().State != Registered {
		t.Errorf("again after %s, told %+v", got, r.status())
	}
	if _, pings := r.timers[Timer{Kind: KeepAlive}]; pings {
		t.Error("a connection that is gone is to be pinged")
	}
}

func TestRequestOnAConnectionThatDiesIsSentAgain(t *testing.T) {
	r := registeredOver(t)
	r.must(again)
	r.must(r.found(streamed))
	r.must(FlowDead{Flow: opened})
	r.state(registering)
	if len(r.requests) != 3 || r.via() != streamed.Flow {
		t.Errorf("%d requests, the last over %v", len(r.requests), r.via())
	}
	r.must(by(r.reply(200), opened))
	r.must(Stop{})
	r.must(FlowDead{Flow: opened})
	r.state(unregistering)
	if got := r.last().GetHeader("Expires").Value(); len(r.requests) != 5 || got != "0" || r.via() != streamed.Flow {
		t.Errorf("%d requests, the last over %v:\n%s", len(r.requests), r.via(), r.last())
	}
}

func TestConnectionThatSwallowsARequestIsDropped(t *testing.T) {
	r := registeredOver(t)
	r.must(again)
	r.must(r.found(streamed, second))
	r.must(timerF)
	if !slices.Equal(r.dropped, []wire.Flow{opened}) || r.via() != second.Flow {
		t.Errorf("dropped %v, goes on over %v", r.dropped, r.via())
	}
	r = in(t, registering)
	r.must(timerF)
	if len(r.dropped) != 0 {
		t.Errorf("dropped %v: UDP has no connection", r.dropped)
	}
}

func TestPathThatFailsIsAvoided(t *testing.T) {
	for name, c := range map[string]struct {
		fail func(*rig) Event
		want time.Duration
	}{
		"silent":           {func(*rig) Event { return timerF }, avoidFor},
		"unreachable":      {func(r *rig) Event { return SendFailed{Branch: r.branch(), Err: errors.New("refused")} }, avoidFor},
		"overloaded":       {func(r *rig) Event { return r.reply(503) }, avoidFor},
		"overloaded a bit": {func(r *rig) Event { return r.reply(503, "Retry-After: 100 (maintenance)") }, 100 * time.Second},
		"overloaded long":  {func(r *rig) Event { return r.reply(503, "Retry-After: 100000") }, avoidAtMost},
		"refused":          {func(r *rig) Event { return r.reply(403) }, 0},
	} {
		r := in(t, registering)
		r.must(c.fail(r))
		if c.want == 0 {
			if len(r.avoided) != 0 {
				t.Errorf("%s: avoids %v", name, r.avoided)
			}
			continue
		}
		if !slices.Equal(r.avoided, []Avoid{{Flow: first.Flow, For: c.want}}) {
			t.Errorf("%s: avoids %v", name, r.avoided)
		}
	}
}

func TestRequestThatIsTooLongForADatagramGoesOverTCP(t *testing.T) {
	wordy := func(c *Config) { c.UserAgent = strings.Repeat("x", wire.MaxDatagram) }
	r := in(t, registering, wordy)
	tcp := wire.Flow{Transport: wire.TCP, Remote: first.Flow.Remote}
	if got := r.last(); r.via() != tcp || got.Via().Transport != "TCP" || got.Contact().Address.String() != "sip:bob@10.0.0.1:5060" {
		t.Fatalf("over %v:\n%s", r.via(), got)
	}
	r.must(by(r.reply(200), opened))
	r.must(Fired{Timer{Kind: KeepAlive}})
	if !slices.Equal(r.pinged, []wire.Flow{first.Flow}) || r.watched != (wire.Flow{}) {
		t.Errorf("pings %v, watches %v: what is bound is an address of UDP", r.pinged, r.watched)
	}

	r = in(t, registering, wordy)
	branch := r.branch()
	r.must(SendFailed{Branch: branch, Err: &wire.ConnectError{Remote: tcp.Remote, Err: errors.New("refused")}})
	if got := r.last(); r.via() != first.Flow || got.Via().Transport != "UDP" || r.branch() == branch || got.CSeq().SeqNo != 1 {
		t.Errorf("over %v:\n%s", r.via(), got)
	}
	r.must(r.reply(200))
	r.must(again)
	r.must(r.found(first))
	if r.via() != first.Flow {
		t.Errorf("tries TCP again: %v", r.via())
	}
}
