package sipua

import (
	"context"
	"net/netip"
	"sort"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/zap"

	"sidetone/internal/logkey"
	"sidetone/sipua/message"
	"sidetone/sipua/register"
	"sidetone/sipua/session"
	"sidetone/sipua/wire"
)

// registration is the goroutine that keeps one account registered.
type registration struct {
	agent   *UserAgent
	index   int // of the account
	account identity
	callID  string
	inbox   chan register.Event
	again   chan struct{} // holds one token while Reconnect is asked for
	closed  chan struct{} // holds one token while a connection has ended
	lists   chan chan register.Listed
	ended   chan struct{}

	// Owned by run.
	machine *register.Machine
	timers  map[register.Timer]time.Time // when they run out
	sent    time.Time                    // the last request
	expires time.Time                    // when the binding lapses
	askers  []chan register.Listed       // those who wait for the bindings
	over    bool

	// Guarded by UserAgent.mu.
	route         []sip.Uri      // RFC 3608
	via           wire.Flow      // that the last request went over
	watched       wire.Flow      // whose end is to be told to the machine, zero for none
	local, public netip.AddrPort // where this side registered, and where the registrar saw that (RFC 3581)
}

// registerInbox bounds what may wait. A registration has one request under way; SIP retransmits the rest.
const registerInbox = 32

// registerToken comes back with a REGISTER whose sending failed later.
type registerToken struct {
	registration *registration
	branch       string
}

// makeRegistrations makes one for every account that has a registrar.
func (ua *UserAgent) makeRegistrations() {
	ua.lines = make([]*registration, len(ua.accounts))
	ua.registrations = map[string]*registration{}
	for i, account := range ua.accounts {
		if account.registrar == nil {
			continue
		}
		r := &registration{
			agent: ua, index: i, account: account, callID: randomHex(16), inbox: make(chan register.Event, registerInbox),
			again: make(chan struct{}, 1), closed: make(chan struct{}, 1), lists: make(chan chan register.Listed),
			ended: make(chan struct{}), timers: map[register.Timer]time.Time{},
		}
		r.machine = register.New(register.Config{
			AOR: account.uri, Name: account.name, Registrar: *account.registrar, Proxy: account.proxy, Expires: account.expires,
			Instance: instanceURN(ua.opts.Instance), Line: account.line, CallID: r.callID, UserAgent: ua.opts.UserAgent,
			Unserved:    ua.ability().Unserved(),
			Credentials: account.credentials, Timers: ua.opts.Timers, Token: newToken, Between: between,
		})
		ua.lines[i], ua.registrations[r.callID] = r, r
	}
}

// keepRegistered registers every account until ctx is done, and returns when the bindings are removed.
func (ua *UserAgent) keepRegistered(ctx context.Context) {
	var group sync.WaitGroup
	for _, r := range ua.registrations {
		group.Go(func() { r.run(ctx) })
	}
	<-ctx.Done()
	group.Wait()
}

// route is what the requests of an account go through outside of dialogs: its outbound proxy, and the route that its
// registrar has told (RFC 3608 section 6.1).
func (ua *UserAgent) route(account int) (first *sip.Uri, further []sip.Uri) {
	first = ua.accounts[account].proxy
	r := ua.lines[account]
	if r == nil {
		return first, nil
	}
	ua.mu.Lock()
	further = r.route
	ua.mu.Unlock()
	if len(further) > 0 && (first == nil || sameHop(*first, further[0])) {
		return &further[0], further[1:]
	}
	return first, further
}

// sameHop tells whether two URIs name the same server.
func sameHop(a, b sip.Uri) bool { return a.Host == b.Host && a.Port == b.Port }

// deliver takes a message with the Call-ID of the registration, and never blocks.
func (r *registration) deliver(in wire.Inbound) {
	res, ok := in.Message.(*sip.Response)
	if !ok {
		r.agent.stray(in)
		return
	}
	r.post(register.Received{Response: res, Flow: in.Flow})
}

func (r *registration) post(e register.Event) {
	select {
	case r.inbox <- e:
	default: // a flood
	}
}

// run keeps the account registered until ctx is done and the binding is removed.
func (r *registration) run(ctx context.Context) {
	defer close(r.ended)
	clock := time.NewTimer(0)
	defer clock.Stop()
	r.step(register.Start{})
	stop := ctx.Done()
	for !r.over {
		r.set(clock)
		select {
		case e := <-r.inbox:
			r.step(e)
		case <-r.again:
			r.step(register.Reconnect{})
		case <-r.closed:
			if dead, ok := r.deadFlow(); ok {
				r.step(register.FlowDead{Flow: dead})
			}
		case asker := <-r.lists:
			r.askers = append(r.askers, asker)
			r.step(register.List{})
		case <-clock.C:
			r.fire(time.Now())
		case <-stop:
			stop = nil
			r.step(register.Stop{})
		}
	}
}

// set has the clock ring when the next timer runs out.
func (r *registration) set(clock *time.Timer) {
	clock.Stop()
	var next time.Time
	for _, due := range r.timers {
		if next.IsZero() || due.Before(next) {
			next = due
		}
	}
	if !next.IsZero() {
		clock.Reset(time.Until(next))
	}
}

// fire steps the machine for the timers that have run out, the earliest first.
func (r *registration) fire(now time.Time) {
	var due []register.Timer
	for t, at := range r.timers {
		if !at.After(now) {
			due = append(due, t)
		}
	}
	sort.SliceStable(due, func(i, j int) bool { return r.timers[due[i]].Before(r.timers[due[j]]) })
	for _, t := range due {
		if at, running := r.timers[t]; running && !at.After(now) { // no earlier one has stopped it
			delete(r.timers, t)
			r.step(register.Fired{Timer: t})
		}
	}
}

// step hands on what happened. A panic loses what was to be done about it: the account registers anew after a while.
func (r *registration) step(e register.Event) {
	if !r.guard("step", func() { r.feed(e) }) && !r.guard("begin anew", func() { r.feed(register.Crashed{}) }) {
		r.timers[register.Timer{Kind: register.Again}] = time.Now().Add(crashPause)
	}
}

// crashPause is before a registration that cannot even begin anew is tried again.
const crashPause = time.Minute

func (r *registration) guard(what string, run func()) bool {
	return r.agent.guarded("a registration panicked", what, r.callID, netip.AddrPort{}, run)
}

// feed steps the machine and performs what it asks for, until nothing follows any more.
func (r *registration) feed(e register.Event) {
	for pending := []register.Event{e}; len(pending) > 0; pending = pending[1:] {
		effects, err := r.machine.Step(pending[0])
		if err != nil {
			r.agent.log.Debug("event had no effect", zap.String(logkey.CallID, r.callID), zap.Error(err))
		}
		for _, f := range effects {
			if follow := r.perform(f); follow != nil {
				pending = append(pending, follow)
			}
		}
	}
}

// perform does what a step asks for, and returns the event that followed at once, if any.
func (r *registration) perform(f register.Effect) register.Event {
	switch f := f.(type) {
	case register.Send:
		return r.send(f)
	case register.Locate:
		r.agent.background.Go(func() { r.locate(f) })
	case register.StartTimer:
		r.timers[f.Timer] = time.Now().Add(f.After)
	case register.StopTimer:
		delete(r.timers, f.Timer)
	case register.Drop:
		r.agent.endpoint.Drop(f.Flow, r.sent)
	case register.Avoid:
		r.agent.avoided.add(f.Flow, time.Now().Add(f.For))
	case register.Watch:
		r.watch(f.Flow)
		if dead, ok := r.deadFlow(); ok {
			return register.FlowDead{Flow: dead}
		}
	case register.Ping:
		if r.agent.endpoint.Ping(f.Flow) != nil && f.Flow.Reliable() {
			return register.FlowDead(f)
		}
	case register.AskPong:
		if !r.agent.endpoint.Answered(f.Flow) {
			return register.FlowDead(f)
		}
	case register.Bind:
		r.agent.mu.Lock()
		r.route = f.ServiceRoute
		if f.Local.IsValid() { // calls outlive a binding
			r.local, r.public = f.Local, f.Public
		}
		r.agent.mu.Unlock()
	case register.Listed:
		for _, asker := range r.askers {
			asker <- f
		}
		r.askers = nil
	case register.Tell:
		r.tell(f.Status)
	case register.Done:
		r.over = true
	}
	return nil
}

func (r *registration) send(f register.Send) register.Event {
	r.agent.mu.Lock()
	r.via = f.Flow
	r.agent.mu.Unlock()
	branch := message.Branch(f.Request)
	err := r.agent.endpoint.Send(wire.Outbound{
		Flow: f.Flow, Raw: []byte(f.Request.String()), Token: registerToken{registration: r, branch: branch},
	})
	r.sent = time.Now()
	if err != nil {
		return register.SendFailed{Branch: branch, Err: err}
	}
	return nil
}

// locate looks a server up on a goroutine of its own.
func (r *registration) locate(asked register.Locate) {
	answer := register.Located{Locate: asked}
	target, err := readHop(asked.Hop)
	if err == nil {
		var paths []session.Path
		paths, err = r.agent.paths(r.agent.ctx, target)
		for _, p := range paths {
			answer.Paths = append(answer.Paths, register.Path(p))
		}
	}
	answer.Err = err
	select {
	case r.inbox <- answer:
	case <-r.ended:
	}
}

func (r *registration) tell(s register.Status) {
	if r.agent.opts.Line == nil {
		return
	}
	now := time.Now()
	switch {
	case s.State == Registered:
		r.expires = now.Add(s.Expires)
	case s.Bound:
		s.Expires = r.expires.Sub(now)
	}
	r.guard("tell", func() {
		r.agent.opts.Line(LineStatus{
			At: now, Account: r.index, AOR: r.account.aor, State: s.State, Status: s.Code, Reason: s.Reason, Server: s.Server,
			Expires: s.Expires, RetryAfter: s.RetryAfter, Path: s.Path,
		})
	})
}
