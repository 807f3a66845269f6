package sipua

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"sidetone/sipua/guard"
	"sidetone/sipua/locate"
	"sidetone/sipua/offer"
	"sidetone/sipua/register"
	"sidetone/sipua/session"
	"sidetone/sipua/transaction"
	"sidetone/sipua/wire"
)

const (
	defaultMaxCalls = 32
	// maxLingering is how many actors there may be above the permitted calls: a call that is over lingers for up to 64*T1
	// to absorb retransmissions, in about 30 KB of memory. When there is room for no more, the one that has lingered
	// longest makes it.
	maxLingering = 256
)

// UserAgent places and receives calls.
type UserAgent struct {
	opts     Options
	accounts []identity
	endpoint *wire.Endpoint
	log      *zap.Logger
	secret   []byte // of stateless tags
	between  func(least, most time.Duration) time.Duration

	ctx        context.Context // ends with Run; for name lookups
	cancel     context.CancelFunc
	stop       chan struct{} // closed when the sockets are
	background sync.WaitGroup
	rejections *rejections
	locator    *locate.Locator
	avoided    avoided
	guard      *guard.Guard
	servers    *servers
	verifiers  *verifiers
	answered   answered
	routed     routed

	lines         []*registration          // by account, nil for one that does not register
	registrations map[string]*registration // the same, by Call-ID

	mu      sync.Mutex
	actors  map[string]*actor
	settled []*actor // of those, the ones whose calls have told Settled, in that order
	stopped bool
	calls   map[*Call]struct{} // without Ended
	dialogs map[dialogKey]*Call
}

// New binds the sockets. Run must be called to serve them, and to close them.
func New(o Options) (*UserAgent, error) {
	if o.Logger == nil {
		o.Logger = zap.NewNop()
	}
	if o.MaxCalls <= 0 {
		o.MaxCalls = defaultMaxCalls
	}
	if o.Timers == (transaction.Timers{}) {
		o.Timers = transaction.DefaultTimers()
	}
	if len(o.Codecs) == 0 {
		o.Codecs = []offer.Codec{offer.PCMA, offer.PCMU}
	}
	accounts, err := readAccounts(o.Accounts)
	if err != nil {
		return nil, err
	}
	ua := &UserAgent{
		opts: o, accounts: accounts, log: o.Logger, secret: []byte(newToken()), between: between, stop: make(chan struct{}),
		rejections: newRejections(o.Rejected), guard: guard.New(o.Guard), actors: map[string]*actor{}, calls: map[*Call]struct{}{},
		dialogs: map[dialogKey]*Call{},
	}
	ua.locator = ua.newLocator()
	ua.servers = newServers(accounts, ua.guard, ua.locator, o.Logger)
	ua.verifiers = newVerifiers(accounts, ua.secret)
	ua.ctx, ua.cancel = context.WithCancel(context.Background())
	w := o.Wire
	w.Deliver, w.Refused, w.Failed, w.Guard, w.Logger = ua.deliver, ua.refused, ua.sendFailed, ua.guard, o.Logger
	w.Dropped, w.Closed = ua.rejections.drop, ua.connectionClosed
	if ua.endpoint, err = wire.Open(w); err != nil {
		ua.cancel()
		return nil, fmt.Errorf("open sockets: %w", err)
	}
	ua.makeRegistrations()
	return ua, nil
}

// Run registers the accounts and serves the sockets until ctx is done, and returns when every goroutine has ended.
// Bindings are removed, which takes three seconds at most. Calls that are still there are dropped: Ended and Settled are
// told, nothing is sent. Hang up first, and wait for Settled.
func (ua *UserAgent) Run(ctx context.Context) error {
	ua.background.Go(func() { ua.rejections.run(ua.ctx) })
	ua.background.Go(func() { ua.servers.run(ua.ctx) })
	serving, finish := context.WithCancel(context.WithoutCancel(ctx))
	ua.background.Go(func() {
		defer finish()
		ua.keepRegistered(ctx)
	})
	err := ua.endpoint.Run(serving)
	ua.cancel()
	ua.mu.Lock()
	ua.stopped = true
	ua.mu.Unlock()
	close(ua.stop)
	ua.background.Wait()
	return err
}

// Addrs lists what is bound, port 0 resolved.
func (ua *UserAgent) Addrs() []wire.Flow { return ua.endpoint.Addrs() }

// Calls lists the calls that have not ended, in no order.
func (ua *UserAgent) Calls() []*Call {
	ua.mu.Lock()
	defer ua.mu.Unlock()
	all := make([]*Call, 0, len(ua.calls))
	for c := range ua.calls {
		all = append(all, c)
	}
	return all
}

// ErrStopped is returned by Dial once Run has ended.
var ErrStopped = errors.New("the user agent has stopped")

// hand puts a letter into the mailbox of the Call-ID's actor, which is started where permitted. It reports closed when
// there is no actor.
func (ua *UserAgent) hand(callID string, l letter, start bool) delivery {
	ua.mu.Lock()
	defer ua.mu.Unlock()
	a := ua.actors[callID]
	if a == nil {
		if !start || ua.stopped {
			return closed
		}
		a = newActor(ua, callID)
		ua.actors[callID] = a
		defer ua.background.Go(a.run)
	}
	return a.box.put(l)
}

// retire forgets an actor without calls, unless something waits for it.
func (ua *UserAgent) retire(a *actor) bool {
	ua.mu.Lock()
	defer ua.mu.Unlock()
	if !a.box.closeIfEmpty() {
		return false
	}
	delete(ua.actors, a.callID)
	ua.settled = slices.DeleteFunc(ua.settled, func(other *actor) bool { return other == a })
	return true
}

// linger notes that nothing more is expected from the peers of an actor.
func (ua *UserAgent) linger(a *actor) {
	ua.mu.Lock()
	defer ua.mu.Unlock()
	if !slices.Contains(ua.settled, a) {
		ua.settled = append(ua.settled, a)
	}
}

// reserve counts a call in, unless it is one too many. The one that takes the place of a call is not.
func (ua *UserAgent) reserve(c *Call) bool {
	ua.mu.Lock()
	defer ua.mu.Unlock()
	if len(ua.calls) >= ua.opts.MaxCalls && !ua.freesLocked(c) {
		return false
	}
	ua.calls[c] = struct{}{}
	return true
}

func (ua *UserAgent) release(c *Call) {
	ua.mu.Lock()
	defer ua.mu.Unlock()
	delete(ua.calls, c)
}

// forget takes back reserve and remember.
func (ua *UserAgent) forget(c *Call) {
	ua.mu.Lock()
	defer ua.mu.Unlock()
	delete(ua.calls, c)
	delete(ua.dialogs, c.key)
}

// config is what every session is made with. The session ID is our own uuid.
func (ua *UserAgent) config(account identity, user, who, sessionID string, media LocalMedia) session.Config {
	return session.Config{
		User: user, Who: who, Credentials: account.credentials, UserAgent: ua.opts.UserAgent, Hold: ua.opts.Hold, Reliable: ua.opts.Reliable, Timers: ua.opts.Timers,
		Home: ua.home(account), Realm: account.uri.Host, Public: ua.publicOf(account),
		Avoided:      func(f wire.Flow) bool { return ua.avoided.has(time.Now(), f) },
		SessionTimer: ua.opts.SessionTimer,
		Media:        offer.Local{Port: media.Port, Codecs: ua.opts.Codecs, SessionID: newNumber(), ZeroHold: ua.opts.ZeroHold},
		SessionID:    sessionID, Referral: ua.mayRefer(), Redirect: ua.mayRedirect(), Token: newToken, Between: ua.between,
	}
}

func (ua *UserAgent) sendFailed(o wire.Outbound, err error) {
	switch t := o.Token.(type) {
	case token:
		t.call.actor.post(letter{call: t.call, event: session.SendFailed{Transaction: t.transaction, Err: err}})
	case registerToken:
		t.registration.post(register.SendFailed{Branch: t.branch, Err: err})
	}
}

func (ua *UserAgent) refused(reason string, from netip.AddrPort) { ua.rejections.add(reason, from) }
