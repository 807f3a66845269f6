package telemetry

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	mqttpackets "github.com/eclipse/paho.mqtt.golang/packets"
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
	firstAfter   = 10 * time.Minute // and up to twice that, until another broker is left for the first one
)

// window is how many publishes may wait for their acknowledgement.
const window = 16

// UplinkOptions configure an Uplink.
type UplinkOptions struct {
	Brokers            []string // mqtt://, mqtts://, ws:// or wss://host:port; the first is used whenever it can be reached
	Tenant, Device     string   // as in the topics; the device is the client id, too
	Username, Password string
	// TLS is asked at every connection over mqtts and wss, so that files can be renewed: while it fails, what it gave last
	// is used. nil trusts the system's authorities.
	TLS         func() (*tls.Config, error)
	Journal     *journal.Journal
	Birth       func() State                                // asked at every connection; Status, Conn and, when empty, IP are the uplink's
	Health      func() Health                               // what the agent alone knows of its health; nil for nothing
	HealthEvery time.Duration                               // 0 for a minute
	Live        func() (from uint64, calls map[string]bool) // Recorder.Live; nil for no call
	Earlier     func() []EndOfRun                           // Recorder.Earlier; nil for none
	Lost        func(journal.Gap)                           // damage in the journal that was found in reading it; nil to ignore
	Gone        func(trace.Gap)                             // events that a broker has lost, and the journal too; nil to ignore
	StartWithin time.Duration                               // the first connection is tried at a random moment within this time
	CatchUp     int64                                       // bytes a second that a backlog may take on the network; 0 for no limit
	Room        int64                                       // bytes of the journal; with more than half of them waiting, CatchUp does not hold; 0 for always
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
	brokers []broker
	topics  topics
	log     *zap.Logger
	begin   time.Time
	backoff func(attempt int) time.Duration
	lines   *lines
	outbox  *outbox

	conn uint64        // connections tried so far; owned by Run
	cpu  time.Duration // processor time at the last health report; owned by Run

	boot   trace.Boot // of this run, as the last birth has told it; owned by Run
	over   int        // how many of the runs in that birth were over; owned by Run
	told   time.Time  // when all runs were told of last; owned by Run
	newest Given      // event that was acknowledged, when the journal was last asked; owned by Run

	arrived spans       // journal numbers beyond the watermark that the broker has; owned by Run
	packer  packer      // owned by Run
	tls     *tls.Config // as it was last good; owned by Run

	stay atomic.Int64 // nanoseconds that the server wants us to be away; 0 for none

	mu    sync.Mutex // guards all below
	stats UplinkStats
}

// UplinkStats says how the uplink is doing.
type UplinkStats struct {
	_         [0]func() // not to be compared, so no code is made for it
	Connected bool
	Broker    string        // the one that is connected, or was tried last
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
	if len(o.Brokers) == 0 {
		return nil, errors.New("uplink: no broker")
	}
	var brokers []broker
	for _, address := range o.Brokers {
		b, err := parseBroker(address, o.Dial)
		if err != nil {
			return nil, err
		}
		brokers = append(brokers, b)
	}
	if o.TLS == nil {
		o.TLS = func() (*tls.Config, error) { return &tls.Config{MinVersion: tls.VersionTLS12}, nil }
	}
	config, err := o.TLS()
	if err != nil {
		return nil, err
	}
	t, err := newTopics(o.Tenant, o.Device)
	if err != nil {
		return nil, err
	}
	if o.Earlier == nil {
		o.Earlier = func() []EndOfRun { return nil }
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
	if o.Live == nil {
		o.Live = func() (uint64, map[string]bool) { return 0, nil }
	}
	if o.Lost == nil {
		o.Lost = func(journal.Gap) {}
	}
	if o.Gone == nil {
		o.Gone = func(trace.Gap) {}
	}
	if o.Logger == nil {
		o.Logger = zap.NewNop()
	}
	now := time.Now()
	return &Uplink{
		o: o, brokers: brokers, topics: t, log: o.Logger, begin: now, backoff: fullJitter, lines: newLines(), outbox: newOutbox(), tls: config,
		stats: UplinkStats{Since: now, Broker: o.Brokers[0]},
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
	if u.o.StartWithin > 0 {
		pause(ctx, rand.N(u.o.StartWithin))
	}
	r := retry{u: u}
	for ctx.Err() == nil {
		r.once(ctx)
	}
	return nil
}

// pause waits, but for no longer than ctx.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// retry is the state of Run between connections.
type retry struct {
	u       *Uplink
	next    int    // broker to try
	attempt int    // since the last connection that lasted
	told    string // the trouble that was logged last
}

// once connects, serves, and waits until it is time to connect again. Every broker is tried before there is a wait, and
// the first one again after a connection that lasted.
func (r *retry) once(ctx context.Context) {
	began := time.Now()
	u := r.u
	served, err := u.connectAndServe(ctx, r.next)
	if ctx.Err() != nil {
		return
	}
	r.next = (r.next + 1) % len(u.brokers)
	if errors.Is(err, errFirst) || time.Since(began) >= lastingAfter {
		r.attempt, r.told, r.next = 0, "", 0
	}
	if errors.Is(err, errFirst) || !served && r.next != 0 {
		return
	}
	wait := u.backoff(r.attempt)
	if errors.Is(err, mqttpackets.ErrorRefusedServerUnavailable) {
		wait = max(wait, spread(busyStay))
	}
	wait = max(wait, spread(time.Duration(u.stay.Swap(0))))
	r.attempt++
	if text := err.Error(); text != r.told {
		r.told = text
		u.log.Warn("broker cannot be reached, events wait in the journal", zap.String(logkey.Broker, u.Stats().Broker),
			zap.Duration("retry", wait), zap.Error(err))
	}
	pause(ctx, wait)
}

// connectAndServe is the life of one connection, and tells whether there was one.
func (u *Uplink) connectAndServe(ctx context.Context, which int) (served bool, err error) {
	u.conn++
	state := u.presence()
	state.Conn = u.conn
	b := u.brokers[which]
	b.tls = u.security()
	s, err := openSession(ctx, b, u.topics, u.o.Username, u.o.Password, u.o.Device, state)
	if err != nil {
		u.note(func(st *UplinkStats) { st.Conn, st.Broker, st.Err = u.conn, u.o.Brokers[which], err })
		return false, err
	}
	u.note(func(st *UplinkStats) {
		st.Connected, st.Broker, st.Since, st.Conn, st.Err = true, u.o.Brokers[which], time.Now(), u.conn, nil
	})
	u.log.Info("connected to the broker", zap.String(logkey.Broker, u.o.Brokers[which]), zap.Uint64("conn", u.conn))
	u.heed(s)
	p := newPump(u, s)
	if which > 0 {
		probing, stop := context.WithCancel(ctx)
		first, probes := make(chan struct{}), sync.WaitGroup{}
		probes.Go(func() { u.awaitFirst(probing, b.tls, first) })
		defer probes.Wait()
		defer stop()
		p.first = first
	}
	err = p.run(ctx)
	if err == nil || errors.Is(err, errFirst) {
		s.goodbye()
	} else {
		s.abandon()
	}
	u.note(func(st *UplinkStats) { st.Connected, st.Since, st.Err = false, time.Now(), err })
	return true, err
}

// security is what the next connection trusts and shows.
func (u *Uplink) security() *tls.Config {
	config, err := u.o.TLS()
	if err != nil {
		u.log.Warn("the changed certificates cannot be used, the old ones stay", zap.Error(err))
		return u.tls
	}
	u.tls = config
	return config
}

// awaitFirst closes reached once the first broker takes connections again. It asks rarely: what is connected works.
func (u *Uplink) awaitFirst(ctx context.Context, config *tls.Config, reached chan<- struct{}) {
	b := u.brokers[0]
	b.tls = config
	for {
		pause(ctx, spread(firstAfter))
		if ctx.Err() != nil {
			return
		}
		dialing, cancel := context.WithTimeout(ctx, connectTimeout)
		conn, err := b.connect(dialing)
		cancel()
		if err == nil {
			_ = conn.Close() // only asked
			close(reached)
			return
		}
	}
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

// presence completes what the agent says of itself with where its events wait, and up to where they were acknowledged.
func (u *Uplink) presence() State {
	state := u.o.Birth()
	state.journalState(u.o.Journal.Stats())
	if state.Birth != nil {
		state.Given = u.given(state.Boot)
		u.boot, u.over, u.told = state.Boot, 0, time.Now()
		for u.over < len(state.Given) && state.Given[u.over].Over {
			u.over++
		}
	}
	return state
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
	h.Given = u.givenSince()
	h.Flash, h.Depth, h.Dropped, h.Unwritten, h.Failing = j.Bytes, j.Depth, j.Dropped, j.WriteFailures, j.Trouble != nil
	st := u.Stats()
	h.Conn, h.RTTUS, h.JitterUS = st.Conn, trace.MicrosOf(st.RTT), trace.MicrosOf(st.Jitter)
	return h
}
