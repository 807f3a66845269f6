package sipua

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/internal/siptest"
	"sidetone/sipua/wire"
)

// lineLog keeps what an agent tells of its accounts.
type lineLog struct {
	mu   sync.Mutex
	told []LineStatus
}

func (l *lineLog) tell(s LineStatus) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.told = append(l.told, s)
}

func (l *lineLog) all() []LineStatus {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.told)
}

// of are the states and statuses of an account so far, in order.
func (l *lineLog) of(account int) []string {
	var all []string
	for _, s := range l.all() {
		if s.Account == account {
			text := map[LineState]string{
				Registering: "registering", Registered: "registered", Failed: "failed", Unregistered: "unregistered",
			}[s.State]
			if s.Status != 0 {
				text += fmt.Sprintf(" %d", s.Status)
			}
			all = append(all, text)
		}
	}
	return all
}

func (l *lineLog) last() LineStatus {
	all := l.all()
	return all[len(all)-1]
}

// await lets time pass until an account is in a state.
func (l *lineLog) await(state LineState) {
	for l.last().State != state {
		after(time.Second)
	}
}

var bob = Account{AOR: "sip:bob@example.com", Password: "secret", Registrar: "sip:10.0.0.9"}

// registering is a phone with accounts, and their registrar.
func registering(t *testing.T, change func(*siptest.Registrar), accounts ...Account) (*siptest.Network, *phone, *siptest.Registrar, *lineLog) {
	t.Helper()
	n := siptest.NewNetwork(1)
	r := siptest.NewRegistrar(t, n.Listen("10.0.0.9:5060"))
	if change != nil {
		change(r)
	}
	l := &lineLog{}
	p := newPhone(t, n, "10.0.0.1:5060", func(o *Options) {
		o.Accounts, o.Line = accounts, l.tell
		o.Wire.Streams = []net.Listener{n.ListenStream("10.0.0.1:5060")}
		o.Wire.Dial = func(ctx context.Context, remote netip.AddrPort) (net.Conn, error) {
			return n.Dial(ctx, "10.0.0.1", remote)
		}
	})
	synctest.Wait()
	return n, p, r, l
}

func TestAccountRegistersAndRefreshesBeforeTheBindingEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, _, r, l := registering(t, func(r *siptest.Registrar) { r.Grant(1000 * time.Second) }, bob)
		expectLines(t, "line", l.of(0), "registering", "registered 200")
		if s := l.last(); s.Expires != 1000*time.Second || s.AOR != bob.AOR || s.Server != "sip:10.0.0.9" {
			t.Errorf("told %+v", s)
		}
		after(799 * time.Second)
		if n := len(r.Requests()); n != 1 {
			t.Fatalf("%d requests before 80 %% of the time are over", n)
		}
		after(101 * time.Second)
		requests := r.Requests()
		if len(requests) != 2 {
			t.Fatalf("%d requests when 90 %% of the time are over", len(requests))
		}
		first, second := requests[0], requests[1]
		if first.StartLine() != "REGISTER sip:10.0.0.9 SIP/2.0" || first.ContactURI() != "sip:bob@10.0.0.1:5060" || first.Header("Expires") != "600" ||
			first.Header("To") != "<sip:bob@example.com>" {
			t.Errorf("sent\n%s", first.Raw)
		}
		if second.Header("Call-ID") != first.Header("Call-ID") || second.CSeq() != first.CSeq()+1 || second.Header("From") != first.Header("From") {
			t.Errorf("refreshed with\n%s", second.Raw)
		}
		expectLines(t, "line", l.of(0), "registering", "registered 200", "registering", "registered 200")
	})
}

func TestChallengedRegistrationIsProved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, _, r, l := registering(t, func(r *siptest.Registrar) { r.Challenge("secret"); r.Grant(1000 * time.Second) }, bob)
		expectLines(t, "line", l.of(0), "registering", "registered 200")
		after(901 * time.Second)
		if n := len(r.Requests()); n != 3 {
			t.Errorf("%d requests: the nonce is not used again", n)
		}
		r.ForgetNonce()
		after(901 * time.Second)
		if n := len(r.Requests()); n != 5 {
			t.Errorf("%d requests: the stale nonce is not replaced", n)
		}
		expectLines(t, "line", l.of(0)[4:], "registering", "registered 200")
	})
}

func TestWrongPasswordIsTriedAgainAfterAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, _, r, l := registering(t, func(r *siptest.Registrar) { r.Challenge("other") }, bob)
		expectLines(t, "line", l.of(0), "registering", "failed 401")
		after(29 * time.Second)
		if n := len(r.Requests()); n != 2 {
			t.Errorf("%d requests", n)
		}
		r.Challenge("secret")
		after(32 * time.Second)
		expectLines(t, "line", l.of(0), "registering", "failed 401", "registering", "registered 200")
	})
}

func TestSilentRegistrarIsAskedEverLaterAndForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, _, r, l := registering(t, func(r *siptest.Registrar) { r.Silence(true) }, bob)
		after(48 * time.Hour)
		var waits []time.Duration
		for _, s := range l.all() {
			if s.State == Failed {
				waits = append(waits, s.RetryAfter)
			}
		}
		if len(waits) < 90 {
			t.Fatalf("%d attempts in two days", len(waits))
		}
		for i, least := range []float64{30, 60, 120, 240, 480, 900, 900, 900} {
			if got := waits[i].Seconds(); got < least || got > 2*least {
				t.Errorf("wait %d is %v s, want %v to %v s", i+1, got, least, 2*least)
			}
		}
		r.Silence(false)
		after(31 * time.Minute)
		if l.last().State != Registered {
			t.Errorf("told %v", l.last())
		}
	})
}

func TestReconnectRegistersAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, p, r, l := registering(t, func(r *siptest.Registrar) {
			r.Next(siptest.Reply{Status: 503, Reason: "Service Unavailable", Headers: []string{"Retry-After: 3600 (maintenance)"}})
		}, bob)
		if s := l.last(); s.State != Failed || s.Status != 503 || s.RetryAfter != time.Hour {
			t.Errorf("told %+v", s)
		}
		after(time.Minute)
		p.Reconnect()
		synctest.Wait()
		expectLines(t, "line", l.of(0), "registering", "failed 503", "registering", "registered 200")
		p.Reconnect()
		synctest.Wait()
		if n := len(r.Requests()); n != 3 {
			t.Errorf("%d requests", n)
		}
	})
}

func TestShutdownRemovesTheBinding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, p, r, l := registering(t, func(r *siptest.Registrar) { r.Challenge("secret") }, bob)
		r.ForgetNonce()
		p.stop()
		<-p.stopped
		all := r.Requests()
		if last := all[len(all)-1]; len(all) != 4 || last.Header("Expires") != "0" || last.ContactURI() != "sip:bob@10.0.0.1:5060" {
			t.Errorf("%d requests, the last is\n%s", len(all), last.Raw)
		}
		expectLines(t, "line", l.of(0), "registering", "registered 200", "unregistered 200")
	})
}

func TestShutdownWaitsForNoSilentRegistrar(t *testing.T) {
	for name, before := range map[string]bool{"from the start": true, "later": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, p, r, l := registering(t, func(r *siptest.Registrar) { r.Silence(before) }, bob)
				r.Silence(true)
				asked := time.Now()
				p.stop()
				<-p.stopped
				if took := time.Since(asked); took > 3*time.Second {
					t.Errorf("it took %s", took)
				}
				if l.last().State != Unregistered {
					t.Errorf("told %v", l.of(0))
				}
			})
		})
	}
}

func TestAddressThatTheRegistrarSeesBecomesTheContact(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, _, r, l := registering(t, func(r *siptest.Registrar) {
			r.SeeAt(netip.MustParseAddrPort("192.0.2.7:40001"))
			r.Grant(100 * time.Second)
		}, bob)
		all := r.Requests()
		if len(all) != 2 || all[1].ContactURI() != "sip:bob@192.0.2.7:40001" || all[1].Headers("Contact")[1] != "<sip:bob@10.0.0.1:5060>;expires=0" {
			t.Fatalf("%d requests, the last is\n%s", len(all), all[len(all)-1].Raw)
		}
		r.SeeAt(netip.MustParseAddrPort("192.0.2.7:40002")) // the NAT has forgotten its mapping
		after(91 * time.Second)
		all = r.Requests()
		if len(all) != 4 || all[3].ContactURI() != "sip:bob@192.0.2.7:40002" || len(all[2].Headers("Contact")) != 1 {
			t.Fatalf("%d requests, the last is\n%s", len(all), all[len(all)-1].Raw)
		}
		expectLines(t, "line", l.of(0), "registering", "registered 200", "registering", "registered 200")
	})
}

func TestServiceRouteIsTheRouteOfOutgoingCalls(t *testing.T) {
	for name, c := range map[string]struct {
		proxy string
		want  []string
	}{
		"alone":           {"", []string{"<sip:10.0.0.8;lr>", "<sip:core.example.com;lr>"}},
		"behind a proxy":  {"sip:10.0.0.8:5070", []string{"<sip:10.0.0.8:5070;lr>", "<sip:10.0.0.8;lr>", "<sip:core.example.com;lr>"}},
		"which it begins": {"sip:10.0.0.8", []string{"<sip:10.0.0.8;lr>", "<sip:core.example.com;lr>"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := siptest.NewNetwork(1)
				port := "5060"
				if strings.HasSuffix(c.proxy, ":5070") {
					port = "5070"
				}
				peer := siptest.NewPeer(t, n.Listen("10.0.0.8:"+port))
				alice := bob
				alice.OutboundProxy = c.proxy
				if c.proxy == "" {
					siptest.NewRegistrar(t, n.Listen("10.0.0.9:5060")).Grant(time.Hour, "Service-Route: <sip:10.0.0.8;lr>, <sip:core.example.com;lr>")
				}
				p := newPhone(t, n, "10.0.0.1:5060", func(o *Options) { o.Accounts = []Account{alice} })
				if c.proxy != "" {
					peer.Reply(peer.Expect(siptest.Is("REGISTER")), siptest.Reply{
						Status: 200, Reason: "OK", Headers: []string{"Service-Route: <sip:10.0.0.8;lr>", "Service-Route: <sip:core.example.com;lr>"},
					})
				}
				synctest.Wait()
				p.dialURI(t, "sip:carol@example.com")
				if got := peer.Expect(siptest.Is("INVITE")).Headers("Route"); !slices.Equal(got, c.want) {
					t.Errorf("route %q, want %q", got, c.want)
				}
			})
		})
	}
}

func TestAccountsRegisterEachByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lost := Account{AOR: "sip:lost@example.com", Registrar: "sip:10.0.0.77"}
		fixed := Account{AOR: "sip:fixed@example.com"}
		tcp := Account{AOR: "sip:tcp@example.com", Registrar: "sip:10.0.0.9;transport=tcp"}
		_, _, r, l := registering(t, nil, bob, lost, fixed, tcp)
		synctest.Wait()
		expectLines(t, "fourth, refused at once", l.of(3), "registering", "failed")
		after(33 * time.Second)
		expectLines(t, "first", l.of(0), "registering", "registered 200")
		expectLines(t, "second, after 64*T1", l.of(1), "registering", "failed")
		expectLines(t, "third", l.of(2))
		if n := len(r.Requests()); n != 1 {
			t.Errorf("%d requests", n)
		}
	})
}

// registeredOverTCP is a phone that is registered over TCP, and whose pings are to be answered.
func registeredOverTCP(t *testing.T) (*siptest.Registrar, *lineLog) {
	t.Helper()
	n := siptest.NewNetwork(1)
	r := siptest.NewRegistrar(t, n.Listen("10.0.0.9:5060"))
	r.ListenStreams(t, n.ListenStream("10.0.0.9:5060"))
	r.Grant(time.Hour, "Require: outbound", "Flow-Timer: 50")
	l := &lineLog{}
	newPhone(t, n, "10.0.0.1:5060", func(o *Options) {
		o.Accounts, o.Line, o.Instance = []Account{{AOR: "sip:bob@example.com", Registrar: "sip:10.0.0.9;transport=tcp"}}, l.tell, "serial"
		o.Wire = wire.Options{Streams: []net.Listener{n.ListenStream("10.0.0.1:5060")}, Dial: func(ctx context.Context, remote netip.AddrPort) (net.Conn, error) {
			return n.Dial(ctx, "10.0.0.1", remote)
		}}
	})
	synctest.Wait()
	expectLines(t, "line", l.of(0), "registering", "registered 200")
	return r, l
}

func TestConnectionIsKeptAliveByPings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, l := registeredOverTCP(t)
		after(10 * time.Minute)
		if n := r.Pings(); n < 12 || n > 15 {
			t.Errorf("%d pings in ten minutes, with a Flow-Timer of 50 s", n)
		}
		expectLines(t, "line", l.of(0), "registering", "registered 200")
		register := r.Requests()[0]
		if contact := register.Header("Contact"); !strings.Contains(contact, `;+sip.instance="<urn:uuid:`) || !strings.HasSuffix(contact, ";reg-id=1") ||
			!strings.Contains(register.Header("Supported"), "outbound") {
			t.Errorf("sent\n%s", register.Raw)
		}
	})
}

func TestConnectionThatIsDeadIsReplaced(t *testing.T) {
	for name, kill := range map[string]func(*siptest.Registrar){
		"cut off": func(r *siptest.Registrar) { r.CutStreams() },
		"deaf":    func(r *siptest.Registrar) { r.Deafen(true) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, l := registeredOverTCP(t)
				kill(r)
				after(61 * time.Second)
				r.Deafen(false)
				expectLines(t, "line", l.of(0), "registering", "registered 200", "failed", "registering", "registered 200")
				after(10 * time.Minute)
				if n := len(l.of(0)); n != 5 {
					t.Errorf("told %v", l.of(0))
				}
			})
		})
	}
}

func TestMappingOfANATIsKeptByDatagrams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, _, r, _ := registering(t, nil, bob)
		after(5 * time.Minute)
		if n := r.Pings(); n < 10 || n > 13 {
			t.Errorf("%d keep-alives in five minutes", n)
		}
	})
}

func TestRegistrarThatIsNoServerIsAnError(t *testing.T) {
	for _, registrar := range []string{"x", "sip:", "sip:h;transport=x", "mailto:a@b"} {
		if _, err := New(Options{Accounts: []Account{{AOR: "sip:1@a", Registrar: registrar}}}); err == nil || !strings.Contains(err.Error(), "registrar") {
			t.Errorf("%q: %v", registrar, err)
		}
	}
}
