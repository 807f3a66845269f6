package main

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	"go.uber.org/zap"

	"sidetone/collector/ingest"
	"sidetone/collector/store/sqlite"
)

// command runs the program to its end.
func command(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("sidetone-collector", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return string(out)
}

func TestADeviceIsEnrolledAndRevokedWhileTheCollectorRuns(t *testing.T) {
	dir := t.TempDir()
	database := "sqlite:" + filepath.Join(dir, "sidetone.db")
	c := launch(t, "--database", database, "--devices", "enrolled", "--mqtts", "127.0.0.1:0")
	if c.mqtts == "" {
		t.Fatal("no address of mqtts was announced")
	}
	command(t, "device", "add", "desk", "--database", database, "--out", dir)
	command(t, "device", "add", "lobby", "--certificate", "--database", database, "--out", dir)
	password, err := os.ReadFile(filepath.Join(dir, "desk.password"))
	if err != nil {
		t.Fatal(err)
	}
	cert, err := tls.LoadX509KeyPair(filepath.Join(dir, "lobby.crt"), filepath.Join(dir, "lobby.key"))
	if err != nil {
		t.Fatal(err)
	}
	ca, err := os.ReadFile(filepath.Join(dir, "collector-ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	options := func(broker, device string) *paho.ClientOptions {
		return paho.NewClientOptions().AddBroker(broker).SetClientID(device).SetProtocolVersion(4).SetAutoReconnect(false).SetConnectRetry(false)
	}
	for what, try := range map[string]struct {
		o  *paho.ClientOptions
		in bool
	}{
		"with its password":      {options(c.mqtt, "desk").SetUsername("desk").SetPassword(strings.TrimSpace(string(password))), true},
		"with a guess":           {options(c.mqtt, "desk").SetUsername("desk").SetPassword("guess"), false},
		"without any":            {options(c.mqtt, "desk"), false},
		"a stranger":             {options(c.mqtt, "stranger"), false},
		"with its certificate":   {options("ssl://"+c.mqtts, "lobby").SetTLSConfig(&tls.Config{RootCAs: roots, Certificates: []tls.Certificate{cert}}), true},
		"with TLS but without":   {options("ssl://"+c.mqtts, "lobby").SetTLSConfig(&tls.Config{RootCAs: roots}), false},
		"under another's name":   {options("ssl://"+c.mqtts, "desk").SetTLSConfig(&tls.Config{RootCAs: roots, Certificates: []tls.Certificate{cert}}), false},
		"to a server of no name": {options("ssl://"+c.mqtts, "lobby").SetTLSConfig(&tls.Config{Certificates: []tls.Certificate{cert}}), false},
	} {
		client := paho.NewClient(try.o)
		token := client.Connect()
		if token.Wait(); (token.Error() == nil) != try.in {
			t.Errorf("%s: %v", what, token.Error())
		}
		client.Disconnect(0)
	}

	lost := make(chan struct{})
	client := paho.NewClient(options(c.mqtt, "desk").SetUsername("desk").SetPassword(strings.TrimSpace(string(password))).
		SetConnectionLostHandler(func(paho.Client, error) { close(lost) }))
	if token := client.Connect(); token.Wait() && token.Error() != nil {
		t.Fatal(token.Error())
	}
	command(t, "device", "revoke", "desk", "--database", database)
	select {
	case <-lost:
	case <-time.After(30 * time.Second): // a second, but the machine may be busy
		t.Error("the revoked device is still connected")
	}
	var refusals struct {
		Refusals []struct{ Reason, Device, Address string }
	}
	if status := c.get("/api/v1/refusals", &refusals); status != http.StatusOK || len(refusals.Refusals) == 0 || refusals.Refusals[0].Device != "desk" ||
		refusals.Refusals[0].Address != "127.0.0.1" || refusals.Refusals[0].Reason != "credentials taken back" {
		t.Errorf("%d %+v", status, refusals)
	}
	if list := command(t, "device", "list", "--database", database); !strings.Contains(list, "lobby") || strings.Contains(strings.SplitN(list, "lobby", 2)[1], "-  -\n") {
		t.Errorf("the list does not tell when lobby was seen:\n%s", list)
	}
	if err := c.end(syscall.SIGTERM); err != nil {
		t.Errorf("%v\n%s", err, c.log)
	}
	if log := c.log.String(); !strings.Contains(log, "devices may connect: enrolled") || !strings.Contains(log, "last_refused") || strings.Contains(log, strings.TrimSpace(string(password))) {
		t.Errorf("the log says\n%s", log)
	}
}

func TestWhereOthersCanConnectDevicesMustBeEnrolled(t *testing.T) {
	st, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "sidetone.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	for _, try := range []struct{ mqtt, mqtts, devices, want string }{
		{"127.0.0.1:0", "", devicesAuto, devicesOpen},
		{"127.0.0.1:0", "127.0.0.1:0", devicesAuto, devicesOpen},
		{"", "127.0.0.1:0", devicesAuto, devicesOpen},
		{"0.0.0.0:0", "", devicesAuto, devicesEnrolled},
		{":0", "", devicesAuto, devicesEnrolled},
		{"127.0.0.1:0", "0.0.0.0:0", devicesAuto, devicesEnrolled},
		{"0.0.0.0:0", "", devicesOpen, devicesOpen},
		{"127.0.0.1:0", "", devicesEnrolled, devicesEnrolled},
	} {
		c := defaults()
		c.Database = filepath.Join(t.TempDir(), "sidetone.db")
		c.MQTT, c.MQTTS, c.Devices = try.mqtt, try.mqtts, try.devices
		var listeners []net.Listener
		for key, address := range map[string]string{"mqtt": c.MQTT, "mqtts": c.MQTTS} {
			if address == "" {
				continue
			}
			l, err := c.listen(t.Context(), key, address)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = l.Close() }()
			listeners = append(listeners, l)
		}
		if who, why := c.whoMayCome(listeners...); who != try.want || why == "" {
			t.Errorf("%+v: %s, because %q", try, who, why)
		}
	}
	c := defaults()
	c.Database, c.MQTT = filepath.Join(t.TempDir(), "sidetone.db"), "127.0.0.1:0"
	f, err := c.frontEnd(t.Context(), ingest.New(st, zap.NewNop()), st, zap.NewNop())
	if err != nil || !strings.HasSuffix(f.announced, " devices=open") {
		t.Errorf("%q, %v", f.announced, err)
	}
}

func TestACertificateOfFilesIsReadAgainWhenItChanges(t *testing.T) {
	dir := t.TempDir()
	database := "sqlite:" + filepath.Join(dir, "sidetone.db")
	for _, id := range []string{"first", "second"} {
		command(t, "device", "add", id, "--certificate", "--database", database, "--out", dir)
	}
	put := func(id string, at time.Time) {
		t.Helper()
		for _, ext := range []string{".crt", ".key"} {
			text, err := os.ReadFile(filepath.Join(dir, id+ext))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "server"+ext), text, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(filepath.Join(dir, "server"+ext), at, at); err != nil {
				t.Fatal(err)
			}
		}
	}
	now := time.Now()
	f := &certificateFiles{cert: filepath.Join(dir, "server.crt"), key: filepath.Join(dir, "server.key")}
	name := func() string {
		t.Helper()
		c, err := f.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return c.Leaf.Subject.CommonName
	}
	if _, err := f.get(nil); err == nil {
		t.Error("made of nothing")
	}
	put("first", now)
	if got := name(); got != "first" {
		t.Errorf("%s", got)
	}
	put("second", now.Add(time.Minute))
	if got := name(); got != "second" {
		t.Errorf("%s", got)
	}
	if err := os.WriteFile(f.cert, []byte("spoilt"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := name(); got != "second" {
		t.Errorf("with a spoilt file: %s", got)
	}
}
