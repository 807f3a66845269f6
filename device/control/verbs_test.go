package control

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// stub writes down what it is told to do.
type stub struct {
	did  []string
	fail error
}

func (s *stub) do(format string, args ...any) error {
	s.did = append(s.did, fmt.Sprintf(format, args...))
	return s.fail
}

func (s *stub) Dial(_ context.Context, target string) (string, error) {
	return "01CALL", s.do("dial %s", target)
}
func (s *stub) Answer(_ context.Context, call string) error { return s.do("answer %q", call) }
func (s *stub) Reject(_ context.Context, call string, status int) error {
	return s.do("reject %q %d", call, status)
}
func (s *stub) Hold(_ context.Context, call string) error   { return s.do("hold %q", call) }
func (s *stub) Resume(_ context.Context, call string) error { return s.do("resume %q", call) }
func (s *stub) Swap(context.Context) error                  { return s.do("swap") }
func (s *stub) Deflect(_ context.Context, call, target string) error {
	return s.do("deflect %q %s", call, target)
}

func (s *stub) Transfer(_ context.Context, call, target string) error {
	return s.do("transfer %q %s", call, target)
}

func (s *stub) Hangup(_ context.Context, call string) error { return s.do("hangup %q", call) }
func (s *stub) SetHook(off bool) error                      { return s.do("hook %v", off) }
func (s *stub) Press(keys string) error                     { return s.do("press %s", keys) }
func (s *stub) Plug(in bool) error                          { return s.do("plug %v", in) }

func (s *stub) status(context.Context) (any, error) {
	return map[string]int{"calls": 0}, s.do("status")
}

func (s *stub) bindings(_ context.Context, line int) (any, error) {
	return []string{"sip:a"}, s.do("bindings %d", line)
}

func (s *stub) verbs() Verbs {
	return Verbs{Calls: s, Handset: s, Status: s.status, Bindings: s.bindings}
}

func TestVerbsActOnWhatTheyName(t *testing.T) {
	for _, tc := range []struct {
		request Request
		did     string
		reply   Reply
	}{
		{Request{Verb: OffHook}, "hook true", Reply{OK: true}},
		{Request{Verb: OnHook}, "hook false", Reply{OK: true}},
		{Request{Verb: Key, Args: []string{"1#"}}, "press 1#", Reply{OK: true}},
		{Request{Verb: Plug}, "plug true", Reply{OK: true}},
		{Request{Verb: Unplug}, "plug false", Reply{OK: true}},
		{Request{Verb: Dial, Args: []string{"102"}}, "dial 102", Reply{OK: true, Text: "01CALL", Data: []byte(`{"call":"01CALL"}`)}},
		{Request{Verb: Answer, Call: "01"}, `answer "01"`, Reply{OK: true}},
		{Request{Verb: Answer}, `answer ""`, Reply{OK: true}},
		{Request{Verb: Reject}, `reject "" 0`, Reply{OK: true}},
		{Request{Verb: Reject, Args: []string{"486"}, Call: "2"}, `reject "2" 486`, Reply{OK: true}},
		{Request{Verb: Hold, Call: "1"}, `hold "1"`, Reply{OK: true}},
		{Request{Verb: Resume, Call: "1"}, `resume "1"`, Reply{OK: true}},
		{Request{Verb: Swap}, "swap", Reply{OK: true}},
		{Request{Verb: Deflect, Call: "1", Args: []string{"103"}}, `deflect "1" 103`, Reply{OK: true}},
		{Request{Verb: Transfer, Call: "1", Args: []string{"103"}}, `transfer "1" 103`, Reply{OK: true}},
		{Request{Verb: Hangup, Call: "1"}, `hangup "1"`, Reply{OK: true}},
		{Request{Verb: Bindings}, "bindings 1", Reply{OK: true, Data: []byte(`["sip:a"]`)}},
		{Request{Verb: Bindings, Args: []string{"2"}}, "bindings 2", Reply{OK: true, Data: []byte(`["sip:a"]`)}},
		{Request{Verb: Status}, "status", Reply{OK: true, Data: []byte(`{"calls":0}`)}},
	} {
		s := &stub{}
		got := s.verbs().Handle(t.Context(), tc.request)
		if diff := cmp.Diff(tc.reply, got); diff != "" {
			t.Errorf("%v: reply (-want +got):\n%s", tc.request, diff)
		}
		if diff := cmp.Diff([]string{tc.did}, s.did); diff != "" {
			t.Errorf("%v: did (-want +got):\n%s", tc.request, diff)
		}
	}
}

func TestEveryVerbPassesOnWhyItFailed(t *testing.T) {
	for v, count := range arguments {
		s := &stub{fail: errors.New("no such call")}
		r := Request{Verb: v}
		if count.least > 0 {
			r.Args = []string{"1"}
		}
		got := s.verbs().Handle(t.Context(), r)
		if got.OK || got.Error == "" || got.Error != "no such call" {
			t.Errorf("%s: got %+v", v, got)
		}
	}
}

func TestBadRequestsDoNothingAndSayWhy(t *testing.T) {
	for _, tc := range []struct {
		request Request
		want    string
	}{
		{Request{}, `unknown verb ""`},
		{Request{Verb: "explode"}, `unknown verb "explode"`},
		{Request{Verb: Dial}, "dial: an argument is missing"},
		{Request{Verb: Hold, Args: []string{"x"}}, "hold: 1 arguments are too many"},
		{Request{Verb: Reject, Args: []string{"200"}}, `"200" cannot decline a call`},
		{Request{Verb: Bindings, Args: []string{"0"}}, `"0" is not the number of a line`},
		{Request{Verb: Bindings, Args: []string{"one"}}, `"one" is not the number of a line`},
		{Request{Verb: Reject, Args: []string{"busy"}}, `"busy" cannot decline a call`},
	} {
		s := &stub{}
		got := s.verbs().Handle(t.Context(), tc.request)
		if got.OK || !strings.Contains(got.Error, tc.want) || len(s.did) > 0 {
			t.Errorf("%v: got %+v, did %v", tc.request, got, s.did)
		}
	}
}

func TestRealHandsetCannotBeMovedFromOutside(t *testing.T) {
	s := &stub{}
	v := Verbs{Calls: s, Status: s.status}
	for _, r := range []Request{{Verb: OffHook}, {Verb: OnHook}, {Verb: Plug}, {Verb: Unplug}, {Verb: Key, Args: []string{"1"}}} {
		if got := v.Handle(t.Context(), r); got.OK || !strings.Contains(got.Error, "real handset") {
			t.Errorf("%v: got %+v", r, got)
		}
	}
}
