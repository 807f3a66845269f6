package session

import (
	"github.com/emiago/sipgo/sip"

	"sidetone/hold"
	"sidetone/sipua/message"
	"sidetone/sipua/transaction"
	"sidetone/sipua/transfer"
	"sidetone/trace"
)

// Transfer asks the peer of an answered call to call somebody else (RFC 3515). The peer is held meanwhile; how it goes is
// told as Transferred, and success ends the call.
type Transfer struct{ To transfer.Target }

func (Transfer) event() {}

// Transferred says how a transfer goes. Kind is one of the transfer.* kinds. Referral is set where the peer asks this side
// to call somebody.
type Transferred struct {
	Kind     trace.Kind
	Transfer trace.Transfer
	Referral *Referral
}

func (Transferred) signal() {}

// referring is a transfer of this side.
type referring struct {
	machine transfer.Referrer
	to      transfer.Target
}

// transfer begins to transfer the peer.
func (s *Session) transfer(e Transfer) error {
	if s.state != Established || s.referring.machine.Active() {
		return s.illegal(e)
	}
	s.referring.to = e.To
	s.flush()
	s.tellTransfer(trace.TransferRequested, transfer.Fragment{})
	return s.referStep(transfer.Start{Held: s.hold.LocalHold()})
}

// referStep steps the machine and performs what it asks for.
func (s *Session) referStep(in transfer.Input) error {
	effects, err := s.referring.machine.Step(in)
	for _, e := range effects {
		switch e := e.(type) {
		case transfer.Hold:
			_ = s.commandHold()
		case transfer.Refer:
			s.sendRefer()
		case transfer.StartTimer:
			s.emit(StartTimer{Timer: TimerID{Kind: AwaitReport}, After: e.After})
		case transfer.StopTimer:
			s.emit(StopTimer{Timer: TimerID{Kind: AwaitReport}})
		case transfer.Progress:
			s.tellTransfer(trace.TransferProgress, e.Fragment)
		case transfer.Done:
			s.tellTransfer(trace.TransferDone, e.Fragment)
			_ = s.hangup(Hangup{Release: Release{Q850: 16, Text: "transferred"}})
		case transfer.Failed:
			s.tellTransfer(trace.TransferFailed, e.Fragment)
			if e.Resume {
				_ = s.commandResume()
			}
		}
	}
	return err
}

func (s *Session) tellTransfer(kind trace.Kind, f transfer.Fragment) {
	s.tell(Transferred{Kind: kind, Transfer: trace.Transfer{
		By: trace.Local, To: trace.Party{URI: s.referring.to.URI.Addr()}, Status: f.Status, Reason: f.Reason,
	}})
}

// heldForTransfer lets the REFER go once the hold that it waits for has come to its end, whatever that is.
func (s *Session) heldForTransfer() {
	if s.state == Established && s.referring.machine.State() == transfer.Holding && s.hold.State() == hold.Stable {
		_ = s.referStep(transfer.HoldSettled{Held: s.hold.LocalHold()})
	}
}

// sendRefer sends the REFER in the dialog of the call (RFC 3515 section 2.4.1), with who refers (RFC 3892 section 2.1).
func (s *Session) sendRefer() {
	l := s.leg
	s.reach(l, func(err error) {
		if err != nil {
			_ = s.referStep(transfer.Responded{Fragment: transfer.Fragment{Reason: err.Error()}})
			return
		}
		req := l.dialog.Request(sip.REFER)
		req.AppendHeader(s.contact(l.path))
		req.AppendHeader(sip.NewHeader("Refer-To", s.referring.to.String()))
		from := *req.From().Address.Clone()
		from.Headers = nil
		req.AppendHeader(sip.NewHeader("Referred-By", "<"+from.String()+">"))
		s.complete(req, l.path, l.peerID)
		s.send(req, l.path.Flow, func(res *sip.Response) { s.referAnswered(l, res) }, func(cause transaction.Cause) {
			s.referOver(transfer.Responded{Fragment: transfer.Fragment{Reason: s.describe(cause)}})
		})
	})
}

// referAnswered takes the response to a REFER of ours. Its 2xx refreshes the target (RFC 3515 section 2.2).
func (s *Session) referAnswered(l *leg, res *sip.Response) {
	if res.StatusCode < 200 {
		return
	}
	if res.StatusCode < 300 {
		l.dialog.Refresh(res)
	}
	s.referOver(transfer.Responded{
		Fragment: transfer.Fragment{Status: res.StatusCode, Reason: res.Reason}, NoSubscription: message.NoReferSub(res),
	})
}

// referOver takes the end of the REFER's transaction, unless a NOTIFY has ended the transfer before.
func (s *Session) referOver(r transfer.Responded) {
	if s.referring.machine.Active() {
		_ = s.referStep(r)
	}
}

// reportMissing is the end of the wait for a NOTIFY.
func (s *Session) reportMissing() error {
	if !s.referring.machine.Active() {
		return s.illegal(Fired{Timer: TimerID{Kind: AwaitReport}})
	}
	return s.referStep(transfer.TimedOut{})
}
