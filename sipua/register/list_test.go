package register

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestBindingsOfTheAccountAreAskedForAndChangeNothing(t *testing.T) {
	r := in(t, registering, func(c *Config) { c.Instance = "urn:uuid:1" })
	r.must(r.reply(200))
	r.must(List{})
	req := r.last()
	if req.Contact() != nil || req.GetHeader("Expires") != nil || req.CSeq().SeqNo != 2 || req.CallID().Value() != "c" {
		t.Fatalf("asked with\n%s", req)
	}
	r.must(List{}) // who asks meanwhile gets the same answer
	if len(r.requests) != 2 {
		t.Errorf("asked %d times", len(r.requests)-1)
	}
	r.must(r.reply(401, `WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"`))
	if got := r.last(); got.GetHeader("Authorization") == nil || got.Contact() != nil || got.CSeq().SeqNo != 3 {
		t.Fatalf("asked again with\n%s", got)
	}
	r.must(r.reply(200, "Expires: 50", "Contact: <sip:bob@10.0.0.1:5060>;expires=120, <sip:bob@10.0.0.7>;q=0.5",
		`Contact: <sip:bob@192.0.2.1:9>;expires=7;+sip.instance="<urn:uuid:1>"`, "Contact: *"))
	want := []Listed{{Bindings: []Binding{
		{URI: "sip:bob@10.0.0.1:5060", Left: 2 * time.Minute, Own: true},
		{URI: "sip:bob@10.0.0.7", Left: 50 * time.Second},
		{URI: "sip:bob@192.0.2.1:9", Left: 7 * time.Second, Own: true},
	}}}
	if diff := cmp.Diff(want, r.listed); diff != "" {
		t.Error(diff)
	}
	r.state(registered)
	if _, refreshes := r.timers[Timer{Kind: Again}]; !refreshes || len(r.told) != 2 {
		t.Errorf("timers %v, told %v", r.timers, r.told)
	}
}

func TestQuestionForBindingsWaitsForTheRegisterUnderWay(t *testing.T) {
	r := in(t, registering)
	r.must(List{})
	if len(r.requests) != 1 {
		t.Fatal("two requests at a time")
	}
	r.must(r.reply(200))
	if len(r.requests) != 2 || r.last().Contact() != nil {
		t.Fatalf("asked with\n%s", r.last())
	}
	r.must(again) // the refresh goes first, and the question is put again
	r.must(r.found(first))
	if r.last().Contact() == nil || len(r.listed) != 0 {
		t.Fatalf("refreshed with\n%s, listed %v", r.last(), r.listed)
	}
	r.must(r.reply(200))
	r.must(r.reply(200))
	if len(r.listed) != 1 || r.listed[0].Err != nil || len(r.requests) != 4 {
		t.Errorf("listed %v, %d requests", r.listed, len(r.requests))
	}
}

var errRefused = errors.New("refused")

func TestQuestionForBindingsIsAlwaysAnswered(t *testing.T) {
	ask := func(s state) func(*testing.T) *rig {
		return func(t *testing.T) *rig {
			r := in(t, s)
			r.must(List{})
			return r
		}
	}
	for name, c := range map[string]struct {
		rig  func(*testing.T) *rig
		then func(*rig) Event
		want string
		in   state
	}{
		"refused":                {ask(registered), func(r *rig) Event { return r.reply(403) }, "bindings of the account: the registrar says 403 X", registered},
		"silent":                 {ask(registered), func(*rig) Event { return timerF }, "bindings of the account: no response", registered},
		"not reached":            {ask(registered), func(r *rig) Event { return SendFailed{Branch: r.branch(), Err: errRefused} }, "bindings of the account: refused", registered},
		"while it waits":         {ask(waiting), func(r *rig) Event { return r.reply(404) }, "bindings of the account: the registrar says 404 X", waiting},
		"the account is refused": {ask(registering), func(r *rig) Event { return r.reply(403) }, "bindings of the account: the registrar says 403 X", waiting},
		"no server":              {ask(locating), func(r *rig) Event { return r.found() }, "bindings of the account: no address", waiting},
		"at the end":             {ask(registered), func(*rig) Event { return Fired{Timer{Kind: Bound}} }, "bindings of the account: the agent stops", over},
		"after the end began":    {func(t *testing.T) *rig { return in(t, unregistering) }, func(*rig) Event { return List{} }, "bindings of the account: the agent stops", unregistering},
		"after a crash":          {ask(registered), func(*rig) Event { return Crashed{} }, "bindings of the account: internal error", waiting},
	} {
		r := c.rig(t)
		if name == "at the end" {
			r.must(Stop{})
		}
		r.must(c.then(r))
		if len(r.listed) != 1 || r.listed[0].Err == nil || r.listed[0].Err.Error() != c.want {
			t.Errorf("%s: %v", name, r.listed)
		}
		r.state(c.in)
	}
}

func TestBindingsThatCannotBeAskedForAsNoWayIsKnown(t *testing.T) {
	r := in(t, locating)
	r.must(r.found())
	r.must(List{})
	if len(r.listed) != 1 || !errors.Is(r.listed[0].Err, errNoWay) {
		t.Errorf("%v", r.listed)
	}
}

func TestConnectionThatSwallowsAQuestionIsReplaced(t *testing.T) {
	r := registeredOver(t)
	r.must(List{})
	r.must(timerF)
	r.state(locating)
	if len(r.dropped) != 1 || r.dropped[0] != opened {
		t.Errorf("dropped %v", r.dropped)
	}
}
