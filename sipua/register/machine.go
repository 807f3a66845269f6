package register

import (
	"net/netip"
	"time"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/digest"
	"sidetone/sipua/transaction"
	"sidetone/sipua/wire"
)

// Config is what a registration is made with.
type Config struct {
	AOR         sip.Uri
	Name        string  // display name
	Registrar   sip.Uri // whom to ask
	Proxy       *sip.Uri
	Expires     time.Duration // to ask for
	Instance    string        // URN of this device (RFC 5626 section 4.1), "" registers without outbound
	CallID      string        // the same for every REGISTER (RFC 3261 section 10.2)
	Line        string        // to be told from other accounts of the same user by, in the URI of our Contact; "" where there is none
	UserAgent   string
	Unserved    []sip.RequestMethod // that Allow does not list
	Credentials digest.Credentials
	Timers      transaction.Timers

	// Token returns a new unguessable token for a tag or a branch (RFC 3261 section 19.3).
	Token func() string
	// Between draws a time at random.
	Between func(least, most time.Duration) time.Duration
}

// stopWithin bounds how long a registration takes to end.
const stopWithin = 3 * time.Second

// Machine is the registration of one account.
type Machine struct {
	cfg    Config
	state  state
	digest *digest.Client
	tag    string
	seq    uint32
	out    []Effect

	failures int // one upon the other
	stopping bool
	bound    bool   // there is a binding, as far as is known
	contact  string // that is bound, and must be removed when ours is another; "" where the registrar replaces it
	asked    bool   // somebody wants to know the bindings

	withoutTCP netip.AddrPort // a server that took no connection for what is too long for a datagram

	// Of the attempt.
	target     sip.Uri       // Request-URI
	redirected bool          // by a 3xx
	moved      bool          // to the address that the registrar has seen
	expires    time.Duration // asked for; a 423 may have raised it
	plain      bool          // without outbound: a proxy does not have it (439)
	lookup     Locate        // the last one
	paths      []Path        // the first is in use
	exchange   *exchange

	// Of the flow in use.
	public  netip.AddrPort // where the registrar sees us, the zero value when that is our own address
	flow    wire.Flow      // that the account is registered over: with Local on a stream; zero once it is gone
	refresh time.Duration  // after which the binding is refreshed
	ping    time.Duration  // how often to ping, at most
	ponging bool           // pings are answered
	pinged  bool           // once at least
	deaths  int            // of flows that had not succeeded, one upon the other
}

// New makes the registration of an account.
func New(cfg Config) *Machine {
	if cfg.Timers == (transaction.Timers{}) {
		cfg.Timers = transaction.DefaultTimers()
	}
	return &Machine{
		cfg: cfg, digest: digest.NewClient(cfg.Credentials, cfg.Token), tag: cfg.Token(), expires: cfg.Expires,
	}
}

// Step tells the machine what happened.
func (m *Machine) Step(e Event) ([]Effect, error) {
	m.out = nil
	err := m.handle(e)
	return m.out, err
}

func (m *Machine) handle(e Event) error {
	switch e := e.(type) {
	case Start:
		if m.state != idle {
			return m.illegal(e)
		}
		m.attempt()
	case Reconnect:
		return m.reconnect(e)
	case Stop:
		return m.stop(e)
	case Located:
		return m.located(e)
	case Received:
		return m.received(e)
	case SendFailed:
		return m.sendFailed(e)
	case Fired:
		return m.fired(e)
	case FlowDead:
		return m.flowDead(e)
	case List:
		return m.ask(e)
	case Crashed:
		m.crashed()
	default:
		return m.illegal(e)
	}
	return nil
}

func (m *Machine) illegal(e Event) error {
	return &IllegalEventError{State: m.state.String(), Event: e}
}

func (m *Machine) emit(e Effect) { m.out = append(m.out, e) }

func (m *Machine) start(k TimerKind, after time.Duration) {
	m.emit(StartTimer{Timer: Timer{Kind: k}, After: after})
}

func (m *Machine) halt(kinds ...TimerKind) {
	for _, k := range kinds {
		m.emit(StopTimer{Timer: Timer{Kind: k}})
	}
}

func (m *Machine) tell(s Status) {
	s.Server = m.target.String()
	m.emit(Tell{Status: s})
}

func (m *Machine) fired(e Fired) error {
	switch {
	case e.Timer.Kind == TransactionTimer:
		return m.step(transaction.Fired{Timer: e.Timer.Letter}, e)
	case e.Timer.Kind == Bound && m.stopping && m.state != over:
		m.end(Status{Reason: "no response"})
	case e.Timer.Kind == Again && (m.state == registered || m.state == waiting):
		m.attempt()
	case e.Timer.Kind == KeepAlive && m.state == registered:
		m.keepAlive()
	case e.Timer.Kind == Pong && m.state == registered:
		m.emit(AskPong{Flow: m.flow})
	case e.Timer.Kind == Lapse && m.bound && !m.stopping:
		m.lapsed()
	default:
		return m.illegal(e)
	}
	return nil
}

// crashed begins anew after a while, or ends.
func (m *Machine) crashed() {
	const reason = "internal error"
	if m.stopping {
		m.end(Status{Reason: reason})
	} else {
		m.failed(Status{Reason: reason}, 0)
	}
}
