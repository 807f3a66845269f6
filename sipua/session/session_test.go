package session

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"

	"sidetone/trace"
)

// outcome is what a step led to: the state, and what was sent, in order.
func (r *rig) outcome(before int, err error) string {
	if err != nil {
		var illegal *IllegalEventError
		if errors.As(err, &illegal) {
			return "illegal"
		}
		return err.Error()
	}
	var all []string
	for _, m := range r.sent[before:] {
		switch m := m.(type) {
		case *sip.Request:
			all = append(all, string(m.Method))
		case *sip.Response:
			all = append(all, fmt.Sprint(m.StatusCode))
		}
	}
	return strings.Join(append(all, r.State().String()), " ")
}

// no is the outcome of what makes no sense.
const no = "illegal"

func TestEveryCommandInEveryState(t *testing.T) {
	commands := []Event{
		Dial{},
		Progress{},
		Ring{},
		Answer{},
		Reject{Status: 486},
		Hold{},
		Resume{},
		Hangup{},
		Redirect{Targets: []sip.Uri{{Scheme: "sip", User: "carol", Host: "10.0.0.3"}}},
		toCarol(),
		Replaced{By: trace.Party{URI: "sip:carol@10.0.0.3"}},
		Report{ID: 1, Status: 200},
	}
	nothing := []string{no, no, no, no, no, no, no, no, no, no, no, no}
	// Before the answer a CANCEL waits for a provisional response, and a hold for the answer.
	everywhere(t, map[string][]string{
		"caller idle":        {"INVITE inviting", no, no, no, no, no, no, no, no, no, no, no},
		"caller inviting":    {no, no, no, no, no, "inviting", "inviting", "inviting", no, no, "inviting", no},
		"caller early":       {no, no, no, no, no, "inviting", "inviting", "CANCEL inviting", no, no, "CANCEL inviting", no},
		"caller giving up":   {no, no, no, no, no, "inviting", "inviting", no, no, no, no, no},
		"caller established": {no, no, no, no, no, "INVITE established", "established", "BYE ending", no, "INVITE established", "BYE ending", no},
		"caller ending":      nothing,
		"caller over":        nothing,
		"callee idle":        nothing,
		"callee invited": {
			no, "183 invited", "180 invited", "200 established", "486 ending", "invited", "invited", "480 ending", "302 ending", no, no, no,
		},
		"callee established": {no, no, no, no, no, "INVITE established", "established", "BYE ending", no, "INVITE established", "BYE ending", no},
		"callee ending":      nothing,
		"callee over":        nothing,
	}, len(commands), func(r *rig, i int) error { return r.do(commands[i]) })
}

func TestEveryRequestInEveryState(t *testing.T) {
	cancel := strings.Replace(fromPeer("CANCEL", 1, "", ""), "z9hG4bKCANCEL", "z9hG4bKINVITE", 1)
	requests := []struct{ method, fields, body string }{
		{"BYE", "", ""},
		{"OPTIONS", "", ""},
		{"INVITE", "", description},
		{"INFO", "", ""},
		{"ACK", "", ""},
		{"UPDATE", "", ""},
		{"UPDATE", "", description},
		{"PRACK", "RAck: 1 1 INVITE\r\n", ""},
		{"REFER", "Refer-To: <sip:carol@10.0.0.3>\r\n", ""},
		{"NOTIFY", "Event: refer\r\nSubscription-State: active\r\n", ""},
		{"MESSAGE", "", ""},
		{"CANCEL", "", ""}, // of the first INVITE
	}
	all := func(status, state string) []string {
		row := slices.Repeat([]string{status + " " + state}, len(requests))
		row[4] = state // an ACK has no answer
		return row
	}
	idle := append(slices.Repeat([]string{no}, len(requests)-1), "481 idle")
	idle[4] = "idle"
	early := []string{
		"200 CANCEL inviting", "200 inviting", "491 inviting", "200 inviting", "inviting", "200 inviting", "491 inviting", "481 inviting",
		"603 inviting", "481 inviting", "405 inviting", "481 inviting",
	}
	established := []string{
		"200 over", "200 established", "200 established", "200 established", "established", "200 established", "200 established", "481 established",
		"202 NOTIFY established", "481 established", "405 established", "481 established",
	}
	except := func(row []string, column int, outcome string) []string {
		row = slices.Clone(row)
		row[column] = outcome
		return row
	}
	everywhere(t, map[string][]string{
		"caller idle":        idle,
		"caller inviting":    all("481", "inviting"),
		"caller early":       early,
		"caller giving up":   except(early, 0, "200 inviting"),
		"caller established": established,
		"caller ending":      except(all("481", "ending"), 0, "200 ending"), // it crossed our BYE
		"caller over":        all("481", "over"),
		"callee idle":        except(idle, 2, "100 invited"),
		"callee invited": {
			"200 487 ending", "200 invited", "500 invited", "200 invited", "invited", "200 invited", "500 invited", "481 invited",
			"603 invited", "481 invited", "405 invited", "200 487 ending",
		},
		"callee established": except(established, 11, "200 established"), // RFC 3261 section 9.2: it has no effect
		"callee ending":      except(all("481", "ending"), 11, "200 ending"),
		"callee over":        except(all("481", "over"), 11, "200 over"),
	}, len(requests), func(r *rig, i int) error {
		if q := requests[i]; q.method != "CANCEL" {
			return r.receive(withFields(q.method, 9, r.ownTag(), q.fields, q.body))
		}
		return r.receive(cancel)
	})
}

func TestEveryResponseToTheInvite(t *testing.T) {
	for _, hangup := range []bool{false, true} {
		for status, want := range map[int][2]string{
			100: {"inviting", "CANCEL inviting"}, 180: {"inviting", "CANCEL inviting"}, 183: {"inviting", "CANCEL inviting"},
			200: {"ACK established", "ACK BYE ending"}, 302: {"ACK INVITE inviting", "ACK over"}, 404: {"ACK over", "ACK over"},
			487: {"ACK over", "ACK over"}, 503: {"ACK over", "ACK over"}, 603: {"ACK over", "ACK over"},
		} {
			r := callerIn(t, Inviting)
			i := 0
			if hangup {
				i = 1
				r.must(r.do(Hangup{}))
			}
			before := len(r.sent)
			body := ""
			if status == 200 {
				body = description
			}
			err := r.receive(response(r.request(sip.INVITE), status, body))
			if got := r.outcome(before, err); got != want[i] {
				t.Errorf("%d, hung up %t: got %s, want %s", status, hangup, got, want[i])
			}
		}
	}
}

func TestSessionIsDoneOnceNoTransactionIsLeft(t *testing.T) {
	for name, r := range map[string]*rig{"caller": callerIn(t, Over), "callee": calleeIn(t, Over)} {
		if r.done {
			t.Fatalf("%s: done too early", name)
		}
		for id := range r.timers {
			r.must(r.do(Fired{Timer: id}))
		}
		if !r.done {
			t.Errorf("%s: not done", name)
		}
	}
}

func TestFailureToLocateThePeerEndsTheCall(t *testing.T) {
	r := newCaller(t)
	if _, err := r.Step(start, Dial{}); err != nil {
		t.Fatal(err)
	}
	effects, err := r.Step(start, Located{Locate: Locate{Hop: "sip:alice@10.0.0.1"}, Err: errors.New("no such host")})
	if err != nil || len(effects) < 3 {
		t.Fatalf("%v, %v", effects, err)
	}
	if r.State() != Over {
		t.Error(r.State())
	}
}

func TestFailureToSendTheInviteEndsTheCall(t *testing.T) {
	r := callerIn(t, Inviting)
	r.must(r.do(SendFailed{Transaction: r.invite.machine.Key(), Err: errors.New("connection refused")}))
	ended, ok := r.signals[0].(Ended)
	if !ok || ended.Reason != "cannot be reached: connection refused" || ended.LastResponse != 0 {
		t.Errorf("%+v", r.signals)
	}
}
