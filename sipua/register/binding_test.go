package register

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"sidetone/sipua/wire"
)

func TestBindingIsRefreshedInTimeForAServerThatIsSilentAndAnother(t *testing.T) {
	for granted, want := range map[time.Duration]time.Duration{
		time.Hour:         48 * time.Minute,
		10 * time.Minute:  8 * time.Minute,
		100 * time.Second: 56 * time.Second,
		60 * time.Second:  20444444444,
		45 * time.Second:  36 * time.Second, // too brief for both
	} {
		r := in(t, registering)
		r.must(r.reply(200, fmt.Sprintf("Expires: %d", int(granted.Seconds()))))
		if got := r.timers[Timer{Kind: Again}]; got != want {
			t.Errorf("granted %s: again after %s, want %s", granted, got, want)
		}
		if got := r.timers[Timer{Kind: Lapse}]; got != granted {
			t.Errorf("granted %s: lapses after %s", granted, got)
		}
	}
}

func TestBindingThatLapsesWhileItIsRefreshedIsTold(t *testing.T) {
	r := in(t, registered)
	r.must(again)
	r.must(r.found(first))
	r.must(Fired{Timer{Kind: Lapse}})
	r.state(registering)
	if got := r.status(); got.State != Failed || got.Bound || got.Reason == "" {
		t.Errorf("told %+v", got)
	}
	r.must(r.reply(503))
	if got := r.status(); got.Bound {
		t.Errorf("told %+v", got)
	}
	r.must(Stop{})
	r.state(over) // there is nothing to remove
}

func TestContactOfAnotherAddressTakesThePlaceOfTheOneBefore(t *testing.T) {
	moved := first
	moved.Local = here2
	for name, c := range map[string]struct {
		fields []string
		want   int
	}{
		"without outbound":       {nil, 2},
		"outbound does it alone": {[]string{"Require: outbound"}, 1},
	} {
		r := in(t, registering)
		r.must(r.reply(200, c.fields...))
		r.must(Reconnect{})
		r.must(r.found(moved))
		contacts := r.last().GetHeaders("Contact")
		if len(contacts) != c.want || contacts[0].Value() != "<sip:bob@10.0.0.2:5060>" {
			t.Fatalf("%s:\n%s", name, r.last())
		}
		if c.want == 2 && contacts[1].Value() != "<sip:bob@10.0.0.1:5060>;expires=0" {
			t.Errorf("%s:\n%s", name, r.last())
		}
		r.must(r.reply(200))
		r.must(again)
		r.must(r.found(moved))
		if got := len(r.last().GetHeaders("Contact")); got != 1 {
			t.Errorf("%s: removed again:\n%s", name, r.last())
		}
	}
}

func TestStopWhileAWayIsSoughtRemovesTheBindingOnceItIsFound(t *testing.T) {
	moved := first
	moved.Local = here2
	r := in(t, registered)
	r.must(Reconnect{})
	r.must(Stop{})
	if r.done || r.timers[Timer{Kind: Bound}] != stopWithin {
		t.Fatalf("done %v, timers %v", r.done, r.timers)
	}
	r.must(r.found(moved))
	r.state(unregistering)
	if got := r.last(); got.GetHeader("Expires").Value() != "0" || len(got.GetHeaders("Contact")) != 2 {
		t.Errorf("sent\n%s", got)
	}
	for name, e := range map[string]func(*rig) Event{
		"nothing is found":  func(r *rig) Event { return Located{Locate: r.found().Locate, Err: errors.New("no such name")} },
		"it takes too long": func(*rig) Event { return Fired{Timer{Kind: Bound}} },
	} {
		r := in(t, registered)
		r.must(Reconnect{})
		r.must(Stop{})
		r.must(e(r))
		if !r.done || len(r.timers) != 0 {
			t.Errorf("%s: done %v, timers %v", name, r.done, r.timers)
		}
	}
}

func TestAnswerToALookupBeforeTheLastIsNotTaken(t *testing.T) {
	r := in(t, registered)
	r.must(Reconnect{})
	stale := r.found(first)
	r.must(Reconnect{})
	if err := r.do(stale); err == nil {
		t.Fatal("it was taken")
	}
	r.state(locating)
	r.must(r.found(second))
	if r.via() != second.Flow {
		t.Errorf("goes over %v", r.via())
	}
}

func TestAccountIsToldFromOthersByItsContact(t *testing.T) {
	tcp := first
	tcp.Flow.Transport = wire.TCP
	for want, path := range map[string]Path{
		"<sip:bob@10.0.0.1:5060;line=2>": first, "<sip:bob@10.0.0.1:5060;transport=tcp;line=2>": tcp,
	} {
		r := in(t, locating, func(c *Config) { c.Line = "2" })
		r.must(r.found(path))
		if got := r.last().GetHeader("Contact").Value(); got != want {
			t.Errorf("Contact: %s, want %s", got, want)
		}
		r.must(r.reply(200, "Contact: "+want+";expires=77"))
		if got := r.status().Expires; got != 77*time.Second {
			t.Errorf("granted %s", got)
		}
	}
}
