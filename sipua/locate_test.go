package sipua

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/internal/siptest"
	"sidetone/sipua/locate"
)

// names is a Resolver that knows two servers of example.com; with silent it knows nothing, after a while.
type names struct{ silent time.Duration }

func (n names) wait(ctx context.Context) error {
	if n.silent == 0 {
		return nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(n.silent):
		return locate.ErrNoServer
	}
}

func (n names) NAPTR(ctx context.Context, _ string) ([]locate.NAPTR, error) { return nil, n.wait(ctx) }

func (n names) SRV(ctx context.Context, name string) ([]locate.SRV, error) {
	if err := n.wait(ctx); err != nil || name != "_sip._udp.example.com" {
		return nil, err
	}
	return []locate.SRV{{Priority: 1, Port: 5060, Target: "a.example.com"}, {Priority: 2, Port: 5070, Target: "b.example.com"}}, nil
}

func (n names) Addresses(ctx context.Context, host string, v6 bool) ([]netip.Addr, error) {
	if err := n.wait(ctx); err != nil {
		return nil, err
	}
	known := map[string]string{"a.example.com": "10.0.0.2", "b.example.com": "10.0.0.3"}
	if known[host] == "" || v6 {
		return nil, locate.ErrNoName
	}
	return []netip.Addr{netip.MustParseAddr(known[host])}, nil
}

// namesOf gives a phone the names.
func namesOf(n names) func(*Options) { return func(o *Options) { o.Resolver = n } }

func TestCallGoesToTheNextServerOfADomainAndTheNextCallBeginsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		alice := newPhone(t, n, "10.0.0.1:5060", namesOf(names{}))
		a, b := siptest.NewPeer(t, n.Listen("10.0.0.2:5060")), siptest.NewPeer(t, n.Listen("10.0.0.3:5070"))
		_, l := alice.dialURI(t, "sip:bob@example.com")
		first := a.Expect(siptest.Is("INVITE"))
		a.Reply(first, siptest.Reply{Status: 503, Reason: "Service Unavailable", Headers: []string{"Retry-After: 30"}})
		a.Expect(siptest.Is("ACK"))
		second := b.Expect(siptest.Is("INVITE"))
		if second.Header("Call-ID") != first.Header("Call-ID") || second.CSeq() != 1 || second.Param("Via", "branch") == first.Param("Via", "branch") {
			t.Errorf("\n%s", second.Raw)
		}
		b.Reply(second, siptest.Reply{Status: 200, Reason: "OK", Body: answer(b)})
		b.Expect(siptest.Is("ACK"))
		synctest.Wait()
		expectLines(t, "caller", l.told(), "answered PCMU sendrecv")

		alice.dialURI(t, "sip:carol@example.com")
		b.Expect(siptest.Is("INVITE"))
		a.ExpectNone(siptest.Is("INVITE"), time.Second)
		after(30 * time.Second)
		alice.dialURI(t, "sip:dave@example.com")
		a.Expect(siptest.Is("INVITE"))
	})
}

func TestSilentServerIsLeftAfter64T1(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		alice := newPhone(t, n, "10.0.0.1:5060", namesOf(names{}))
		b := siptest.NewPeer(t, n.Listen("10.0.0.3:5070"))
		b.SetPatience(time.Minute)
		_, l := alice.dialURI(t, "sip:bob@example.com")
		b.Reply(b.Expect(siptest.Is("INVITE")), siptest.Reply{Status: 486, Reason: "Busy Here"})
		synctest.Wait()
		expectLines(t, "caller", l.told(), "ended remote last=486", "settled")
	})
}

func TestFailedLookupIsToldInPlainWords(t *testing.T) {
	for target, tc := range map[string]struct {
		names names
		want  string
	}{
		"sip:bob@pbx.example.net": {names{}, "the address cannot be looked up: the name pbx.example.net does not exist"},
		"sip:bob@example.com":     {names{silent: 3 * time.Second}, "the address cannot be looked up: no name server answers"},
		"sip:bob@example.org":     {names{silent: time.Hour}, "the address cannot be looked up: no name server answers"},
	} {
		synctest.Test(t, func(t *testing.T) {
			alice := newPhone(t, siptest.NewNetwork(1), "10.0.0.1:5060", namesOf(tc.names))
			_, l := alice.dialURI(t, target)
			after(lookupTimeout)
			if e, ok := l.ended(); !ok || e.Reason != tc.want {
				t.Errorf("%s: %+v", target, e)
			}
		})
	}
}

func TestNoCallWaitsForTheNameServerOfAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		alice := newPhone(t, n, "10.0.0.1:5060", namesOf(names{silent: time.Hour}))
		peer := siptest.NewPeer(t, n.Listen("10.0.0.2:5060"))
		waiting, l := alice.dialURI(t, "sip:bob@example.com")
		started := time.Now()
		alice.dialURI(t, "sip:bob@10.0.0.2")
		peer.Expect(siptest.Is("INVITE"))
		do(t, waiting.Hangup(Release{}))
		if told := strings.Join(l.told(), ", "); time.Since(started) != 0 || told != "ended local last=0, settled" {
			t.Errorf("after %s: %s", time.Since(started), told)
		}
	})
}
