package media

import (
	"net/netip"
	"time"
)

// stepInLoop does the session's slot if it is due, and returns when the next one is (zero: never).
func (s *Session) stepInLoop(now time.Time) time.Time {
	s.pacing.Lock()
	if s.due.IsZero() || now.Before(s.due) {
		defer s.pacing.Unlock()
		return s.due
	}
	late := now.Sub(s.due)
	if s.engine.late != nil {
		s.engine.late(late)
	}
	n := int(s.ptime * SampleRate / time.Second)
	if late > maxCatchUp {
		missed := int(late / s.ptime)
		s.out.skip(uint32(missed * n))
		s.due = s.due.Add(time.Duration(missed) * s.ptime)
		s.engine.skipped(missed)
	}
	s.mu.Lock()
	source, sink := s.source, s.sink
	s.mu.Unlock()
	s.out.slot(s.rtp, s.destination(), &s.params, source, n)
	s.playLocked(sink, n, now)
	s.due = s.due.Add(s.ptime)
	s.reportLocked(now)
	due := s.due
	s.pacing.Unlock()
	s.tell(now)
	return due
}

// playLocked hands the next frame to the sink. The caller holds pacing.
func (s *Session) playLocked(sink Sink, n int, now time.Time) {
	if cap(s.heard) < n {
		s.heard = make([]int16, n)
	}
	frame := s.heard[:n]
	s.mu.Lock()
	s.sent, s.errs = int(s.out.sent), s.out.errors
	s.in.digits.expire(now)
	playing := s.in.playout.codec != nil && receives(s.params.Direction) && s.in.playout.pull(frame, now)
	local := s.local
	s.mu.Unlock()
	if !playing && local != nil {
		clear(frame)
		playing = local.Frame(frame)
	}
	if playing && sink != nil {
		sink.Frame(frame)
	}
}

// destination is where packets go; zero: nowhere.
func (s *Session) destination() netip.AddrPort {
	to := s.params.Remote
	if !to.IsValid() || to.Port() == 0 || to.Addr().IsUnspecified() {
		return netip.AddrPort{}
	}
	if s.engine.opts.Symmetric {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.in.source != nil && s.in.source.from.IsValid() {
			return s.in.source.from
		}
	}
	return to
}

// tell reports events, with no lock held.
func (s *Session) tell(now time.Time) {
	s.mu.Lock()
	ev := s.events
	var digits []digit
	if len(s.in.digits.done) > 0 {
		digits, s.in.digits.done = s.in.digits.done, nil
	}
	other, arrived := s.in.elsewhere.from, s.in.elsewhere.due
	at := s.in.elsewhere.at
	s.in.elsewhere.due = false
	silence := s.silenceLocked(now)
	measured := s.measureLocked(now)
	s.mu.Unlock()
	for _, d := range digits {
		if ev.DTMF != nil {
			ev.DTMF(d.at, d.key, d.duration)
		}
	}
	if arrived && ev.Elsewhere != nil {
		ev.Elsewhere(at, other)
	}
	if silence > 0 && ev.Silent != nil {
		ev.Silent(now, silence)
	}
	if measured && ev.Measured != nil {
		ev.Measured(now, s.Stats())
	}
}

// measureLocked says whether the counters are to be told of now: in time, and only when they tell something new. The caller
// holds mu.
func (s *Session) measureLocked(now time.Time) bool {
	if now.Before(s.measure) {
		return false
	}
	first := s.measure.IsZero()
	s.measure = now.Add(s.engine.opts.MeasureEvery)
	counted := 0
	if s.in.source != nil {
		counted = s.in.source.totalUnique()
	}
	if s.reporter.remote != nil {
		counted += s.reporter.remote.Packets
	}
	if first || counted == s.counted {
		return false
	}
	s.counted = counted
	return true
}

// silenceLocked is how long nothing came, when that is to be told now, else zero. The caller holds mu.
func (s *Session) silenceLocked(now time.Time) time.Duration {
	if s.expect.IsZero() {
		return 0
	}
	since := s.expect
	if s.in.last.After(since) {
		since = s.in.last
	}
	silence := now.Sub(since)
	if silence < s.engine.opts.SilentAfter || s.told.Equal(since) {
		return 0
	}
	s.told = since
	return silence
}
