package locate

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"
)

const soa = "example.com. 600 IN SOA ns.example.com. x.example.com. 1 2 3 4 60"

func TestAnswerIsRememberedForItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &nameServers{reply: zone(t, "pbx.example.com. 30 IN A 10.0.0.1", "pbx.example.com. 90 IN A 10.0.0.2")}
		c := newTestClient(t, n)
		for _, step := range []struct {
			wait  time.Duration
			asked int
		}{{0, 1}, {29 * time.Second, 1}, {time.Second, 2}} {
			<-time.After(step.wait)
			got, err := c.Addresses(t.Context(), "PBX.example.com", false)
			if err != nil || !slices.Equal(got, addrs("10.0.0.1", "10.0.0.2")) || len(n.questions()) != step.asked {
				t.Errorf("%v %v after %v", got, err, n.questions())
			}
		}
	})
}

func TestThatThereIsNothingIsRememberedAsTheSOASays(t *testing.T) {
	for name, tc := range map[string]struct {
		host string
		zone []string
		want error
		ttl  time.Duration
	}{
		"no such name":         {"gone.example.com", []string{soa}, ErrNoName, time.Minute},
		"no such record":       {"pbx.example.com", []string{soa, "pbx.example.com. 5 IN AAAA 2001:db8::1"}, nil, time.Minute},
		"nobody says how long": {"gone.example.com", nil, ErrNoName, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := &nameServers{reply: zone(t, tc.zone...)}
				c := newTestClient(t, n)
				ask := func() int {
					if got, err := c.Addresses(t.Context(), tc.host, false); len(got) != 0 || !errors.Is(err, tc.want) {
						t.Errorf("%v, %v", got, err)
					}
					return len(n.questions())
				}
				ask()
				if tc.ttl > 0 {
					<-time.After(tc.ttl - time.Second)
					if ask() != 1 {
						t.Error("asked again too early")
					}
					<-time.After(time.Second)
				}
				if ask() != 2 {
					t.Error("not asked again")
				}
			})
		})
	}
}

func TestOldAnswerIsRepeatedForAnHourWhileEveryServerIsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answering := zone(t, "pbx.example.com. 60 IN A 10.0.0.1")
		silent := false
		n := &nameServers{reply: func(server, network string, query *dns.Msg) *dns.Msg {
			if silent {
				return nil
			}
			return answering(server, network, query)
		}}
		c := newTestClient(t, n)
		ask := func() error {
			_, err := c.Addresses(t.Context(), "pbx.example.com", false)
			return err
		}
		if err := ask(); err != nil {
			t.Fatal(err)
		}
		silent = true
		<-time.After(50 * time.Minute)
		started := time.Now()
		if err := ask(); err != nil || time.Since(started) != patience {
			t.Errorf("%v after %s", err, time.Since(started))
		}
		if started = time.Now(); ask() != nil || time.Since(started) != 0 {
			t.Error("the second call waits for the silent servers again")
		}
		<-time.After(15 * time.Minute)
		if err := ask(); !errors.Is(err, ErrNoServer) {
			t.Errorf("after more than an hour: %v", err)
		}
	})
}

func TestNextServerIsAskedWhenOneIsSilentOrRefuses(t *testing.T) {
	for name, first := range map[string]func(*dns.Msg) *dns.Msg{
		"silent": func(*dns.Msg) *dns.Msg { return nil },
		"refuses": func(query *dns.Msg) *dns.Msg {
			return (&dns.Msg{}).SetRcode(query, dns.RcodeServerFailure)
		},
		"answers another question": func(query *dns.Msg) *dns.Msg {
			res := (&dns.Msg{}).SetReply(query)
			res.Question[0].Name = "other.example.com."
			return res
		},
		"has another number": func(query *dns.Msg) *dns.Msg {
			res := (&dns.Msg{}).SetReply(query)
			res.Id++
			return res
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				good := zone(t, "pbx.example.com. 60 IN A 10.0.0.1", "b.example.com. 60 IN A 10.0.0.2")
				n := &nameServers{reply: func(server, network string, query *dns.Msg) *dns.Msg {
					if server == "10.0.0.53:53" {
						return first(query)
					}
					return good(server, network, query)
				}}
				c := newTestClient(t, n, "10.0.0.53", "10.0.0.54:5353")
				got, err := c.Addresses(t.Context(), "pbx.example.com", false)
				if err != nil || len(got) != 1 {
					t.Errorf("%v, %v", got, err)
				}
				if _, err := c.Addresses(t.Context(), "b.example.com", false); err != nil {
					t.Error(err)
				}
				want := []string{"udp 10.0.0.53:53 A pbx.example.com.", "udp 10.0.0.54:5353 A pbx.example.com.", "udp 10.0.0.54:5353 A b.example.com."}
				if !slices.Equal(n.questions(), want) {
					t.Errorf("%v", n.questions())
				}
			})
		})
	}
}

func TestServersThatAllRefuseAreNotAskedTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &nameServers{reply: func(_, _ string, query *dns.Msg) *dns.Msg { return (&dns.Msg{}).SetRcode(query, dns.RcodeRefused) }}
		_, err := newTestClient(t, n).SRV(t.Context(), "_sip._udp.example.com")
		if !errors.Is(err, ErrRefused) || len(n.questions()) != 1 {
			t.Errorf("%v, %v", err, n.questions())
		}
	})
}

func TestAnswerThatDoesNotFitIsAskedForOverTCP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := zone(t, "_sip._udp.example.com. 60 IN SRV 1 2 5060 pbx.example.com.")
		n := &nameServers{reply: func(server, network string, query *dns.Msg) *dns.Msg {
			res := full(server, network, query)
			if network == "udp" {
				res.Answer, res.Truncated = nil, true
			}
			return res
		}}
		got, err := newTestClient(t, n).SRV(t.Context(), "_sip._udp.example.com")
		if err != nil || !slices.Equal(got, []SRV{{Priority: 1, Weight: 2, Port: 5060, Target: "pbx.example.com"}}) {
			t.Errorf("%v, %v", got, err)
		}
	})
}

func TestServerThatDoesNotKnowEDNSIsAskedWithout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		old := zone(t, "pbx.example.com. 60 IN A 10.0.0.1")
		n := &nameServers{reply: func(server, network string, query *dns.Msg) *dns.Msg {
			if query.IsEdns0() != nil {
				return &dns.Msg{MsgHdr: dns.MsgHdr{Id: query.Id, Response: true, Rcode: dns.RcodeFormatError}}
			}
			return old(server, network, query)
		}}
		if got, err := newTestClient(t, n).Addresses(t.Context(), "pbx.example.com", false); err != nil || len(got) != 1 {
			t.Errorf("%v, %v", got, err)
		}
	})
}

func TestAliasesAreFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &nameServers{reply: zone(t,
			"sip.example.com. 60 IN CNAME a.example.com.", "a.example.com. 60 IN CNAME b.example.com.", "b.example.com. 60 IN A 10.0.0.9",
			"round.example.com. 60 IN CNAME round.example.com.")}
		c := newTestClient(t, n)
		if got, err := c.Addresses(t.Context(), "sip.example.com", false); err != nil || !slices.Equal(got, addrs("10.0.0.9")) {
			t.Errorf("%v, %v", got, err)
		}
		if got, err := c.Addresses(t.Context(), "round.example.com", false); err != nil || len(got) != 0 {
			t.Errorf("%v, %v", got, err)
		}
	})
}

func TestQuestionsOfSeveralAreAskedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answering := zone(t, "pbx.example.com. 60 IN A 10.0.0.1")
		first := true
		n := &nameServers{reply: func(server, network string, query *dns.Msg) *dns.Msg {
			if first {
				first = false
				return nil
			}
			return answering(server, network, query)
		}}
		c := newTestClient(t, n)
		impatient, cancel := context.WithCancel(t.Context())
		results := make(chan error, 9)
		ask := func(ctx context.Context) {
			_, err := c.Addresses(ctx, "pbx.example.com", false)
			results <- err
		}
		go ask(impatient)
		synctest.Wait()
		for range 8 {
			go ask(t.Context())
		}
		synctest.Wait()
		if asked := n.questions(); len(asked) != 1 {
			t.Errorf("%v", asked)
		}
		cancel() // the one who asked; the others go on
		if err := <-results; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		for range 8 {
			if err := <-results; err != nil {
				t.Error(err)
			}
		}
		if asked := n.questions(); len(asked) != 2 {
			t.Errorf("%v", asked)
		}
	})
}

func TestHostsAreAskedFirstAndServersAreThoseOfTheSystem(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("hosts", "10.1.1.1 pbx.example.com # ours\nnonsense\n2001:db8::1 PBX.example.com. pbx\n")
	write("resolv.conf", "search example.com\nnameserver 10.0.0.1\nnameserver fe80::1%eth0\n")
	n := &nameServers{reply: zone(t, "other.example.com. 0 IN A 10.0.0.1")}
	c := NewClient(Options{Folder: folder, Dial: n.dial})
	for _, tc := range []struct {
		name string
		v6   bool
		want string
	}{{"pbx.example.com", false, "10.1.1.1"}, {"Pbx.Example.com.", true, "2001:db8::1"}, {"pbx", true, "2001:db8::1"}, {"pbx", false, ""}, {"localhost", false, "127.0.0.1"}} {
		got, err := c.Addresses(t.Context(), tc.name, tc.v6)
		want := []string{tc.want}
		if tc.want == "" {
			want = nil
		}
		if err != nil || !slices.Equal(got, addrs(want...)) {
			t.Errorf("%s: %v, %v", tc.name, got, err)
		}
	}
	if _, err := c.Addresses(t.Context(), "other.example.com", false); err != nil {
		t.Error(err)
	}
	write("resolv.conf", "nameserver 192.0.2.200\n")
	if _, err := c.Addresses(t.Context(), "other.example.com", false); err != nil {
		t.Error(err)
	}
	want := []string{"udp 10.0.0.1:53 A other.example.com.", "udp 192.0.2.200:53 A other.example.com."}
	if !slices.Equal(n.questions(), want) {
		t.Error(n.questions())
	}
	if err := os.Remove(filepath.Join(folder, "resolv.conf")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Addresses(t.Context(), "third.example.com", false); !errors.Is(err, ErrNone) {
		t.Error(err)
	}
}

func TestCacheIsBounded(t *testing.T) {
	c, now := cache{}, time.Unix(1000, 0)
	for i := range 3 * maxCached {
		c.put(question{name: strings.Repeat("x", i)}, answer{ttl: time.Duration(i+1) * time.Second}, now)
	}
	if _, ok := c.fresh(question{name: strings.Repeat("x", 3*maxCached-1)}, now); len(c) != maxCached || !ok {
		t.Errorf("%d answers, the last one there: %t", len(c), ok)
	}
}

func TestNameThatCannotBeAskedForDoesNotExist(t *testing.T) {
	c := newTestClient(t, &nameServers{})
	for _, name := range []string{"", strings.Repeat("x", 64) + ".com", "a..b"} {
		if _, err := c.Addresses(t.Context(), name, false); !errors.Is(err, ErrNoName) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestServerAddresses(t *testing.T) {
	for given, want := range map[string]string{
		"192.0.2.1": "192.0.2.1:53", "192.0.2.1:5353": "192.0.2.1:5353", "2001:db8::1": "[2001:db8::1]:53", "[2001:db8::1]": "[2001:db8::1]:53",
		"[2001:db8::1]:99": "[2001:db8::1]:99", "ns.example.com": "", "": "", "192.0.2.1:0": "",
	} {
		got, ok := ServerAddress(given)
		if ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q, %t", given, got, ok)
		}
	}
}
