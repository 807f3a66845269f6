package session

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/wire"
)

// sentLast is the last request that a step sent.
func sentLast(t *testing.T, effects []Effect) (Send, *sip.Request) {
	t.Helper()
	for i := len(effects) - 1; i >= 0; i-- {
		if send, ok := effects[i].(Send); ok {
			if req, ok := send.Message.(*sip.Request); ok {
				return send, req
			}
		}
	}
	t.Fatalf("nothing was sent: %v", effects)
	return Send{}, nil
}

// longCall is a caller whose INVITE is too long for a datagram, and that INVITE.
func longCall(t *testing.T) (*Session, Send) {
	t.Helper()
	cfg := config()
	cfg.UserAgent = strings.Repeat("x", wire.MaxDatagram)
	target := sip.Uri{Scheme: "sip", User: "alice", Host: "10.0.0.1"}
	s := NewCaller(cfg, Outgoing{CallID: "c", Target: target, From: target})
	if _, err := s.Step(start, Dial{}); err != nil {
		t.Fatal(err)
	}
	effects, err := s.Step(start, Located{Locate: Locate{Hop: target.String()}, Paths: []Path{path}})
	if err != nil {
		t.Fatal(err)
	}
	send, req := sentLast(t, effects)
	if send.Flow != (wire.Flow{Transport: wire.TCP, Remote: there}) || req.Via().Transport != "TCP" || send.Connect != connectWithin {
		t.Fatalf("sent by %+v, Via %s", send.Flow, req.Via().Value())
	}
	return s, send
}

func TestRequestThatIsTooLongIsNotRepeatedOnceItMayHaveArrived(t *testing.T) {
	refused := &wire.ConnectError{Remote: there, Err: errors.New("connection refused")}
	for name, tt := range map[string]struct {
		err        error
		again      bool
		remembered bool // that the peer has no TCP
	}{
		"no connection":           {refused, true, true},
		"no room for connections": {&wire.ConnectError{Remote: there, Err: wire.ErrConnections}, true, false},
		"a connection broken":     {errors.New("write: broken pipe"), false, false},
	} {
		t.Run(name, func(t *testing.T) {
			s, first := longCall(t)
			effects, err := s.Step(start, SendFailed{Transaction: first.Transaction, Err: tt.err})
			if err != nil {
				t.Fatal(err)
			}
			if !tt.again {
				if s.State() == Inviting {
					t.Error("the call goes on")
				}
				return
			}
			if remembered := slices.Contains(effects, Effect(Avoid{Flow: first.Flow, For: withoutTCPFor})); remembered != tt.remembered {
				t.Errorf("remembered: %t", remembered)
			}
			send, req := sentLast(t, effects)
			if send.Connect != 0 || send.Flow != path.Flow || req.Via().Transport != "UDP" || send.Transaction == first.Transaction {
				t.Errorf("sent by %+v in %s, Via %s", send.Flow, send.Transaction, req.Via().Value())
			}
			effects, err = s.Step(start, SendFailed{Transaction: send.Transaction, Err: refused})
			if s.State() == Inviting {
				t.Errorf("the call goes on: %v, %v", effects, err)
			}
		})
	}
}
