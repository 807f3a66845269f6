package sipua

import (
	"context"
	"crypto/x509"
	"strconv"
	"testing"
	"time"

	"sidetone/internal/siptest"
	"sidetone/sipua/wire"
	"sidetone/trace"
)

// TestCallOverRealSockets is the one test here that leaves the memory: loopback by its
// name, free ports, every address bound.
func TestCallOverRealSockets(t *testing.T) {
	ca := siptest.NewAuthority(t.TempDir())
	cert, key := ca.Issue("localhost", func(c *x509.Certificate) { c.DNSNames = []string{"localhost"} })
	security := wire.Security{CertFile: cert, KeyFile: key, CAFile: ca.File}
	for _, kind := range []string{"udp", "tcp", "tls", "sips"} {
		transport, scheme, suffix := kind, "sip", ";transport="+kind
		if kind == "sips" {
			transport, scheme, suffix = "tls", "sips", ""
		}
		settled := make(chan Ended, 2)
		watch := func() *log {
			l := &log{}
			l.react = func(s Signal) {
				if _, ok := s.(Settled); ok {
					e, _ := l.ended()
					settled <- e
				}
			}
			return l
		}
		open := func(incoming func(*Call) (Observer, LocalMedia)) *UserAgent {
			ua, err := New(Options{Wire: wire.Options{Listen: []string{transport + "://0.0.0.0:0"}, TLS: security}, Incoming: incoming})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(context.Background())
			ended := make(chan error, 1)
			go func() { ended <- ua.Run(ctx) }()
			t.Cleanup(func() {
				cancel()
				if err := <-ended; err != nil {
					t.Error(err)
				}
			})
			return ua
		}
		bob := open(func(c *Call) (Observer, LocalMedia) {
			_ = c.Ring()
			_ = c.Answer()
			return watch(), LocalMedia{Port: 4000}
		})
		alice := open(nil)
		caller := watch()
		react := caller.react
		var out *Call
		dialled := make(chan struct{})
		caller.react = func(s Signal) {
			<-dialled
			switch s := s.(type) {
			case Answered:
				if addr := s.Media.Remote.Addr().String(); addr != "127.0.0.1" {
					t.Errorf("%s: media at %s", kind, addr)
				}
				_ = out.Hold()
			case Held:
				if s.Kind == trace.HoldConfirmed {
					_ = out.Hangup(Release{Q850: 16})
				}
			}
			react(s)
		}
		target := scheme + ":bob@localhost:" + portOf(bob) + suffix
		call, err := alice.Dial(Dial{Target: target, Media: LocalMedia{Port: 3000}}, caller)
		if err != nil {
			t.Fatal(err)
		}
		out = call
		close(dialled)
		for range 2 {
			select {
			case e := <-settled:
				if e.LastResponse != 200 || e.Q850 != 16 {
					t.Errorf("%s: %+v", kind, e)
				}
			case <-time.After(20 * time.Second):
				t.Fatalf("%s: it does not end: %v", kind, caller.said())
			}
		}
	}
}

func portOf(ua *UserAgent) string { return strconv.Itoa(int(ua.Addrs()[0].Local.Port())) }
