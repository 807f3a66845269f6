package telemetry

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"runtime"
	"sync"
	"time"

	"go.uber.org/zap"

	"sidetone/internal/logkey"
	"sidetone/journal"
	"sidetone/trace"
)

// Times of the uplink.
const (
	backoffFirst = time.Second // the most to wait before the second attempt; doubles from there
	backoffMost  = time.Minute
	lastingAfter = 30 * time.Second // a connection that was this long starts the back-off anew
	healthEvery  = time.Minute
	stuckAfter   = 30 * time.Second // without an acknowledgement of the oldest publish: connect anew
	drainFor     = 5 * time.Second  // for the rest of the journal at shutdown
)

// window is how many publishes may wait for their acknowledgement.
const window = 16

// UplinkOptions configure an Uplink.
type UplinkOptions struct {
	Broker             string // mqtt://, mqtts://, ws:// or wss://host:port
	Tenant, Device     string // as in the topics; the device is the client id, too
	Username, Password string
	TLS                *tls.Config // for mqtts and wss; nil trusts the system's authorities
	Journal            *journal.Journal
	Birth              func() State      // asked at every connection; Status, Conn and, when empty, IP are the uplink's
	Health             func() Health     // what the agent alone knows of its health; nil for nothing
	HealthEvery        time.Duration     // 0 for a minute
	Lost               func(journal.Gap) // damage in the journal that was found in reading it; nil to ignore
	// Command and Desired take what is published to dn/cmd and dn/cfg. They are called for one message after the other, must not
	// block, and may keep the payload; where one is nil nothing is subscribed to.
	Command, Desired func(payload []byte, retained bool)
	Logger           *zap.Logger // nil for none
	Dial             DialFunc    // nil for the network
}

// Uplink publishes what the journal holds, in order, and advances the journal's watermark by the broker's
// acknowledgements. It keeps no queue of its own and never touches a call: while the broker is away it only tries to
// reach it, ever less often.
type Uplink struct {
	o       UplinkOptions
	broker  broker
	topics  topics
	log     *zap.Logger
	begin   time.Time
	backoff func(attempt int) time.Duration
	lines   *lines
	outbox  *outbox

	conn uint64        // connections tried so far; owned by Run
	cpu  time.Duration // processor time at the last health report; owned by Run

	mu    sync.Mutex // guards all below
	stats UplinkStats
}

// UplinkStats says how the uplink is doing.
type UplinkStats struct {
	Connected bool
	Since     time.Time     // of the last change of Connected
	Conn      uint64        // connections tried in this run
	Batches   uint64        // acknowledged in this run
	RTT       time.Duration // smoothed, from a publish to its acknowledgement
	Jitter    time.Duration // mean deviation of it
	Err       error         // why it is not connected; nil when it is, or has not tried
}

// NewUplink checks the options; it does not connect.
func NewUplink(o UplinkOptions) (*Uplink, error) {
	if o.Journal == nil {
		return nil, errors.New("uplink: no journal")
	}
	b, err := parseBroker(o.Broker, o.TLS, o.Dial)
	if err != nil {
		return nil, err
	}
	t, err := newTopics(o.Tenant, o.Device)
	if err != nil {
		return nil, err
	}
	if o.Birth == nil {
		o.Birth = func() State { return State{} }
	}
	if o.Health == nil {
		o.Health = func() Health { return Health{} }
	}
	if o.HealthEvery <= 0 {
		o.HealthEvery = healthEvery
	}
	if o.Lost == nil {
		o.Lost = func(journal.Gap) {}
	}
	if o.Logger == nil {
		o.Logger = zap.NewNop()
	}
	now := time.Now()
	return &Uplink{
		o: o, broker: b, topics: t, log: o.Logger, begin: now, backoff: fullJitter, lines: newLines(), outbox: newOutbox(), stats: UplinkStats{Since: now},
	}, nil
}

// fullJitter spreads a fleet that lost its broker at one moment evenly over the wait.
func fullJitter(attempt int) time.Duration {
	most := backoffMost
	if attempt < 6 {
		most = min(most, backoffFirst<<attempt)
	}
	return rand.N(most)
}

// Run connects and publishes until ctx is done, then has up to five seconds to send what is left and says good-bye. It
// always returns nil: there is nothing that a caller could do about a broker.
func (u *Uplink) Run(ctx context.Context) error {
	r := retry{u: u}
	for ctx.Err() == nil {
		r.once(ctx)
	}
	return nil
}

// retry is the state of Run between connections.
type retry struct {
	u       *Uplink
	attempt int    // since the last connection that lasted
	told    string // the trouble that was logged last
}

// once connects, serves, and waits until it is time to connect again.
func (r *retry) once(ctx context.Context) {
	began := time.Now()
	err := r.u.connectAndServe(ctx)
	if err == nil || ctx.Err() != nil {
		return
	}
	if time.Since(began) >= lastingAfter {
		r.attempt, r.told = 0, ""
	}
	wait := r.u.backoff(r.attempt)
	r.attempt++
	if text := err.Error(); text != r.told {
		r.told = text
		r.u.log.Warn("broker cannot be reached, events wait in the journal", zap.String(logkey.Broker, r.u.o.Broker),
			zap.Duration("retry", wait), zap.Error(err))
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// connectAndServe is the life of one connection.
func (u *Uplink) connectAndServe(ctx context.Context) error {
	u.conn++
	state := u.o.Birth()
	state.Conn = u.conn
	s, err := openSession(ctx, u.broker, u.topics, u.o.Username, u.o.Password, u.o.Device, state)
	if err != nil {
		u.note(func(st *UplinkStats) { st.Conn, st.Err = u.conn, err })
		return err
	}
	u.note(func(st *UplinkStats) { st.Connected, st.Since, st.Conn, st.Err = true, time.Now(), u.conn, nil })
	u.log.Info("connected to the broker", zap.String(logkey.Broker, u.o.Broker), zap.Uint64("conn", u.conn))
	err = newPump(u, s).run(ctx)
	if err == nil {
		s.goodbye()
	} else {
		s.abandon()
	}
	u.note(func(st *UplinkStats) { st.Connected, st.Since, st.Err = false, time.Now(), err })
	return err
}

func (u *Uplink) note(change func(*UplinkStats)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	change(&u.stats)
}

// Stats says how the uplink is doing.
func (u *Uplink) Stats() UplinkStats {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.stats
}

// measure takes one round trip into account (the estimator of RFC 6298 section 2).
func (u *Uplink) measure(rtt time.Duration) {
	u.note(func(st *UplinkStats) {
		st.Batches++
		if st.RTT == 0 {
			st.RTT, st.Jitter = rtt, rtt/2
			return
		}
		st.Jitter += ((st.RTT - rtt).Abs() - st.Jitter) / 4
		st.RTT += (rtt - st.RTT) / 8
	})
}

// health completes what the agent says of itself.
func (u *Uplink) health() Health {
	h := u.o.Health()
	h.Lines = u.lines.up()
	cpu := processorTime()
	h.CPUUS, u.cpu = trace.MicrosOf(cpu-u.cpu), cpu
	h.Goroutines = runtime.NumGoroutine()
	h.UptimeUS = trace.MicrosOf(time.Since(u.begin))
	h.RSS = residentBytes()
	j := u.o.Journal.Stats()
	h.Flash, h.Depth, h.Dropped, h.Unwritten, h.Failing = j.Bytes, j.Depth, j.Dropped, j.WriteFailures, j.Failing
	st := u.Stats()
	h.Conn, h.RTTUS, h.JitterUS = st.Conn, trace.MicrosOf(st.RTT), trace.MicrosOf(st.Jitter)
	return h
}
