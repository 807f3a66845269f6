//go:build interop

package interop

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sidetone/test/fleet"
	"sidetone/trace"
)

// kamailio is a running registrar and proxy of the domain sidetone.test, all of whose users have the password "secret".
type kamailio struct {
	*fleet.Process
	dir           string
	port, tlsPort int
}

func startKamailio(t *testing.T, ctx context.Context, algorithm string) *kamailio {
	t.Helper()
	return startKamailioWith(t, ctx, "@ALGORITHM@", algorithm, "@MUTUAL@", "0")
}

// startKamailioWith starts it with these settings in the place of their names.
func startKamailioWith(t *testing.T, ctx context.Context, settings ...string) *kamailio {
	t.Helper()
	k := &kamailio{dir: shortDir(t)}
	var err error
	if k.port, err = fleet.FreeSIP(); err != nil {
		t.Fatal(err)
	}
	if k.tlsPort, err = fleet.FreeTCP(0); err != nil {
		t.Fatal(err)
	}
	writeCertificates(t, k.dir)
	config, err := os.ReadFile("kamailio.cfg")
	if err != nil {
		t.Fatal(err)
	}
	settings = append(settings, "@PORT@", fmt.Sprint(k.port), "@TLS_PORT@", fmt.Sprint(k.tlsPort), "@DIR@", k.dir)
	text := strings.NewReplacer(settings...).Replace(string(config))
	file := filepath.Join(k.dir, "kamailio.cfg")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if k.Process, _, err = fleet.Start(ctx, k.dir, "kamailio", "kamailio is ready", program(t, "kamailio"),
		"-DD", "-E", "-f", file, "-w", k.dir, "-Y", k.dir, "-P", filepath.Join(k.dir, "pid"), "-m", "16", "-M", "4"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.Stop() })
	return k
}

// uri is the proxy's over a transport.
func (k *kamailio) uri(transport string) string {
	if transport == "tls" {
		return fmt.Sprintf("sip:127.0.0.1:%d;transport=tls", k.tlsPort)
	}
	return fmt.Sprintf("sip:127.0.0.1:%d;transport=%s", k.port, transport)
}

// phone starts a phone of a user, whose registrations and calls go through the proxy, and waits until it is registered.
func (k *kamailio) phone(t *testing.T, ctx context.Context, user, transport string, set ...func(fleet.Config)) *fleet.Agent {
	t.Helper()
	a := startAgent(t, ctx, k.config(t, user, transport, set...))
	awaitEvent(t, ctx, a, trace.LineRegistered, 1)
	return a
}

// config is that of a phone of a user.
func (k *kamailio) config(t *testing.T, user, transport string, set ...func(fleet.Config)) fleet.Config {
	t.Helper()
	port, err := fleet.FreeSIP()
	if err != nil {
		t.Fatal(err)
	}
	c := agentConfig(noBroker).Set("sip.accounts", []map[string]any{k.account(user, transport)}).
		Set("sip.listen", []string{fmt.Sprintf("%s://127.0.0.1:%d", transport, port)}).
		Set("sip.tls.ca_file", filepath.Join(k.dir, "ca.pem")).
		Set("sip.tls.cert_file", filepath.Join(k.dir, "server.pem")).Set("sip.tls.key_file", filepath.Join(k.dir, "server.key"))
	for _, s := range set {
		s(c)
	}
	return c
}

// account is that of a user.
func (k *kamailio) account(user, transport string) map[string]any {
	account := accountAt(k.uri(transport))
	account["aor"], account["registrar"] = "sip:"+user+"@"+domain, "sip:"+domain
	return account
}

// bindings are what the registrar knows of its users, as kamcmd prints it.
func (k *kamailio) bindings(t *testing.T, ctx context.Context) string {
	t.Helper()
	out, err := exec.CommandContext(ctx, program(t, "kamcmd"), "-s", "unixs:"+filepath.Join(k.dir, "ctl"), "ul.dump").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "location") {
		t.Fatalf("kamcmd: %v: %s", err, out)
	}
	return string(out)
}

// writeCertificates makes an authority, ca.pem, and a certificate of it for the domain and the loopback address: server.pem
// and server.key.
func writeCertificates(t *testing.T, dir string) {
	t.Helper()
	template := func(name string, ca bool) *x509.Certificate {
		return &x509.Certificate{
			SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), BasicConstraintsValid: true, IsCA: ca,
			KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		}
	}
	write := func(name, kind string, der []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	issue := func(name string, cert, issuer *x509.Certificate, key, issuerKey *ecdsa.PrivateKey) {
		der, err := x509.CreateCertificate(rand.Reader, cert, issuer, &key.PublicKey, issuerKey)
		if err != nil {
			t.Fatal(err)
		}
		write(name, "CERTIFICATE", der)
	}
	caKey, key := newKey(t), newKey(t)
	ca, server := template("Interop Test Authority of "+filepath.Base(dir), true), template(domain, false)
	server.DNSNames, server.IPAddresses = []string{domain}, []net.IP{net.IPv4(127, 0, 0, 1)}
	issue("ca.pem", ca, ca, caKey, caKey)
	issue("server.pem", server, ca, key, caKey)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write("server.key", "PRIVATE KEY", der)
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestTwoPhonesCallEachOtherThroughKamailio(t *testing.T) {
	for _, tc := range []struct{ name, algorithm, transport, recorded string }{
		{"digest with MD5, over UDP", "MD5", "udp", ""},
		{"digest with SHA-256, over UDP", "SHA-256", "udp", "kamailio-udp"},
		{"over TCP", "SHA-256", "tcp", ""},
		{"over TLS", "SHA-256", "tls", "kamailio-tls"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			ctx := testContext(t)
			k := startKamailio(t, ctx, tc.algorithm)
			caller, callee := k.phone(t, ctx, "101", tc.transport, isReception), k.phone(t, ctx, "102", tc.transport, isWarehouse)
			var packets *wiretap
			if tc.transport != "tls" { // of which a capture shows nothing but that it is encrypted
				packets = tap(t, ctx)
			}
			for _, user := range []string{"101", "102"} {
				if bound := k.bindings(t, ctx); !strings.Contains(bound, "sip:"+user+"@127.0.0.1") {
					t.Errorf("the registrar has no binding of %s: %s", user, bound)
				}
			}
			if _, err := caller.Dial(ctx, "102"); err != nil {
				t.Fatal(err)
			}
			for _, s := range holdResumeAndHangUp() {
				perform(t, ctx, caller, s)
			}
			for _, a := range []*fleet.Agent{caller, callee} {
				if err := a.UntilQuiet(ctx); err != nil {
					t.Fatal(err)
				}
			}
			if got := outcomeOf(lastCall(t, ctx, caller)); got != answered(trace.Local, 1) {
				t.Errorf("the caller's trace says %+v", got)
			}
			if got := outcomeOf(lastCall(t, ctx, callee)); got != answered(trace.Remote, 1) {
				t.Errorf("the called phone's trace says %+v", got)
			}
			if tc.recorded != "" {
				wantAsRecorded(t, tc.recorded, seen(t, ctx, caller, "reception-1", "last"), seen(t, ctx, callee, "warehouse-1", "last"))
			}
			if packets != nil {
				packets.wantSameCalls(t, ctx, caller, callee)
			}
			for _, a := range []*fleet.Agent{caller, callee} {
				if err := a.Stop(); err != nil {
					t.Error(err)
				}
				awaitEvent(t, ctx, a, trace.LineUnregistered, 1)
			}
			if bound := k.bindings(t, ctx); strings.Contains(bound, "@127.0.0.1") {
				t.Errorf("the phones have ended, and the registrar still has %s", bound)
			}
		})
	}
}

func TestKamailioForksToTwoPhonesAndTheFirstThatAnswersWins(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	k := startKamailio(t, ctx, "SHA-256")
	caller := k.phone(t, ctx, "101", "udp", isReception)
	winner := k.phone(t, ctx, "102", "udp", isWarehouse)
	loser := k.phone(t, ctx, "102", "udp", func(c fleet.Config) {
		neverAnswers(c, "")
		c.Set("device.id", "desk-2") // a registrar takes two registrations of one device for one (RFC 5626 section 6)
	})
	packets := tap(t, ctx)
	if _, err := caller.Dial(ctx, "102"); err != nil {
		t.Fatal(err)
	}
	if err := loser.UntilQuiet(ctx); err != nil {
		t.Fatal(err)
	}
	perform(t, ctx, caller, step{"talking", []string{"hangup"}})
	for _, a := range []*fleet.Agent{caller, winner} {
		if err := a.UntilQuiet(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if got := outcomeOf(lastCall(t, ctx, caller)); got != answered(trace.Local, 0) {
		t.Errorf("the caller's trace says %+v", got)
	}
	if got := outcomeOf(lastCall(t, ctx, winner)); got != answered(trace.Remote, 0) {
		t.Errorf("the trace of the phone that answered says %+v", got)
	}
	if got := outcomeOf(lastCall(t, ctx, loser)); got != (outcome{trace.ResultCancelled, trace.Remote, 487, 0}) {
		t.Errorf("the trace of the other phone says %+v", got)
	}
	if story, err := loser.Run(ctx, "trace", "show", "last", "-c", loser.Config); err != nil || !strings.Contains(story, "Another phone answered") {
		t.Errorf("the story of the other phone does not say that the call was answered elsewhere: %v\n%s", err, story)
	}
	wantAsRecorded(t, "kamailio-forked", seen(t, ctx, caller, "reception-1", "last"), seen(t, ctx, winner, "warehouse-1", "last"))
	wantAsRecorded(t, "answered-elsewhere", seen(t, ctx, loser, "desk-2", "last"))
	packets.wantSameCalls(t, ctx, caller, winner, loser)
}

// isReception and isWarehouse are phones that people know by a name.
func isReception(c fleet.Config) { c.Set("device.id", "reception-1").Set("device.name", "Reception") }

func isWarehouse(c fleet.Config) { c.Set("device.id", "warehouse-1").Set("device.name", "Warehouse") }

func TestKamailioRefusesAWrongPassword(t *testing.T) {
	for _, algorithm := range []string{"MD5", "SHA-256"} {
		t.Run(algorithm, func(t *testing.T) {
			t.Parallel()
			ctx := testContext(t)
			k := startKamailio(t, ctx, algorithm)
			wrong := filepath.Join(k.dir, "wrong")
			if err := os.WriteFile(wrong, []byte("not it\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			a := startAgent(t, ctx, k.config(t, "101", "udp", func(c fleet.Config) {
				account := k.account("101", "udp")
				account["password_file"] = wrong
				c.Set("sip.accounts", []map[string]any{account})
			}))
			if got := awaitEvent(t, ctx, a, trace.LineFailed, 1).Data.(trace.Line); got.Status != 401 {
				t.Errorf("the trace says %+v", got)
			}
			if status, err := a.Do(ctx, "status"); err != nil || !strings.Contains(status, "101 not registered (401 Unauthorized)") {
				t.Errorf("the status says %q, %v", status, err)
			}
			if bound := k.bindings(t, ctx); strings.Contains(bound, "@127.0.0.1") {
				t.Errorf("the registrar has %s", bound)
			}
		})
	}
}

// Mutual TLS: the proxy takes connections only of those who show a certificate of its authority.
func TestKamailioAsksForCertificates(t *testing.T) {
	t.Run("two phones that show theirs call each other", func(t *testing.T) {
		t.Parallel()
		ctx := testContext(t)
		k := startKamailioWith(t, ctx, "@ALGORITHM@", "SHA-256", "@MUTUAL@", "1")
		caller, callee := k.phone(t, ctx, "101", "tls"), k.phone(t, ctx, "102", "tls")
		if _, err := caller.Dial(ctx, "102"); err != nil {
			t.Fatal(err)
		}
		perform(t, ctx, caller, hangUp()[0])
		wantCalls(t, ctx, caller, answered(trace.Local, 0))
		wantCalls(t, ctx, callee, answered(trace.Remote, 0))
	})
	for _, tc := range []struct {
		name  string
		set   func(*testing.T, fleet.Config)
		alert string
	}{
		{"a phone that has none is turned away", func(_ *testing.T, c fleet.Config) {
			c.Set("sip.tls.cert_file", "").Set("sip.tls.key_file", "").Set("sip.listen", []string{"tcp://127.0.0.1:0"})
		}, "certificate required"},
		{"a phone that has one of another authority is turned away", func(t *testing.T, c fleet.Config) {
			dir := shortDir(t)
			writeCertificates(t, dir)
			c.Set("sip.tls.cert_file", filepath.Join(dir, "server.pem")).Set("sip.tls.key_file", filepath.Join(dir, "server.key"))
		}, "unknown certificate authority"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			ctx := testContext(t)
			k := startKamailioWith(t, ctx, "@ALGORITHM@", "SHA-256", "@MUTUAL@", "1")
			a := startAgent(t, ctx, k.config(t, "101", "tls", func(c fleet.Config) { tc.set(t, c) }))
			got := awaitEvent(t, ctx, a, trace.LineFailed, 1).Data.(trace.Line)
			if got.Status != 0 || !strings.Contains(got.Reason, "the peer refused the TLS connection") || !strings.Contains(got.Reason, tc.alert) {
				t.Errorf("the trace says %+v", got)
			}
			if status, err := a.Do(ctx, "status"); err != nil || !strings.Contains(status, "101 not registered ("+got.Reason+")") {
				t.Errorf("the status says %q, %v", status, err)
			}
			if bound := k.bindings(t, ctx); strings.Contains(bound, "@127.0.0.1") {
				t.Errorf("the registrar has %s", bound)
			}
		})
	}
}
