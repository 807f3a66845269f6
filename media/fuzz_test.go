package media

import (
	"net/netip"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"sidetone/trace"
)

// FuzzPacket throws datagrams at a session that is talking.
func FuzzPacket(f *testing.F) {
	valid, err := (&rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 8, SSRC: 7}, Payload: []byte{1, 2, 3}}).Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(valid)
	f.Add([]byte{0x90, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0xbe, 0xde, 0, 1, 0x10, 1, 0, 0})
	f.Add([]byte{0xa0, 101, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 5, 0x8a, 3, 32, 0, 0, 0, 4})
	from := netip.MustParseAddrPort("192.0.2.2:4000")
	f.Fuzz(func(t *testing.T, data []byte) {
		now := time.Now()
		r := receiver{epoch: now}
		r.playout.reset(newCodec("G722"))
		r.update(Params{Remote: from, PayloadType: 8, DTMF: 101, Direction: trace.SendRecv})
		var p rtp.Packet
		frame := make([]int16, 160)
		for range 5 {
			r.packet(data, from, now, &p)
			r.packet(valid, from, now, &p)
			if len(data) > 4 {
				data[3]++
				data[len(data)/2]++
			}
			now = now.Add(20 * time.Millisecond)
			r.playout.pull(frame, now)
		}
		if st := r.stats(); st.Received < 1 || st.Lost < 0 {
			t.Errorf("%+v", st)
		}
	})
}

// FuzzControl throws RTCP at a session.
func FuzzControl(f *testing.F) {
	block := rtcp.ReceptionReport{SSRC: 9, FractionLost: 3, TotalLost: 0xfffffe, LastSequenceNumber: 77, LastSenderReport: 1, Delay: 2}
	for _, packets := range [][]rtcp.Packet{
		{&rtcp.SenderReport{SSRC: 7, NTPTime: 1 << 40, Reports: []rtcp.ReceptionReport{block}}, &rtcp.Goodbye{Sources: []uint32{7}}},
		{&rtcp.ReceiverReport{SSRC: 7, Reports: []rtcp.ReceptionReport{block}}, &rtcp.SourceDescription{}},
	} {
		b, err := rtcp.Marshal(packets)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		now := time.Now()
		source := newReception(7, 1, netip.AddrPort{}, false)
		s := &Session{ssrc: 9, reporter: newReporter(now), in: receiver{source: &source}}
		s.control(data, now.Add(time.Second))
		if st := s.Stats(); st.RTT < 0 || (st.Remote != nil && (st.Remote.Lost < 0 || st.Remote.Packets < 0)) {
			t.Errorf("%+v %+v", st, st.Remote)
		}
	})
}
