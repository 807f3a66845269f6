package transaction

import (
	"testing"

	"github.com/emiago/sipgo/sip"
)

// BenchmarkInviteServer is one refused call: INVITE, 100, 180, 486, ACK.
func BenchmarkInviteServer(b *testing.B) {
	invite, ack := request(b, sip.INVITE), request(b, sip.ACK)
	responses := []*sip.Response{response(b, 100, sip.INVITE), response(b, 180, sip.INVITE), response(b, 486, sip.INVITE)}
	b.ReportAllocs()
	for b.Loop() {
		m := NewInviteServer(invite, false, Timers{})
		m.Start()
		for _, res := range responses {
			if _, err := m.Step(Respond{res}); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := m.Step(Received{ack}); err != nil || m.State() != Confirmed {
			b.Fatal(m.State(), err)
		}
	}
}

// BenchmarkInviteClient is one answered call: INVITE, 100, 180, 200.
func BenchmarkInviteClient(b *testing.B) {
	invite := request(b, sip.INVITE)
	responses := []*sip.Response{response(b, 100, sip.INVITE), response(b, 180, sip.INVITE), response(b, 200, sip.INVITE)}
	b.ReportAllocs()
	for b.Loop() {
		m := NewInviteClient(invite, false, Timers{})
		m.Start()
		for _, res := range responses {
			if _, err := m.Step(Received{res}); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkServerKey is how a request finds its transaction.
func BenchmarkServerKey(b *testing.B) {
	req := request(b, sip.INVITE)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ServerKey(req); err != nil {
			b.Fatal(err)
		}
	}
}
