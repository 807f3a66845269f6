package media

import (
	"crypto/rand"
	"encoding/base64"
	mathrand "math/rand/v2"
	"net/netip"
	"time"

	"github.com/pion/rtcp"
)

// Times of RTCP (RFC 3550 section 6.2): five seconds, spread so that devices that started together do not stay together.
const (
	reportEvery = 5 * time.Second
	// The spread makes intervals shorter than their mean on a growing group; section 6.3.1 corrects it by e-3/2.
	compensation = 1.21828
)

func reportInterval() time.Duration {
	return time.Duration(float64(reportEvery) * (0.5 + mathrand.Float64()) / compensation)
}

// reporter keeps what RTCP needs to know between reports. Times of the other side are guarded by Session.mu, the rest by
// Session.pacing.
type reporter struct {
	_     [0]func() // not to be compared, so no code is made for it
	cname string
	next  time.Time
	// sentAt is how many packets were sent at the report before the last: a source that was silent since is a receiver.
	sentAt, sentBefore uint32
	spoken             bool // a report was sent

	wall time.Time // wall clock at the beginning; from there it goes on by the monotonic one

	lastSR   uint32 // middle of the NTP time of their last sender report
	lastSRAt time.Time
	rtt      time.Duration
	remote   *Report
}

func newReporter(now time.Time) reporter {
	// A short-term persistent CNAME of 96 random bits (RFC 7022 section 4.2): it names the session, not the owner.
	var id [12]byte
	_, _ = rand.Read(id[:]) // never fails
	return reporter{cname: base64.RawStdEncoding.EncodeToString(id[:]), wall: now}
}

// ntp is a moment in NTP format. A clock that is set during a call does not disturb round trips.
func (r *reporter) ntp(now time.Time) uint64 {
	const epochs = 2208988800 // seconds from 1900 to 1970
	t := r.wall.Round(0).Add(now.Sub(r.wall))
	return uint64(t.Unix()+epochs)<<32 | uint64(t.Nanosecond())<<32/uint64(time.Second)
}

// compound is the report to send: sender or receiver report and CNAME, and BYE at the end.
func (s *Session) compound(now time.Time, bye bool) ([]byte, error) {
	r := &s.reporter
	var blocks []rtcp.ReceptionReport
	s.mu.Lock()
	if src := s.in.source; src != nil {
		blocks = append(blocks, s.receptionReport(src, now))
	}
	s.mu.Unlock()

	var head []byte
	var err error
	if s.out.sent != r.sentBefore {
		behind := uint32(now.Sub(s.due) / tick)
		head, err = rtcp.SenderReport{
			SSRC: s.out.ssrc, NTPTime: r.ntp(now), RTPTime: s.out.timestamp + behind,
			PacketCount: s.out.sent, OctetCount: s.out.octets, Reports: blocks,
		}.Marshal()
	} else {
		head, err = rtcp.ReceiverReport{SSRC: s.out.ssrc, Reports: blocks}.Marshal()
	}
	if err != nil {
		return nil, err
	}
	r.sentBefore, r.sentAt = r.sentAt, s.out.sent
	name, err := rtcp.SourceDescription{Chunks: []rtcp.SourceDescriptionChunk{{
		Source: s.out.ssrc, Items: []rtcp.SourceDescriptionItem{{Type: rtcp.SDESCNAME, Text: r.cname}},
	}}}.Marshal()
	if err != nil || !bye {
		return append(head, name...), err
	}
	end, err := rtcp.Goodbye{Sources: []uint32{s.out.ssrc}}.Marshal()
	return append(append(head, name...), end...), err
}

func (s *Session) receptionReport(src *reception, now time.Time) rtcp.ReceptionReport {
	fraction, lost := src.report()
	block := rtcp.ReceptionReport{
		SSRC: src.ssrc, FractionLost: fraction, TotalLost: uint32(lost) & 0xffffff,
		LastSequenceNumber: src.highest(), Jitter: src.jitter >> 4,
	}
	if r := &s.reporter; !r.lastSRAt.IsZero() {
		block.LastSenderReport = r.lastSR
		block.Delay = uint32(now.Sub(r.lastSRAt) * 65536 / time.Second)
	}
	return block
}

// reportLocked sends RTCP when it is due. The caller holds pacing.
func (s *Session) reportLocked(now time.Time) {
	to := s.destination()
	if !to.IsValid() || now.Before(s.reporter.next) {
		return
	}
	s.reporter.next = now.Add(reportInterval())
	s.sendReportLocked(now, false)
}

func (s *Session) sendReportLocked(now time.Time, bye bool) {
	to := s.destination()
	data, err := s.compound(now, bye)
	if err != nil || !to.IsValid() || to.Port() == 65535 {
		return
	}
	if s.rtcp.write(data, above(to)) == nil {
		s.reporter.spoken = true
	}
}

// control takes one RTCP datagram. What is not valid by RFC 3550 A.2 is dropped.
func (s *Session) control(data []byte, now time.Time) {
	if !validCompound(data) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(data) > 0 {
		var head rtcp.Header
		if head.Unmarshal(data) != nil {
			return
		}
		size := 4 * (int(head.Length) + 1) // validCompound saw that it fits
		s.controlPacket(head.Type, data[:size], now)
		data = data[size:]
	}
}

// controlPacket takes one packet of a compound. It decodes into concrete types: through the library's Packet interface
// the linker would have to keep every method of the program (docs/adr/0005).
func (s *Session) controlPacket(kind rtcp.PacketType, data []byte, now time.Time) {
	switch kind {
	case rtcp.TypeSenderReport:
		var sr rtcp.SenderReport
		if sr.Unmarshal(data) != nil {
			return
		}
		if src := s.in.source; src != nil && src.ssrc == sr.SSRC {
			s.reporter.lastSR, s.reporter.lastSRAt = uint32(sr.NTPTime>>16), now
		}
		s.heardReports(sr.Reports, now)
	case rtcp.TypeReceiverReport:
		var rr rtcp.ReceiverReport
		if rr.Unmarshal(data) == nil {
			s.heardReports(rr.Reports, now)
		}
	default:
	}
}

// heardReports takes what the other side says of our stream (RFC 3550 section 6.4.1).
func (s *Session) heardReports(blocks []rtcp.ReceptionReport, now time.Time) {
	r := &s.reporter
	for _, b := range blocks {
		if b.SSRC != s.ssrc {
			continue
		}
		lost := int(int32(b.TotalLost<<8) >> 8)
		expected := int(b.LastSequenceNumber - uint32(s.firstSeq) + 1)
		r.remote = &Report{
			At: now, Lost: max(0, lost), Packets: max(0, expected-lost), Jitter: time.Duration(b.Jitter) * tick,
		}
		if b.LastSenderReport != 0 {
			trip := uint32(r.ntp(now)>>16) - b.LastSenderReport - b.Delay
			if trip < 1<<31 { // not negative: their clock may be coarse
				r.rtt = max(time.Microsecond, time.Duration(trip)*time.Second/65536)
			}
		}
	}
}

// validCompound is RFC 3550 A.2: version 2 throughout, a report first, and lengths that add up.
func validCompound(data []byte) bool {
	if len(data) < 8 || data[0]&0xe0 != 0x80 || (data[1] != 200 && data[1] != 201) {
		return false
	}
	for len(data) >= 4 && data[0]>>6 == 2 {
		n := 4 * (int(data[2])<<8 + int(data[3]) + 1)
		if n > len(data) {
			return false
		}
		data = data[n:]
	}
	return len(data) == 0
}

// above is the address of RTCP that belongs to an address of RTP.
func above(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr(), a.Port()+1) }
