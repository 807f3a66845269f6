package telemetry

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"sidetone/journal"
	"sidetone/trace"
)

// serveWeb lets the broker take MQTT over WebSocket.
func (b *testBroker) serveWeb(w http.ResponseWriter, r *http.Request) {
	upgrader := websocket.Upgrader{Subprotocols: []string{"mqtt"}}
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		b.t.Error(err)
		return
	}
	defer func() { _ = ws.Close() }()
	_ = b.server.EstablishConnection("web", &webPeer{Conn: ws}) // ends with the connection, in whatever way
}

func TestUplinkSpeaksEveryTransport(t *testing.T) {
	b := newTestBroker(t)
	web := httptest.NewServer(http.HandlerFunc(b.serveWeb))
	defer web.Close()
	secureWeb := httptest.NewTLSServer(http.HandlerFunc(b.serveWeb))
	defer secureWeb.Close()
	trusted := secureWeb.Client().Transport.(*http.Transport).TLSClientConfig
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	secure, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: secureWeb.TLS.Certificates})
	if err != nil {
		t.Fatal(err)
	}
	b.start(plain, secure)
	for boot, broker := range map[trace.Boot]string{
		1: "mqtt://" + plain.Addr().String(), 2: "mqtts://" + secure.Addr().String(),
		3: strings.Replace(web.URL, "http", "ws", 1), 4: strings.Replace(secureWeb.URL, "http", "ws", 1),
	} {
		j := openJournal(t, journal.Options{})
		r := newRecorder(t, RecorderOptions{Journal: j, Boot: boot})
		up, err := NewUplink(UplinkOptions{
			Brokers: []string{broker}, Tenant: "default", Device: "phone-1", Journal: j, TLS: func() (*tls.Config, error) { return trusted, nil }, Birth: func() State { return State{Boot: boot} },
		})
		if err != nil {
			t.Fatal(err)
		}
		ended := runUplink(t, up)
		ring(r, "A")
		b.awaitSeq(boot, 3)
		r.Close()
		ended()
		b.wantAll(boot, 4)
		b.mu.Lock()
		if s := b.states[len(b.states)-1]; s.Status != Disconnected || s.Boot != boot || s.IP != "127.0.0.1" {
			t.Errorf("%s: %+v", broker, s)
		}
		b.mu.Unlock()
	}
}

// runUplink runs it until the returned function is called.
func runUplink(t *testing.T, up *Uplink) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() {
		if err := up.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	end = func() { cancel(); done.Wait() }
	t.Cleanup(end)
	return end
}

func TestBrokerThatCannotProveWhoItIsGetsNothing(t *testing.T) {
	web := httptest.NewUnstartedServer(http.NotFoundHandler())
	web.Config.ErrorLog = log.New(io.Discard, "", 0)
	web.StartTLS()
	defer web.Close()
	j := openJournal(t, journal.Options{})
	failed := make(chan struct{}, 1)
	up, err := NewUplink(UplinkOptions{
		Brokers: []string{strings.Replace(web.URL, "https", "mqtts", 1)}, Tenant: "default", Device: "phone-1", Journal: j,
	})
	if err != nil {
		t.Fatal(err)
	}
	up.backoff = func(int) time.Duration {
		select {
		case failed <- struct{}{}:
		default:
		}
		return time.Hour
	}
	end := runUplink(t, up)
	<-failed
	var cause *tls.CertificateVerificationError
	if err := up.Stats().Err; !errors.As(err, &cause) {
		t.Errorf("error %v", err)
	}
	end()
}

// dialTLS has the broker's certificate verified as the options say.
func dialTLS(t *testing.T, address string, security func() (*tls.Config, error)) error {
	t.Helper()
	up, err := NewUplink(UplinkOptions{
		Brokers: []string{"mqtts://" + address}, Tenant: "default", Device: "phone-1", Journal: openJournal(t, journal.Options{}), TLS: security,
	})
	if err != nil {
		t.Fatal(err)
	}
	b := up.brokers[0]
	b.tls = up.security()
	conn, err := b.connect(t.Context())
	if err == nil {
		_ = conn.Close()
	}
	return err
}

func TestPinnedKeyComesOnTopOfTheVerification(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	address := server.Listener.Addr().String()
	key := sha256.Sum256(server.Certificate().RawSubjectPublicKeyInfo)
	other := key
	other[0]++
	pinned := func(trusted bool, key [sha256.Size]byte) func() (*tls.Config, error) {
		return func() (*tls.Config, error) {
			c := &tls.Config{MinVersion: tls.VersionTLS12}
			if trusted {
				c.RootCAs = server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
			}
			Pin(c, key)
			return c, nil
		}
	}
	if err := dialTLS(t, address, pinned(true, key)); err != nil {
		t.Errorf("the pinned key: %v", err)
	}
	if err := dialTLS(t, address, pinned(true, other)); !errors.Is(err, ErrPin) {
		t.Errorf("another key: %v", err)
	}
	var unknown *tls.CertificateVerificationError
	if err := dialTLS(t, address, pinned(false, key)); !errors.As(err, &unknown) {
		t.Errorf("the pinned key of nobody known: %v", err)
	}
}

func TestCertificatesAreAskedForAtEveryConnectionAndKeptWhenTheyCannotBeRead(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	j := openJournal(t, journal.Options{})
	give := func() (*tls.Config, error) { return &tls.Config{MinVersion: tls.VersionTLS12}, nil } // trusts nobody here
	up, err := NewUplink(UplinkOptions{
		Brokers: []string{"mqtts://" + server.Listener.Addr().String()}, Tenant: "default", Device: "phone-1", Journal: j,
		TLS: func() (*tls.Config, error) { return give() },
	})
	if err != nil {
		t.Fatal(err)
	}
	shown := func() int {
		b := up.brokers[0]
		b.tls = up.security()
		conn, err := b.connect(t.Context())
		if err != nil {
			return -1
		}
		defer func() { _ = conn.Close() }()
		return len(b.tls.Certificates)
	}
	if n := shown(); n != -1 {
		t.Errorf("connected to nobody known, with %d certificates", n)
	}
	give = func() (*tls.Config, error) {
		return &tls.Config{
			MinVersion: tls.VersionTLS12, Certificates: server.TLS.Certificates,
			RootCAs: server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs,
		}, nil
	}
	if n := shown(); n != 1 {
		t.Errorf("%d certificates once there is one", n)
	}
	give = func() (*tls.Config, error) { return nil, errors.New("half written") }
	if n := shown(); n != 1 {
		t.Errorf("%d certificates while they cannot be read", n)
	}
}

func TestUplinkRefusesWhatCannotWork(t *testing.T) {
	good := UplinkOptions{Brokers: []string{"mqtt://h"}, Tenant: "default", Device: "phone-1", Journal: &journal.Journal{}}
	if _, err := NewUplink(good); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*UplinkOptions){
		"no broker":                    func(o *UplinkOptions) { o.Brokers = nil },
		"half written":                 func(o *UplinkOptions) { o.TLS = func() (*tls.Config, error) { return nil, errors.New("half written") } },
		"no journal":                   func(o *UplinkOptions) { o.Journal = nil },
		"want mqtt://":                 func(o *UplinkOptions) { o.Brokers = []string{"tcp://h"} },
		"no host":                      func(o *UplinkOptions) { o.Brokers = []string{"mqtt://:1883"} },
		"missing protocol scheme":      func(o *UplinkOptions) { o.Brokers = []string{"://h"} },
		"do not belong":                func(o *UplinkOptions) { o.Brokers = []string{"mqtt://u:s3cret@h"} },
		`tenant "a/b"`:                 func(o *UplinkOptions) { o.Tenant = "a/b" },
		`device "Reception 1"`:         func(o *UplinkOptions) { o.Device = "Reception 1" },
		`device ""`:                    func(o *UplinkOptions) { o.Device = "" },
		"want 1 to 64 of a-z, 0-9 and": func(o *UplinkOptions) { o.Device = strings.Repeat("a", 65) },
	} {
		o := good
		change(&o)
		if _, err := NewUplink(o); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestBackoffIsFullJitterUpToAMinute(t *testing.T) {
	for attempt := range 70 {
		most := min(time.Second<<min(attempt, 10), time.Minute)
		var seen time.Duration
		for range 200 {
			wait := fullJitter(attempt)
			if wait < 0 || wait >= most {
				t.Fatalf("attempt %d: %v", attempt, wait)
			}
			seen = max(seen, wait)
		}
		if seen < most/2 {
			t.Errorf("attempt %d: never above %v", attempt, seen)
		}
	}
}
