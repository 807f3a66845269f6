package session

import (
	"net/netip"
	"time"

	"github.com/emiago/sipgo/sip"

	"sidetone/hold"
	"sidetone/sipua/digest"
	"sidetone/sipua/offer"
	"sidetone/sipua/transaction"
	"sidetone/sipua/wire"
	"sidetone/trace"
)

// Config is what a session is made with.
type Config struct {
	User      string // user part of our Contact, may be empty
	Who       string // the callee, as people call it
	UserAgent string // User-Agent and Server header, "" for none
	Hold      hold.Options
	Media     offer.Local // its Address is set from the Path
	Reliable  Reliable
	Timers    transaction.Timers
	SessionID string // our uuid, 32 hexadecimal digits (RFC 7989 section 5)
	// SessionTimer is the interval that this side asks for, at least 90 s (RFC 4028); 0 asks for none, and obeys a peer
	// that does.
	SessionTimer time.Duration

	Credentials digest.Credentials // of the account; without a password no challenge is answered
	// Home tells whether a host and the address it was found at are a server of the account. Only those are shown credentials;
	// nil is nobody. The host is "" where only the address is known.
	Home  func(host string, addr netip.Addr) bool
	Realm string // of the account's servers, as its AOR says
	// Public tells where the account's servers see an address of ours, the zero value where it is that address; nil is that
	// for all.
	Public func(local netip.AddrPort) netip.AddrPort

	// Avoided tells whether a flow is one of those that an Avoid of any session has named; nil knows of none.
	Avoided func(wire.Flow) bool
	// Referral is the status that answers a REFER of the peer to call the URI: 202, or a refusal. Where it is nil,
	// REFER is not served.
	Referral func(sip.Uri) int
	// Redirect decides whether a redirection to the URI is followed; nil follows all.
	Redirect func(sip.Uri) bool
	// Token returns a new unguessable token for a tag or a branch (RFC 3261 section 19.3).
	Token func() string
	// Between draws a time at random, in units of 10 ms.
	Between func(least, most time.Duration) time.Duration
}

type role uint8

const (
	caller role = iota
	callee
)

// Session is one call. Its zero value is of no use: see NewCaller and NewCallee.
type Session struct {
	cfg      Config
	role     role
	state    State
	now      time.Time
	out      []Effect
	localTag string

	outgoing     Outgoing // caller: what to dial
	transactions map[transaction.Key]*exchange
	legs         map[string]*leg   // dialogs, by remote tag
	leg          *leg              // the one that was answered; the callee's only one
	heard        *leg              // caller, before the answer: the early dialog whose media counts
	why          trace.EarlyReason // caller: why another one is heard than before this step
	branched     Branched          // caller: what was last told of the ones that are not heard
	attempt      attempt           // caller: how the first INVITE is tried now
	redirection  redirection       // caller: whom the first INVITE may go to
	invite       *exchange         // of the first INVITE, nil between two attempts
	invitePath   Path              // where it went or came from
	peerID       string            // RFC 7989: what the peer last called itself
	digest       *digest.Client
	homes        []netip.Addr // where servers of the account were found
	throughHome  bool         // the first INVITE goes or came through one of them

	*agreement                         // of the leg that was answered, before that the one which the INVITE began
	offered       offer.Remote         // callee: what the open offer says
	answer        []byte               // callee: our answer, the same in every response (RFC 3261 section 13.2.1)
	offering      trace.MediaDirection // caller: of the first offer
	notes         []hold.Note
	told          offer.Media     // what the user was last told
	alerted       Alerting        // likewise
	reinviting    bool            // a re-INVITE of ours is about to be sent
	acknowledging bool            // the ACK of the answer is about to be sent
	proceeding    proceeding      // a re-INVITE of ours that got a provisional response
	reaccepted    map[uint32]bool // the last re-INVITE of ours that was accepted, by CSeq
	provisionals  reliableSender  // callee: to the INVITE
	reminder      reminder        // callee: what the caller is told again
	described     bool            // callee: our answer or offer is in a reliable provisional response
	accepting     bool            // callee: the 200 waits for a PRACK
	limited       bool            // callee: the INVITE says how long it waits
	unacked       *unacked        // a 2xx of ours without its ACK

	stands         hold.Standing // as last told
	suspendedUntil time.Time     // of the last suspension, when its time is over

	timer      sessionTimer
	minSE      time.Duration         // RFC 4028 section 7.4: the largest Min-SE so far
	refreshDue bool                  // a session refresh request waits to be sent
	referring  referring             // a transfer of this side
	reports    map[uint32]*reporting // transfers that the peer asked for
	referrals  int                   // REFERs taken so far

	spoken          int // caller: how often early media was described
	provisionalSeen bool
	cancelSent      bool
	release         *Release // hangup of a caller that waits for the INVITE to end
	releasedAt      time.Time
	byeOnACK        *Release // hangup of a callee that waits for the ACK
	lastResponse    int
	sendError       error
	done            bool
}

func newSession(cfg Config, r role) *Session {
	if cfg.Timers.T1 <= 0 {
		cfg.Timers.T1 = transaction.DefaultTimers().T1
	}
	if cfg.Timers.T2 <= 0 {
		cfg.Timers.T2 = transaction.DefaultTimers().T2
	}
	return &Session{
		cfg: cfg, role: r, localTag: cfg.Token(), digest: digest.NewClient(cfg.Credentials, cfg.Token),
		transactions: map[transaction.Key]*exchange{}, legs: map[string]*leg{},
		reports: map[uint32]*reporting{}, agreement: &agreement{hold: hold.New(cfg.Hold, r == caller)},
	}
}

// State tells where the session stands.
func (s *Session) State() State { return s.state }

// LastResponse is the last status received for our INVITE or sent for theirs, 0 when there is none.
func (s *Session) LastResponse() int { return s.lastResponse }

// Step tells the session what happened, and when.
func (s *Session) Step(now time.Time, e Event) ([]Effect, error) {
	s.now, s.out, s.why = now, nil, ""
	err := s.handle(e)
	s.finish()
	return s.out, err
}

func (s *Session) handle(e Event) error {
	switch e := e.(type) {
	case Dial:
		return s.dial()
	case Progress:
		return s.progress()
	case Ring:
		return s.ring()
	case Answer:
		return s.accept()
	case Reject:
		return s.reject(e)
	case Hold:
		return s.commandHold()
	case Resume:
		return s.commandResume()
	case Suspend:
		return s.commandSuspend(hold.Suspend(e))
	case Unsuspend:
		return s.commandSuspend(hold.Unsuspend{})
	case Hangup:
		return s.hangup(e)
	case Hear:
		return s.hear(e)
	case Redirect:
		return s.redirect(e)
	case Transfer:
		return s.transfer(e)
	case Replaced:
		return s.replaced(e)
	case Report:
		return s.report(e)
	case Received:
		return s.received(e)
	case Located:
		return s.located(e)
	case Fired:
		return s.fired(e)
	case SendFailed:
		return s.sendFailed(e)
	default:
		return s.illegal(e)
	}
}

func (s *Session) illegal(e Event) error { return &IllegalEventError{State: s.state, Event: e} }

func (s *Session) emit(e Effect) { s.out = append(s.out, e) }

func (s *Session) tell(signal Signal) { s.emit(Tell{Signal: signal}) }

func (s *Session) received(e Received) error {
	switch m := e.Message.(type) {
	case *sip.Request:
		return s.request(m, e.Path)
	case *sip.Response:
		return s.response(m)
	default:
		return s.illegal(e)
	}
}

func (s *Session) fired(e Fired) error {
	switch e.Timer.Kind {
	case TransactionTimer:
		x := s.transactions[e.Timer.Transaction]
		if x == nil {
			return s.illegal(e)
		}
		return s.step(x, transaction.Fired{Timer: e.Timer.Letter})
	case Retransmit2xx:
		return s.retransmit2xx()
	case AwaitACK:
		return s.neverAcknowledged()
	case AwaitFinal:
		if s.state != Ending && s.release == nil {
			return s.illegal(e)
		}
		s.abandonInvites()
		return nil
	case HoldTimer:
		return s.holdTimerFired(e.Timer)
	case AwaitAgreement:
		return s.reinviteLate()
	case SessionTimer:
		if s.state != Established || s.timer.state == timerUnlimited {
			return s.illegal(e)
		}
		s.stepTimer(timerFired{})
		return nil
	case AwaitReport:
		return s.reportMissing()
	case RepeatReliable:
		return s.repeatReliable()
	case AwaitPRACK:
		return s.neverPRACKed()
	case RemindCaller:
		return s.remind()
	case AwaitAnswer:
		return s.expired()
	default:
		return s.illegal(e)
	}
}

func (s *Session) sendFailed(e SendFailed) error {
	x := s.transactions[e.Transaction]
	if x == nil {
		return nil // the ACK of a 2xx: the peer asks again by its 2xx
	}
	if s.backToUDP(x, e.Err) {
		return nil
	}
	s.sendError = e.Err
	return s.step(x, transaction.TransportError{Err: e.Err})
}
