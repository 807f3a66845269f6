package config

import "time"

// Never is the value of a duration that was written as "never".
const Never time.Duration = -1

// Config is the agent's configuration. Its zero value is not useful: see Default and Load.
type Config struct {
	Device    Device
	Telemetry Telemetry
	SIP       SIP
	Media     Media
	Calls     Calls
	Log       Log

	source *source // where each value stands; nil when it was not read from a file
}

// Device is the phone itself.
type Device struct {
	ID      string // [a-z0-9-], 1 to 64 characters; MQTT client id and part of every topic
	Name    string // as people know it
	Profile string // of the board: which interface is which
	Control string // path of the control socket
	Page    Page
	Sim     Sim
}

// Page is the device's own page for a technician.
type Page struct {
	Listen       string   // "127.0.0.1:8089"; without a host it is a loopback address; "" = no page
	PasswordFile string   // needed where others than this device can ask
	Hosts        []string // names under which it may be asked for, besides addresses and localhost
}

// Sim is how the person at a simulated phone behaves.
type Sim struct {
	AnswerAfter time.Duration // 0 = at once, Never
	RejectWith  int           // 400 to 699; 0 = answer
	HangupAfter time.Duration // after the answer; 0 = never
	ToneHz      int           // of the tone that the person speaks with
}

// Telemetry is where the trace goes.
type Telemetry struct {
	Broker       string   // mqtt://, mqtts://, ws:// or wss:// URL; "" keeps everything in the journal
	Brokers      []string // further ones, for when it cannot be reached
	Tenant       string
	Username     string // "" means Device.ID
	PasswordFile string
	CAFile       string // "" means the system's
	CertFile     string
	KeyFile      string
	Pin          string // SHA-256 of a public key, in hexadecimal; "" = none
	Journal      Journal
	Capture      Capture
	Mask         Mask
	HealthEvery  time.Duration
	CatchUp      int64         // bytes a second; 0 = no limit
	StartWithin  time.Duration // of the start, when the device has started too
	// CommandKey is whose commands and desired configurations are taken, an Ed25519 key in base64; "" takes everybody's whom
	// the broker lets publish.
	CommandKey string
}

// Journal is where events wait.
type Journal struct {
	Dir      string
	MaxBytes int64 // 0 = in memory only
}

// Mask says what is made unreadable before it is written down.
type Mask struct {
	Digits  bool // DTMF and keypad
	Numbers bool // parties, but for their last two digits
}

// SIP is the user agent.
type SIP struct {
	Listen              []string // URLs: "udp://0.0.0.0:5060"; port 0 takes a free one
	UserAgent           string   // "" means the product and its version
	DNS                 []string // name servers: "192.0.2.53", "[2001:db8::1]:5353"; none = the system's
	TLS                 TLS
	Accounts            []Account // none = calls to any user are taken
	SessionTimer        time.Duration
	ReliableProvisional ReliableProvisional
}

// TLS is what the user agent shows its peers and whom it trusts.
type TLS struct{ CertFile, KeyFile, CAFile string }

// Account is one identity.
type Account struct {
	AOR           string // "sip:101@example.com"
	Name          string // display name
	Registrar     string // SIP URI; "" = a fixed peer that does not register
	OutboundProxy string // SIP URI; "" = straight to the target
	Username      string // of the digest; "" = the user of the AOR
	PasswordFile  string
	Expires       time.Duration
	Networks      []string // prefixes such as 192.0.2.0/24, from which it may be called; none = anywhere
	Accept        Accept
}

// Media is audio.
type Media struct {
	RTPPorts PortRange
	Codecs   []Codec // best first
	Ptime    time.Duration
	SRTP     SRTP
	Country  Country // whose tones are played
}

// Calls is what becomes of calls.
type Calls struct {
	Alerting      Alerting
	ProgressAfter time.Duration // from the INVITE to the 183
	RingingAfter  time.Duration // from the 183, or from the INVITE where there is none, to the ringing
	EarlyMedia    EarlyMedia
	Prompt        string // WAV file for EarlyMediaPrompt
	Hold          Hold
	Transfers     Transfers
	// AutoAnswer puts a caller through at once who asks for it, where nobody uses the handset.
	AutoAnswer bool
	Suspend    Suspend
	Allowed    []string      // prefixes that may be dialled; none = all
	Max        int           // calls at a time
	RingFor    time.Duration // how long an outgoing call may ring, or Never
	Flow       string        // file; "" = ring the handset
}

// Hold is how a call is held.
type Hold struct {
	Method    HoldMethod
	Direction HoldDirection
	Music     string // WAV file; "" = the country's tone
	// ZeroAddress also offers the address 0.0.0.0, the hold of RFC 2543.
	ZeroAddress bool
	RemindEvery time.Duration // or Never
	Longest     time.Duration // before the call is released, or Never
}

// Suspend is how long a suspended call is kept.
type Suspend struct {
	T2 time.Duration // ISUP T2, the terminal was unplugged (ITU-T Q.764)
	T6 time.Duration // ISUP T6, the called party hung up (ITU-T Q.118)
	// OnHook has a called person who hangs up suspend the call, as at a gateway port; else it ends the call.
	OnHook OnHook
}

// Log is what the agent says of itself.
type Log struct {
	Level  LogLevel
	Format LogFormat
}
