package transaction

import "time"

// Timer is a transaction timer by its letter (RFC 3261 table 4, RFC 6026 8.11). C belongs to proxies and is not here.
type Timer uint8

// The timers of the four machines.
const (
	TimerA Timer = iota // INVITE client: retransmit the request over UDP
	TimerB              // INVITE client: nobody answered
	TimerD              // INVITE client: absorb retransmissions of a final response above 2xx
	TimerE              // client: retransmit the request over UDP
	TimerF              // client: nobody answered
	TimerG              // INVITE server: retransmit the final response over UDP
	TimerH              // INVITE server: no ACK came
	TimerI              // INVITE server: absorb retransmissions of the ACK
	TimerJ              // server: absorb retransmissions of the request
	TimerK              // client: absorb retransmissions of the response
	TimerL              // INVITE server: absorb retransmissions of an accepted INVITE
	TimerM              // INVITE client: wait for more 2xx, retransmitted or forked
)

// String is the timer's letter.
func (t Timer) String() string {
	const letters = "ABDEFGHIJKLM"
	if int(t) < len(letters) {
		return letters[t : t+1]
	}
	return "?"
}

// Timers are the durations all others are derived from. A field that is zero or less takes its default.
type Timers struct {
	T1     time.Duration // estimate of the round trip
	T2     time.Duration // longest interval between retransmissions, except of an INVITE
	T4     time.Duration // longest time a message stays in the network
	TimerD time.Duration // RFC 6026 8.4: an absolute minimum of 32 s, as the peer's T1 is unknown
}

// DefaultTimers returns the values of RFC 3261 table 4.
func DefaultTimers() Timers {
	return Timers{T1: 500 * time.Millisecond, T2: 4 * time.Second, T4: 5 * time.Second, TimerD: 32 * time.Second}
}

// Timeout is 64*T1, the value of timers B, F, H, J, L and M, and the time a UAS waits for the ACK of its 2xx.
func (t Timers) Timeout() time.Duration { return 64 * t.T1 }

func (t Timers) withDefaults() Timers {
	d := DefaultTimers()
	for _, f := range []struct {
		set *time.Duration
		def time.Duration
	}{{&t.T1, d.T1}, {&t.T2, d.T2}, {&t.T4, d.T4}, {&t.TimerD, d.TimerD}} {
		if *f.set <= 0 {
			*f.set = f.def
		}
	}
	return t
}

// backoff doubles the interval of a retransmission, up to T2.
func (t Timers) backoff(interval time.Duration) time.Duration { return min(2*interval, t.T2) }
