package sipua

import (
	"net/netip"
	"time"

	"go.uber.org/zap"

	"sidetone/hold"
	"sidetone/sipua/guard"
	"sidetone/sipua/locate"
	"sidetone/sipua/offer"
	"sidetone/sipua/session"
	"sidetone/sipua/transaction"
	"sidetone/sipua/wire"
	"sidetone/trace"
)

// Options of a UserAgent.
type Options struct {
	// Wire says where to listen, or which sockets to use, and its limits. Deliver, Refused, Dropped, Failed, Guard and Logger are
	// set by New.
	Wire      wire.Options
	Guard     guard.Options // how many messages a source may send
	UserAgent string        // the User-Agent and Server header; "" sends none
	// Accounts are the identities of this agent. With none, any user is accepted: direct calls from address to address.
	// Otherwise an INVITE for another user is answered 404.
	Accounts []Account
	// Name and User present an agent that has no account: From is "Name" <sip:User@address>, with the address that
	// routes to the peer. Without a User it is anonymous (RFC 3261 section 8.1.1.3).
	Name, User string
	Codecs     []offer.Codec // offered and accepted, best first; none means PCMA, PCMU
	Hold       hold.Options
	// ZeroHold also describes the address 0.0.0.0 where a hold of this side receives nothing, for peers that know no other hold
	// (RFC 2543 section B.5).
	ZeroHold bool
	Reliable Reliable // provisional responses (RFC 3262)
	// SessionTimer is the time within which both sides show that they are there, as this side asks for it: at least 90 s
	// (RFC 4028). 0 asks for nothing and obeys a peer that does.
	SessionTimer time.Duration
	Timers       transaction.Timers // zero means transaction.DefaultTimers
	// Incoming takes a call, on the call's goroutine, before anything is sent for it. A nil Observer refuses the call
	// with 480. LocalMedia is used in every answer and offer of the call.
	Incoming func(*Call) (Observer, LocalMedia)
	// Referral decides whether a peer may transfer this side to a target, a SIP URI, on the call's goroutine: 202, or the
	// status that refuses the REFER. Where it is nil, REFER is not served (405), and an INVITE that would take a call's place
	// is refused.
	Referral func(target string) int
	// Line is told of every attempt to register an account and of its outcome: in order for each account, on a goroutine of
	// its own. It must not block.
	Line func(LineStatus)
	// Instance names this device for ever, as its serial number does. With it, accounts register as RFC 5626 asks.
	Instance string
	// Redirect decides whether a call of this side follows a redirection to a target, a SIP URI, on the call's goroutine.
	// Nil follows every one.
	Redirect func(target string) bool
	Rejected func(trace.Rejected) // what was refused without becoming a call; at most once a minute
	// Resolver answers what names mean; nil is the name servers and the hosts file of the system.
	Resolver locate.Resolver
	MaxCalls int // above it an INVITE is answered 486, unless it takes the place of a call; 0 means 32
	Logger   *zap.Logger
}

// Reliable says how provisional responses are made reliable (RFC 3262).
type Reliable = session.Reliable

// The uses of 100rel.
const (
	ReliableOff       = session.Off
	ReliableSupported = session.Supported
	ReliableRequired  = session.Required
)

// Account is one identity.
type Account struct {
	AOR           string         // "sip:101@example.com"
	Name          string         // display name
	OutboundProxy string         // "sip:10.0.0.1:5060;transport=tcp"; "" sends straight to the target
	Registrar     string         // "sip:example.com"; "" does not register
	Expires       time.Duration  // of a binding, to ask for; 0 means ten minutes
	Username      string         // of the digest; "" is the user of the AOR
	Password      string         // "" answers no challenge
	Networks      []netip.Prefix // who may call, and ask; none is anybody
	Accept        Accept
}

// LocalMedia is where the call's RTP is received.
type LocalMedia struct {
	Port int // the address is the one that routes to the peer
}

// Dial describes a call to place.
type Dial struct {
	Target  string // SIP URI, or a number that is dialled through the account
	Account int    // index into Options.Accounts; ignored when there are none
	Media   LocalMedia
}

// Info is what is known of a call from its first message on. It does not change.
type Info struct {
	Direction trace.Direction
	From, To  trace.Party
	Account   string // AOR of the account, "" when the agent has none
	SIPCallID string
	SessionID string // of the initiator (RFC 7989 section 5), the same on both ends
	// Diverted are those who sent an incoming call on before it came here, the last one first.
	Diverted []trace.Diversion
	// AutoAnswer is set where the caller of an incoming call asks to be put through at once, after the time that it says. Nothing
	// here obeys: it lets anybody listen to a room.
	AutoAnswer *time.Duration
	// Replaces is the call of this agent whose place this one takes when it is answered (RFC 3891), nil for none.
	Replaces *Call
}
