package media

import (
	"fmt"
	"net"
	"net/netip"
	"time"

	"go.uber.org/zap"
)

// Defaults of Options.
const (
	DefaultPtime       = 20 * time.Millisecond // RFC 3551 section 4.2
	DefaultSilentAfter = 10 * time.Second

	DefaultMeasureEvery = 5 * time.Second // about as often as RTCP tells of the other side (RFC 3550 section 6.2)
)

// Options configure an Engine.
type Options struct {
	// FirstPort and LastPort bound the ports for RTP (even) and RTCP (the odd one above), both included. Both zero: the
	// system chooses.
	FirstPort, LastPort int
	// Address to bind; zero means all.
	Address netip.Addr
	// Ptime is used where Params do not say another. Zero means DefaultPtime.
	Ptime time.Duration
	// SilentAfter is how long no RTP may arrive before Events.Silent is told. Zero means DefaultSilentAfter.
	SilentAfter time.Duration
	// MeasureEvery is how often Events.Measured is told. Zero means DefaultMeasureEvery.
	MeasureEvery time.Duration
	// Symmetric sends RTP to where it comes from, once that is known (RFC 4961), instead of the negotiated address.
	Symmetric bool
	Logger    *zap.Logger

	// Listen opens sockets in place of UDP sockets of the system, for tests.
	Listen func(local netip.AddrPort) (net.PacketConn, error)
	// Alarm wakes the pacer. Nil means the most exact one of the platform. NewTimerAlarm runs on the runtime's timers, so
	// also under testing/synctest.
	Alarm Alarm
}

func (o Options) withDefaults() (Options, error) {
	if o.Ptime == 0 {
		o.Ptime = DefaultPtime
	}
	if !validPtime(o.Ptime) {
		return o, fmt.Errorf("packet time %v: allowed are 10ms to 60ms in steps of 10ms", o.Ptime)
	}
	if o.SilentAfter == 0 {
		o.SilentAfter = DefaultSilentAfter
	}
	if o.MeasureEvery == 0 {
		o.MeasureEvery = DefaultMeasureEvery
	}
	if o.Logger == nil {
		o.Logger = zap.NewNop()
	}
	if o.FirstPort == 0 && o.LastPort == 0 {
		return o, nil
	}
	if o.FirstPort < 1 || o.LastPort > 65535 || (o.FirstPort+1)&^1 >= o.LastPort {
		return o, fmt.Errorf("RTP ports %d-%d: an even port and the next one must fit between 1 and 65535", o.FirstPort, o.LastPort)
	}
	return o, nil
}

func validPtime(d time.Duration) bool {
	return d >= 10*time.Millisecond && d <= 60*time.Millisecond && d%(10*time.Millisecond) == 0
}
