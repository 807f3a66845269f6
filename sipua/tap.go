package sipua

import (
	"net/netip"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/dialog"
	"sidetone/sipua/message"
	"sidetone/sipua/offer"
	"sidetone/sipua/wire"
	"sidetone/trace"
)

// sighting is what makes two messages the same message.
type sighting struct {
	kind           trace.Kind
	branch, method string
	status         int
	toTag          string
}

// seen counts how often each message of a call was seen. It remembers the last of them only: a retransmission comes
// within 64*T1 of the first.
type seen struct {
	counts map[sighting]int
	order  []sighting
}

const seenCap = 512

func (s *seen) count(key sighting) int {
	if s.counts == nil {
		s.counts = map[sighting]int{}
	}
	n, known := s.counts[key]
	if !known {
		if len(s.order) == seenCap {
			delete(s.counts, s.order[0])
			s.order = s.order[1:]
		}
		s.order = append(s.order, key)
	}
	s.counts[key] = n + 1
	return n
}

// describe makes the trace of a message.
func (s *seen) describe(flow wire.Flow, remote netip.AddrPort, kind trace.Kind, m sip.Message, raw []byte) trace.SIP {
	t := trace.SIP{
		Transport: flow.Transport, Local: flow.Local.String(), Remote: remote.String(), Branch: message.Branch(m),
		SDP: offer.DirectionOf(m.Body()), Size: len(raw), Raw: string(raw),
	}
	if seq := m.CSeq(); seq != nil {
		t.CSeq, t.Method = seq.SeqNo, string(seq.MethodName)
	}
	if from := m.From(); from != nil {
		t.FromTag = dialog.Tag(from.Params)
	}
	if to := m.To(); to != nil {
		t.ToTag = dialog.Tag(to.Params)
	}
	switch m := m.(type) {
	case *sip.Request:
		t.Method = string(m.Method)
	case *sip.Response:
		t.Status, t.Reason = m.StatusCode, m.Reason
	}
	t.Retransmission = s.count(sighting{kind: kind, branch: t.Branch, method: t.Method, status: t.Status, toTag: t.ToTag})
	return t
}
