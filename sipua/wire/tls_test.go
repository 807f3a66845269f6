package wire

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/internal/siptest"
)

// issue makes a certificate and what an endpoint needs to show it; it trusts its authority.
func issue(ca *siptest.Authority, name string, change func(*x509.Certificate)) Security {
	cert, key := ca.Issue(name, change)
	return Security{CertFile: cert, KeyFile: key, CAFile: ca.File}
}

func forNames(names ...string) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.DNSNames = names }
}

// securely is an endpoint at an address, port 5061, over TLS.
func securely(t *testing.T, n *siptest.Network, host string, l *log, s Security) (*Endpoint, func()) {
	t.Helper()
	o := l.options()
	o.Secure = []net.Listener{roomy{n.ListenStream(host + ":5061")}}
	o.Dial = func(ctx context.Context, remote netip.AddrPort) (net.Conn, error) { return n.Dial(ctx, host, remote) }
	o.TLS = s
	return start(t, o)
}

// roomy accepts streams that hold what was written until it is read, as sockets do: in a handshake both sides may
// write at once.
type roomy struct{ net.Listener }

func (l roomy) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	held := &roomyConn{Conn: c, out: make(chan []byte, 100)}
	go held.run()
	return held, nil
}

type roomyConn struct {
	net.Conn
	out  chan []byte
	once sync.Once
}

func (c *roomyConn) run() {
	for b := range c.out {
		_ = c.Conn.SetWriteDeadline(time.Now().Add(time.Second)) // a closed connection says so on Write
		if _, err := c.Conn.Write(b); err != nil {
			break
		}
	}
	_ = c.Conn.Close() // it was asked for, or is broken
}

func (c *roomyConn) Write(b []byte) (int, error) {
	c.out <- bytes.Clone(b)
	return len(b), nil
}

func (c *roomyConn) SetWriteDeadline(time.Time) error { return nil }

func (c *roomyConn) Close() error {
	c.once.Do(func() { close(c.out) })
	return c.SetReadDeadline(time.Now())
}

// toPBX is a request to pbx.example.com at 10.0.0.1.
func toPBX(callID string) Outbound {
	flow := Flow{Transport: TLS, Remote: netip.MustParseAddrPort("10.0.0.1:5061"), Host: "pbx.example.com"}
	return Outbound{Flow: flow, Raw: []byte(with("Call-ID: "+callID, "Via: SIP/2.0/TLS 10.0.0.2:5061;branch=z9hG4bK1"))}
}

func send(t *testing.T, e *Endpoint, o Outbound) {
	t.Helper()
	if err := e.Send(o); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}

func TestMessagesGoBothWaysOnOneSecureConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, ca := siptest.NewNetwork(1), siptest.NewAuthority(t.TempDir())
		pbx, phone := &log{}, &log{}
		server, stopServer := securely(t, n, "10.0.0.1", pbx, issue(ca, "pbx", forNames("pbx.example.com")))
		client, stopClient := securely(t, n, "10.0.0.2", phone, Security{CAFile: ca.File})
		send(t, client, toPBX("1"))
		send(t, client, toPBX("2"))
		if got := pbx.callIDs(); got != "1 2" {
			t.Fatalf("delivered %q, failed %v, refused %q", got, phone.failed, pbx.refusals())
		}
		in := pbx.inbound[1]
		if in.Flow.Transport != TLS || in.Flow != pbx.inbound[0].Flow || in.Flow.Host != "" {
			t.Errorf("flow %+v", in.Flow)
		}
		response := "SIP/2.0 200 OK\r\nVia: " + in.Message.Via().Value() + "\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>;tag=2\r\n" +
			"Call-ID: 2\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
		send(t, server, Outbound{Flow: in.Flow, Raw: []byte(response)})
		if got := phone.callIDs(); got != "2" || phone.inbound[0].Flow.Host != "pbx.example.com" {
			t.Errorf("answered %q on %+v", got, phone.inbound)
		}
		stopClient()
		stopServer()
	})
}

func TestPeerMustHaveTheCertificateOfTheDomainThatWasAskedFor(t *testing.T) {
	sipURI := func(s string) []*url.URL {
		u, err := url.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return []*url.URL{u}
	}
	tests := map[string]struct {
		change func(*x509.Certificate)
		want   string // "" = it is good
	}{
		"DNS name":             {forNames("other.example.com", "pbx.example.com"), ""},
		"case does not matter": {forNames("PBX.Example.COM"), ""},
		"sip URI":              {func(c *x509.Certificate) { c.URIs = sipURI("sip:pbx.example.com") }, ""},
		"sip URI beats DNS": {
			func(c *x509.Certificate) {
				c.URIs, c.DNSNames = sipURI("sip:other.example.com"), []string{"pbx.example.com"}
			},
			"certificate of pbx.example.com is for another name: other.example.com",
		},
		"URI of a user is no domain": {
			func(c *x509.Certificate) { c.URIs = sipURI("sip:bob@pbx.example.com") }, "certificate of pbx.example.com is for another name: no domain",
		},
		"URI of another scheme is no domain": {
			func(c *x509.Certificate) { c.URIs = sipURI("https://pbx.example.com") }, "certificate of pbx.example.com is for another name: no domain",
		},
		"common name of an old one": {func(c *x509.Certificate) { c.Subject.CommonName = "pbx.example.com" }, ""},
		"common name beside alternatives": {
			func(c *x509.Certificate) {
				c.Subject.CommonName, c.DNSNames = "pbx.example.com", []string{"other.example.com"}
			}, "certificate of pbx.example.com is for another name: other.example.com",
		},
		"wildcard":      {forNames("*.example.com"), "certificate of pbx.example.com is for another name: *.example.com"},
		"parent domain": {forNames("example.com"), "certificate of pbx.example.com is for another name: example.com"},
		"address":       {func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.IPv4(10, 0, 0, 1)} }, "certificate of pbx.example.com is for another name: 10.0.0.1"},
		"expired": {
			func(c *x509.Certificate) {
				c.DNSNames, c.NotAfter = []string{"pbx.example.com"}, time.Now().Add(-time.Minute)
			},
			"certificate of pbx.example.com has expired on 1999-12-31",
		},
		"not yet valid": {
			func(c *x509.Certificate) {
				c.DNSNames, c.NotBefore = []string{"pbx.example.com"}, time.Now().Add(12*time.Hour)
			}, "certificate of pbx.example.com is not valid before 2000-01-01",
		},
		"for servers": {func(c *x509.Certificate) {
			c.DNSNames, c.ExtKeyUsage = []string{"pbx.example.com"}, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		}, ""},
		"for SIP": {func(c *x509.Certificate) {
			c.DNSNames, c.UnknownExtKeyUsage = []string{"pbx.example.com"}, []asn1.ObjectIdentifier{sipDomain}
		}, ""},
		"for mail": {func(c *x509.Certificate) {
			c.DNSNames, c.ExtKeyUsage = []string{"pbx.example.com"}, []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection}
		}, "certificate of pbx.example.com is for another use than SIP"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n, ca := siptest.NewNetwork(1), siptest.NewAuthority(t.TempDir())
				pbx, phone := &log{}, &log{}
				_, stopServer := securely(t, n, "10.0.0.1", pbx, issue(ca, "pbx", tt.change))
				client, stopClient := securely(t, n, "10.0.0.2", phone, Security{CAFile: ca.File})
				send(t, client, toPBX("1"))
				_, err := phone.failures()
				got := ""
				if err != nil {
					got = strings.TrimPrefix(err.Error(), "connect to 10.0.0.1:5061: ")
				}
				if got != tt.want || (pbx.callIDs() == "1") != (tt.want == "") {
					t.Errorf("failed with %q, want %q; delivered %q", got, tt.want, pbx.callIDs())
				}
				stopClient()
				stopServer()
			})
		})
	}
}

func TestUnknownAuthorityIsNotTrusted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, ca, other := siptest.NewNetwork(1), siptest.NewAuthority(t.TempDir()), siptest.NewAuthority(t.TempDir())
		pbx, phone := &log{}, &log{}
		_, stopServer := securely(t, n, "10.0.0.1", pbx, issue(ca, "pbx", forNames("pbx.example.com")))
		client, stopClient := securely(t, n, "10.0.0.2", phone, Security{CAFile: other.File})
		send(t, client, toPBX("1"))
		if _, err := phone.failures(); err == nil || !strings.HasSuffix(err.Error(), "certificate of pbx.example.com is signed by an unknown authority") {
			t.Errorf("failed with %v", err)
		}
		if pbx.refusals() != RefusedHandshake {
			t.Errorf("the server counted %q", pbx.refusals())
		}
		stopClient()
		stopServer()
	})
}

func TestPeerThatIsReachedByItsAddressMustHaveACertificateForIt(t *testing.T) {
	for _, good := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			n, ca := siptest.NewNetwork(1), siptest.NewAuthority(t.TempDir())
			pbx, phone := &log{}, &log{}
			_, stopServer := securely(t, n, "10.0.0.1", pbx, issue(ca, "pbx", func(c *x509.Certificate) {
				c.DNSNames = []string{"pbx.example.com"}
				if good {
					c.IPAddresses = []net.IP{net.IPv4(10, 0, 0, 1)}
				}
			}))
			client, stopClient := securely(t, n, "10.0.0.2", phone, Security{CAFile: ca.File})
			o := toPBX("1")
			o.Flow.Host = ""
			send(t, client, o)
			_, err := phone.failures()
			if good != (err == nil) || !good && !strings.HasSuffix(err.Error(), "certificate of 10.0.0.1 is not for this address but for pbx.example.com") {
				t.Errorf("good %v: failed with %v", good, err)
			}
			stopClient()
			stopServer()
		})
	}
}

func TestConnectionOfOneDomainDoesNotCarryTheRequestsOfAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, ca := siptest.NewNetwork(1), siptest.NewAuthority(t.TempDir())
		pbx, phone := &log{}, &log{}
		_, stopServer := securely(t, n, "10.0.0.1", pbx, issue(ca, "pbx", forNames("pbx.example.com", "second.example.com")))
		client, stopClient := securely(t, n, "10.0.0.2", phone, Security{CAFile: ca.File})
		for _, host := range []string{"pbx.example.com", "second.example.com", "SECOND.example.com", "third.example.com"} {
			o := toPBX(host)
			o.Flow.Host = host
			send(t, client, o)
		}
		if got := pbx.callIDs(); got != "pbx.example.com second.example.com SECOND.example.com" {
			t.Fatalf("delivered %q", got)
		}
		if a, b, c := pbx.inbound[0].Flow, pbx.inbound[1].Flow, pbx.inbound[2].Flow; a == b || b != c {
			t.Errorf("connections %v, %v, %v", a, b, c)
		}
		if count, _ := phone.failures(); count != 1 {
			t.Errorf("%d failures", count)
		}
		stopClient()
		stopServer()
	})
}

func TestClockIsNeverTakenToBeBeforeTheBuild(t *testing.T) {
	for _, floor := range []time.Duration{0, 30 * 24 * time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			n, ca := siptest.NewNetwork(1), siptest.NewAuthority(t.TempDir())
			pbx, phone := &log{}, &log{}
			_, stopServer := securely(t, n, "10.0.0.1", pbx, issue(ca, "pbx", func(c *x509.Certificate) {
				c.DNSNames, c.NotBefore, c.NotAfter = []string{"pbx.example.com"}, time.Now().Add(20*24*time.Hour), time.Now().Add(40*24*time.Hour)
			}))
			client, stopClient := securely(t, n, "10.0.0.2", phone, Security{CAFile: ca.File, Floor: time.Now().Add(floor)})
			send(t, client, toPBX("1"))
			if _, err := phone.failures(); (err == nil) != (floor > 0) {
				t.Errorf("floor %s: %v", floor, err)
			}
			stopClient()
			stopServer()
		})
	}
}

func TestClientIsAskedForACertificateAndABadOneIsRefused(t *testing.T) {
	tests := map[string]struct {
		show    func(ca, other *siptest.Authority) Security
		refused string
	}{
		"none": {func(ca, _ *siptest.Authority) Security { return Security{CAFile: ca.File} }, ""},
		"good": {func(ca, _ *siptest.Authority) Security {
			return issue(ca, "phone", forNames("phone.example.com"))
		}, ""},
		"of a stranger": {func(ca, other *siptest.Authority) Security {
			s := issue(other, "phone", forNames("phone.example.com"))
			s.CAFile = ca.File
			return s
		}, RefusedHandshake},
		"expired": {func(ca, _ *siptest.Authority) Security {
			return issue(ca, "phone", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
		}, RefusedHandshake},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n, ca, other := siptest.NewNetwork(1), siptest.NewAuthority(t.TempDir()), siptest.NewAuthority(t.TempDir())
				pbx, phone := &log{}, &log{}
				_, stopServer := securely(t, n, "10.0.0.1", pbx, issue(ca, "pbx", forNames("pbx.example.com")))
				client, stopClient := securely(t, n, "10.0.0.2", phone, tt.show(ca, other))
				send(t, client, toPBX("1"))
				// Closed before the client has written, the connection is tried once more.
				if first, _, _ := strings.Cut(pbx.refusals(), " "); first != tt.refused || (pbx.callIDs() == "1") != (tt.refused == "") {
					t.Errorf("refused %q, delivered %q", pbx.refusals(), pbx.callIDs())
				}
				if count, err := phone.failures(); (count == 1) != (tt.refused != "") {
					t.Errorf("the client is told %d times, %v", count, err)
				}
				stopClient()
				stopServer()
			})
		})
	}
}

func TestChangedCertificateIsShownWithoutDroppingConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, ca := siptest.NewNetwork(1), siptest.NewAuthority(t.TempDir())
		pbx, phone := &log{}, &log{}
		shown := issue(ca, "pbx", forNames("old.example.com"))
		_, stopServer := securely(t, n, "10.0.0.1", pbx, shown)
		client, stopClient := securely(t, n, "10.0.0.2", phone, Security{CAFile: ca.File})
		first := toPBX("1")
		first.Flow.Host = "old.example.com"
		send(t, client, first)
		if err := os.WriteFile(shown.CertFile, []byte("half a certificate"), 0o600); err != nil {
			t.Fatal(err)
		}
		broken := toPBX("broken file")
		send(t, client, broken) // the old certificate stays, which is not for this domain
		issue(ca, "pbx", forNames("pbx.example.com", "and.a.longer.name.example.com"))
		send(t, client, toPBX("2"))
		first.Raw = toPBX("3").Raw
		send(t, client, first)
		if got := pbx.callIDs(); got != "1 2 3" {
			t.Fatalf("delivered %q", got)
		}
		if pbx.inbound[0].Flow != pbx.inbound[2].Flow {
			t.Error("the first connection was dropped")
		}
		if count, err := phone.failures(); count != 1 || !strings.Contains(err.Error(), "old.example.com") {
			t.Errorf("%d failures, %v", count, err)
		}
		stopClient()
		stopServer()
	})
}

func TestSecureConnectionsAreLimitedAsOthersAre(t *testing.T) {
	tests := []struct {
		name    string
		hello   string
		after   time.Duration
		refused string
	}{
		{"never a byte", "", 10 * time.Second, RefusedHandshake},
		{"half a handshake", "\x16\x03\x01\x02\x00\x01", 10 * time.Second, RefusedHandshake},
		{"SIP without TLS", with(), 0, RefusedHandshake},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n, ca := siptest.NewNetwork(1), siptest.NewAuthority(t.TempDir())
				pbx := &log{}
				_, stop := securely(t, n, "10.0.0.1", pbx, issue(ca, "pbx", forNames("pbx.example.com")))
				c, err := n.Dial(t.Context(), "10.0.0.2", netip.MustParseAddrPort("10.0.0.1:5061"))
				if err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				go func() { _, _ = c.Write([]byte(tt.hello)) }() // cut off by the close
				for err == nil {
					_, err = c.Read(make([]byte, 100))
				}
				took := time.Since(began)
				synctest.Wait()
				if took != tt.after || pbx.refusals() != tt.refused {
					t.Errorf("closed after %s, refused %q", took, pbx.refusals())
				}
				stop()
			})
		})
	}
}

func TestSecureConnectionHasItsTimeForTheFirstMessageAndToIdle(t *testing.T) {
	for text, want := range map[string]time.Duration{"OPTIONS sip:": 15 * time.Second, with(): 10 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			n, ca := siptest.NewNetwork(1), siptest.NewAuthority(t.TempDir())
			pbx := &log{}
			_, stop := securely(t, n, "10.0.0.1", pbx, issue(ca, "pbx", forNames("pbx.example.com")))
			raw, err := n.Dial(t.Context(), "10.0.0.2", netip.MustParseAddrPort("10.0.0.1:5061"))
			if err != nil {
				t.Fatal(err)
			}
			c := tls.Client(raw, &tls.Config{InsecureSkipVerify: true})
			began := time.Now()
			write(t, c, text)
			if _, err := c.Read(make([]byte, 1)); err == nil {
				t.Error("something was sent")
			}
			if got := time.Since(began); got != want {
				t.Errorf("%q: closed after %s, want %s", text[:7], got, want)
			}
			_ = c.Close() // the peer has closed it
			stop()
		})
	}
}

func TestFilesThatCannotBeUsedAreNamed(t *testing.T) {
	dir := t.TempDir()
	ca := siptest.NewAuthority(dir)
	good := issue(ca, "pbx", forNames("pbx.example.com"))
	junk := filepath.Join(dir, "junk.pem")
	if err := os.WriteFile(junk, []byte("junk"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]Security{
		"missing": {CertFile: good.CertFile, KeyFile: filepath.Join(dir, "missing")},
		"junk":    {CertFile: junk, KeyFile: good.KeyFile},
		"no CA":   {CAFile: junk},
	} {
		_, err := Open(Options{Deliver: func(Inbound) {}, Listen: []string{"udp://127.0.0.1:0"}, TLS: s})
		want := junk
		if name == "missing" {
			want = s.KeyFile
		}
		var fault *CredentialError
		if !errors.As(err, &fault) || fault.File != want || s.Check() == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
