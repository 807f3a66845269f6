package session

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/message"
	"sidetone/sipua/transaction"
)

// fails are the ways in which a target fails (RFC 3263 section 4.3).
var fails = map[string]func(*rig, *sip.Request) error{
	"503": func(r *rig, req *sip.Request) error { return r.receive(response(req, 503, "")) },
	"transport": func(r *rig, req *sip.Request) error {
		return r.do(SendFailed{Transaction: r.transactionOf(req), Err: errors.New("connection refused")})
	},
	"timeout": func(r *rig, req *sip.Request) error {
		letter := transaction.TimerF
		if req.Method == sip.INVITE {
			letter = transaction.TimerB
		}
		return r.do(Fired{Timer: TimerID{Kind: TransactionTimer, Transaction: r.transactionOf(req), Letter: letter}})
	},
}

func (r *rig) transactionOf(req *sip.Request) transaction.Key {
	for key, x := range r.transactions {
		if x.client && x.machine.Request() == req {
			return key
		}
	}
	r.tb.Fatalf("no transaction of %s", req.StartLine())
	return transaction.Key{}
}

func TestInviteGoesToTheNextTargetWhenOneFails(t *testing.T) {
	for name, fail := range fails {
		t.Run(name, func(t *testing.T) {
			r := twoPaths(t)
			first := r.request(sip.INVITE)
			r.must(fail(r, first))
			second := r.request(sip.INVITE)
			if second == first || second.CSeq().SeqNo != 1 || message.Branch(second) == message.Branch(first) {
				t.Fatalf("\n%s", second)
			}
			if second.Via().Host != "10.0.1.2" || second.Contact().Address.Port != 5070 || !strings.Contains(string(second.Body()), "10.0.1.2") {
				t.Errorf("not our address on the other way:\n%s", second)
			}
			if r.flows[len(r.flows)-1] != elsewhere.Flow || r.avoided[path.Flow] != time.Minute {
				t.Errorf("%v, avoided %v", r.flows, r.avoided)
			}
			r.must(fail(r, second))
			ended, ok := r.signals[0].(Ended)
			if want := map[string]int{"503": 503}[name]; !ok || ended.LastResponse != want || r.avoided[elsewhere.Flow] != time.Minute {
				t.Errorf("%+v", r.signals)
			}
		})
	}
}

func TestTargetThatFailsAfterTheCallerHungUpIsTheEnd(t *testing.T) {
	for name, fail := range fails {
		r := twoPaths(t)
		r.must(r.do(Hangup{}))
		r.must(fail(r, r.request(sip.INVITE)))
		if len(r.invites()) != 1 {
			t.Errorf("%s: called on", name)
		}
		if ended, ok := r.signals[0].(Ended); !ok || !ended.Cancelled {
			t.Errorf("%s: %+v", name, r.signals)
		}
	}
}

func TestRetryAfterOfA503SaysHowLongTheTargetIsAvoided(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"120": 2 * time.Minute, " 5 (maintenance);duration=60": 5 * time.Second, "99999": time.Hour, "soon": time.Minute, "0": time.Minute,
	} {
		r := twoPaths(t)
		text := response(r.request(sip.INVITE), 503, "")
		r.must(r.receive(strings.Replace(text, "\r\n", "\r\nRetry-After: "+value+"\r\n", 1)))
		if got := r.avoided[path.Flow]; got != want {
			t.Errorf("%q: %s", value, got)
		}
	}
}

func TestRequestInADialogGoesToTheNextTargetWhenOneFails(t *testing.T) {
	for name, fail := range fails {
		for _, command := range []Event{Hold{}, Hangup{}} {
			r := callerIn(t, Inviting)
			r.paths = []Path{path, elsewhere}
			r.must(r.receive(strings.Replace(response(r.request(sip.INVITE), 200, description), "alice@10.0.0.1:5060>", "alice@pbx.example>", 1)))
			r.must(r.do(command))
			first, _ := r.sent[len(r.sent)-1].(*sip.Request)
			r.must(fail(r, first))
			second, _ := r.sent[len(r.sent)-1].(*sip.Request)
			if second.Method != first.Method || second.CSeq().SeqNo != first.CSeq().SeqNo || message.Branch(first) == message.Branch(second) ||
				second.Via().Host != "10.0.1.2" || len(second.GetHeaders("Via")) != 1 || len(second.GetHeaders("Content-Length")) != 1 {
				t.Errorf("%s %T:\n%s", name, command, second)
			}
			if r.flows[len(r.flows)-1] != elsewhere.Flow {
				t.Errorf("%s %T: %v", name, command, r.flows)
			}
			body := ""
			if second.Method == sip.INVITE {
				body = description
			}
			r.must(r.receive(strings.Replace(response(second, 200, body), "alice@10.0.0.1:5060>", "alice@pbx.example>", 1)))
			if second.Method == sip.INVITE && r.flows[len(r.flows)-1] != elsewhere.Flow {
				t.Errorf("%s: the ACK did not go where its INVITE went", name)
			}
			r.check(map[sip.RequestMethod]State{sip.INVITE: Established, sip.BYE: Over}[second.Method])
		}
	}
}

func TestCancelGoesWhereItsInviteWent(t *testing.T) {
	r := twoPaths(t)
	r.must(r.receive(response(r.request(sip.INVITE), 503, "")))
	invite := r.request(sip.INVITE)
	r.must(r.receive(response(invite, 180, "")))
	r.must(r.do(Hangup{}))
	cancel := r.request(sip.CANCEL)
	if message.Branch(cancel) != message.Branch(invite) || r.flows[len(r.flows)-1] != elsewhere.Flow {
		t.Errorf("%v\n%s", r.flows, cancel)
	}
}
