package embedded

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mochi-mqtt/server/v2/packets"
	"go.uber.org/zap"

	"sidetone/collector/access"
	"sidetone/collector/ingest"
	"sidetone/collector/store"
)

// identity is somebody who connects, and as what.
type identity struct {
	client, user, password string
	cert                   *tls.Certificate // nil: without TLS
	branch                 string           // that it has for itself; "" = is not let in
}

// house is an embedded broker on loopback with a gate, and everybody who tries it.
type house struct {
	plain, secure string // addresses
	ca            []byte
	store         *memory
	stats         *ingest.Stats
	who           map[string]identity
	stop          func()
}

func TestAuthorisation(t *testing.T) {
	h := openHouse(t)
	// Every topic and filter, and whose branch it lies in: nobody but a device of that branch may use it, and that one only
	// in the direction given.
	topics := []struct {
		name, branch       string
		publish, subscribe bool
	}{
		{"st/v1/default/a/up/state", "default/a", true, false},
		{"st/v1/default/a/up/line/1", "default/a", true, false},
		{"st/v1/default/a/up/ev", "default/a", true, false},
		{"st/v1/default/a/up/health", "default/a", true, false},
		{"st/v1/default/a/up/res/x", "default/a", true, false},
		{"st/v1/default/a/dn/cmd", "default/a", false, true},
		{"st/v1/default/a/dn/cfg", "default/a", false, true},
		{"st/v1/default/a/dn/#", "default/a", false, true},
		{"st/v1/default/b/up/state", "default/b", true, false},
		{"st/v1/default/b/up/line/1", "default/b", true, false},
		{"st/v1/default/b/up/ev", "default/b", true, false},
		{"st/v1/default/b/up/health", "default/b", true, false},
		{"st/v1/default/b/up/res/x", "default/b", true, false},
		{"st/v1/default/b/dn/cmd", "default/b", false, true},
		{"st/v1/default/b/dn/cfg", "default/b", false, true},
		{"st/v1/default/b/dn/#", "default/b", false, true},
		{"st/v1/other/a/up/ev", "other/a", true, false},
		{"st/v1/other/a/dn/cmd", "other/a", false, true},
		{"st/v1/other/c/up/ev", "other/c", true, false},
		{"st/v1/other/c/dn/#", "other/c", false, true},
		{name: "st/v1/default/a/#"},
		{name: "st/v1/default/a/up/#"},
		{name: "st/v1/default/a/up"},
		{name: "st/v1/default/a/dn"},
		{name: "st/v1/default/+/dn/cmd"},
		{name: "st/v1/+/a/dn/#"},
		{name: "st/v1/#"},
		{name: "+/v1/default/a/dn/cmd"},
		{name: "#"},
		{name: "+/+/+/+/dn/#"},
		{name: "$share/g/st/v1/default/a/dn/#"},
		{name: "$SYS/broker/clients/connected"},
		{name: "$SYS/#"},
		{name: "st/v1/default/a#/up/ev"},
		{name: "st/v2/default/a/up/ev"},
		{name: "/st/v1/default/a/up/ev"},
		{name: "st/v1//a/up/ev"},
		{name: "ST/v1/default/a/up/ev"},
		{name: "junk"},
		{name: "/"},
	}
	refused := 0
	for name, who := range h.who {
		if who.branch == "" {
			if h.try(t, who, nil) {
				t.Errorf("%s was let in", name)
			}
			refused++
			continue
		}
		for _, topic := range topics {
			mine := topic.branch == who.branch
			for verb, want := range map[string]bool{"publish": mine && topic.publish, "subscribe": mine && topic.subscribe} {
				if got := h.try(t, who, attempt(verb, topic.name)); got != want {
					t.Errorf("%s may %s %s: %v", name, verb, topic.name, got)
				}
				if !want {
					refused++
				}
			}
		}
	}
	h.stop()
	counted := 0
	for _, n := range h.stats.Snapshot().Refused {
		counted += n
	}
	if counted != refused {
		t.Errorf("%d were refused, counted are %v", refused, h.stats.Snapshot().Refused)
	}
	for _, u := range h.store.states() {
		if device, _, _ := strings.Cut(u, " "); device != "a" && device != "b" && device != "c" && device != "visitor" {
			t.Errorf("the store heard of %s", u)
		}
	}
}

// attempt makes the packet of one try.
func attempt(verb, topic string) func(*bytes.Buffer) error {
	if verb == "publish" {
		return (&packets.Packet{
			FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: 1}, ProtocolVersion: 4, PacketID: 7, TopicName: topic, Payload: []byte("{}"),
		}).PublishEncode
	}
	return (&packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, ProtocolVersion: 4, PacketID: 7,
		Filters: packets.Subscriptions{{Filter: topic, Qos: 1}},
	}).SubscribeEncode
}

// try connects as somebody and sends a packet; it tells whether it was acknowledged, or without a packet, whether the
// connection was.
func (h *house) try(t *testing.T, who identity, packet func(*bytes.Buffer) error) bool {
	t.Helper()
	conn, err := net.Dial("tcp", h.plain)
	if who.cert != nil {
		conn, err = h.dialTLS(who.cert)
	}
	if err != nil {
		return false // by TLS
	}
	c := attach(t, conn)
	defer func() { _ = conn.Close() }()
	c.introduce(who.client, who.user, who.password)
	pk, ok := c.next()
	if !ok || pk.FixedHeader.Type != packets.Connack || pk.ReasonCode != 0 {
		return false
	}
	if packet == nil {
		return true
	}
	c.send(packet)
	for pk := range c.got {
		switch pk.FixedHeader.Type {
		case packets.Puback:
			return true
		case packets.Suback:
			return pk.ReasonCodes[0] < 0x80
		}
	}
	return false
}

func (h *house) dialTLS(cert *tls.Certificate) (net.Conn, error) {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(h.ca)
	config := &tls.Config{RootCAs: roots, ServerName: "collector.example"}
	if len(cert.Certificate) > 0 { // an empty one is a client without
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return cert, nil }
	}
	return tls.Dial("tcp", h.secure, config)
}

// introduce sends a CONNECT.
func (c *client) introduce(id, user, password string) {
	c.t.Helper()
	c.send((&packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Connect}, ProtocolVersion: 4,
		Connect: packets.ConnectParams{
			ProtocolName: []byte("MQTT"), Clean: true, Keepalive: 60, ClientIdentifier: id,
			UsernameFlag: user != "", Username: []byte(user), PasswordFlag: password != "", Password: []byte(password),
		},
	}).ConnectEncode)
}

// enrol adds a device to a folder.
func enrol(t *testing.T, f access.Folder, id, tenant string, kind access.Kind) access.Credentials {
	t.Helper()
	var got access.Credentials
	o := access.Order{ID: id, Tenant: tenant, Kind: kind, Valid: 24 * time.Hour}
	if err := f.Add(o, func(c access.Credentials) error { got = c; return nil }); err != nil {
		t.Fatal(err)
	}
	return got
}

func pair(t *testing.T, c access.Credentials) *tls.Certificate {
	t.Helper()
	p, err := tls.X509KeyPair(c.Certificate, c.Key)
	if err != nil {
		t.Fatal(err)
	}
	return &p
}

func openHouse(t *testing.T) *house {
	t.Helper()
	folder, trusted, foreign := access.At(filepath.Join(t.TempDir(), "own")), access.At(filepath.Join(t.TempDir(), "trusted")), access.At(filepath.Join(t.TempDir(), "foreign"))
	past := func() time.Time { return time.Now().Add(-72 * time.Hour) }
	a, b, c := enrol(t, folder, "a", "default", access.Password), enrol(t, folder, "b", "default", access.Certificate), enrol(t, folder, "c", "other", access.Password)
	gone, goneCert := enrol(t, folder, "gone", "default", access.Password), enrol(t, folder, "gone-cert", "default", access.Certificate)
	expired := enrol(t, folder.Clocked(past), "expired", "default", access.Certificate)
	for _, id := range []string{"gone", "gone-cert", "gone-visitor"} {
		if _, err := folder.Revoke(id); err != nil {
			t.Fatal(err)
		}
	}
	visitor, goneVisitor := enrol(t, trusted, "visitor", "default", access.Certificate), enrol(t, trusted, "gone-visitor", "default", access.Certificate)
	stranger := enrol(t, foreign, "b", "default", access.Certificate)

	h := &house{ca: b.CA, store: newMemory(), who: map[string]identity{
		"a device with its password":                    {client: "a", user: "a", password: a.Password, branch: "default/a"},
		"the same over TLS":                             {client: "a", user: "a", password: a.Password, cert: &tls.Certificate{}, branch: "default/a"},
		"another device, with a certificate":            {client: "b", cert: pair(t, b), branch: "default/b"},
		"the same with a user name":                     {client: "b", user: "b", cert: pair(t, b), branch: "default/b"},
		"a device of another tenant":                    {client: "c", user: "c", password: c.Password, branch: "other/c"},
		"a device of another authority that is trusted": {client: "visitor", cert: pair(t, visitor), branch: "default/visitor"},
		"anonymous":                                      {client: "a"},
		"anonymous over TLS":                             {client: "b", cert: &tls.Certificate{}},
		"a stranger":                                     {client: "stranger", user: "stranger", password: a.Password},
		"the collector, as at another broker":            {client: "sidetone-collector-1", user: "collector", password: a.Password},
		"a wrong password":                               {client: "a", user: "a", password: a.Password + "x"},
		"another device's password":                      {client: "a", user: "a", password: c.Password},
		"the name of another device":                     {client: "b", user: "a", password: a.Password},
		"its certificate with a user name of another":    {client: "b", user: "a", cert: pair(t, b)},
		"its certificate with another client identifier": {client: "a", cert: pair(t, b)},
		"a revoked device":                               {client: "gone", user: "gone", password: gone.Password},
		"a revoked certificate":                          {client: "gone-cert", cert: pair(t, goneCert)},
		"a revoked device of another authority":          {client: "gone-visitor", cert: pair(t, goneVisitor)},
		"an expired certificate":                         {client: "expired", cert: pair(t, expired)},
		"a certificate of a foreign authority":           {client: "b", cert: pair(t, stranger)},
		"a name that is none":                            {client: "a/b", user: "a", password: a.Password},
		"no name":                                        {user: "a", password: a.Password},
	}}
	h.serve(t, folder, trusted)
	return h
}

// serve runs the broker that trusts the authorities of two folders.
func (h *house) serve(t *testing.T, folder, trusted access.Folder) {
	t.Helper()
	own, err := folder.Authority()
	if err != nil {
		t.Fatal(err)
	}
	other, err := trusted.Authority()
	if err != nil {
		t.Fatal(err)
	}
	cert, err := own.Server([]string{"collector.example"})
	if err != nil {
		t.Fatal(err)
	}
	clients := x509.NewCertPool()
	clients.AddCert(own.Certificate())
	clients.AddCert(other.Certificate())
	gate, err := access.NewGate(access.GateOptions{Folder: folder, Own: own.Certificate(), Logger: zap.NewNop()})
	if err != nil {
		t.Fatal(err)
	}
	o := Options{
		Access: gate, Known: h.store, Logger: zap.NewNop(), Handler: ingest.New(h.store, zap.NewNop()),
		TLS: &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: cert.Get, ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: clients},
	}
	for _, l := range []*net.Listener{&o.Listener, &o.Secure} {
		if *l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	h.plain, h.secure, h.stats = o.Listener.Addr().String(), o.Secure.Addr().String(), o.Handler.Stats()
	serving, stopServing := context.WithCancel(context.Background())
	handling, stopHandling := context.WithCancel(context.Background())
	var serves, handles sync.WaitGroup
	handles.Go(func() { o.Handler.Run(handling) })
	serves.Go(func() {
		if err := s.Run(serving); err != nil {
			t.Error(err)
		}
	})
	h.stop = sync.OnceFunc(func() {
		stopServing()
		serves.Wait()
		stopHandling()
		handles.Wait()
	})
	t.Cleanup(h.stop)
}

// gated starts a broker in the bubble whose gate reads the folder.
func gated(t *testing.T, f access.Folder, open bool) *broker {
	t.Helper()
	g, err := access.NewGate(access.GateOptions{Folder: f, Open: open, Logger: zap.NewNop()})
	if err != nil {
		t.Fatal(err)
	}
	return startWith(t, Options{Access: g})
}

func TestARevokedDeviceIsHungUpOnWithinSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := access.At(filepath.Join(t.TempDir(), "sidetone.db"))
		a, c := enrol(t, f, "a", "default", access.Password), enrol(t, f, "c", "default", access.Password)
		b := gated(t, f, false)
		stays, goes := b.dial(t), b.dial(t)
		for id, x := range map[string]*client{"a": goes, "c": stays} {
			x.introduce(id, id, map[string]string{"a": a.Password, "c": c.Password}[id])
			if pk, ok := x.next(); !ok || pk.ReasonCode != 0 {
				t.Fatalf("%s was not let in", id)
			}
		}
		<-time.After(time.Minute)
		if _, err := f.Revoke("a"); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		goes.ended()
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("after %v", took)
		}
		stays.acked(stays.publish("st/v1/default/c/up/ev", hooks(1)))
		want := []store.Refusal{{Reason: refusedNoLonger, Device: "a", Address: "192.0.2.7", Count: 1}}
		got := b.handler.Stats().Refusals()
		got[0].Last = time.Time{}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		b.end(t)
	})
}

func TestAnOpenBrokerStillAsksEnrolledDevicesForTheirCredentials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := access.At(filepath.Join(t.TempDir(), "sidetone.db"))
		a := enrol(t, f, "a", "default", access.Password)
		b := gated(t, f, true)
		for _, c := range []struct {
			id, password string
			in           bool
		}{{"a", "", false}, {"a", a.Password, true}, {"stranger", "", true}} {
			x := b.dial(t)
			x.introduce(c.id, c.id, c.password)
			if pk, ok := x.next(); !ok || (pk.ReasonCode == 0) != c.in {
				t.Errorf("%s with %q: code %d", c.id, c.password, pk.ReasonCode)
			}
		}
		b.end(t)
	})
}

func TestASecondConnectionOfADeviceTakesOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := access.At(filepath.Join(t.TempDir(), "sidetone.db"))
		a := enrol(t, f, "a", "default", access.Password)
		b := gated(t, f, false)
		first, thief, second := b.dial(t), b.dial(t), b.dial(t)
		first.introduce("a", "a", a.Password)
		first.next()
		thief.introduce("a", "a", "guess")
		if pk, _ := thief.next(); pk.ReasonCode == 0 {
			t.Error("a guess was let in")
		}
		first.acked(first.publish(events, hooks(1))) // and the first is still there
		second.introduce("a", "a", a.Password)
		second.next()
		for pk := range first.got { // until it has ended
			if pk.FixedHeader.Type != packets.Disconnect {
				t.Errorf("the first got a packet of type %d", pk.FixedHeader.Type)
			}
		}
		second.acked(second.publish(events, hooks(1)))
		b.end(t)
	})
}

func TestAnAddressHasSoManyConnectionsAndNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := startWith(t, Options{PerAddress: 2})
		first, second := b.dial(t), b.dial(t)
		first.hello("a", will{})
		second.hello("b", will{})
		b.dial(t).ended()
		first.goodbye()
		first.ended()
		synctest.Wait()
		b.dial(t).hello("c", will{})
		if n := b.handler.Stats().Snapshot().Refused[refusedAddress]; n != 1 {
			t.Errorf("counted %d", n)
		}
		b.end(t)
	})
}

func TestTheFirstPacketIsAShortIntroduction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t)
		for name, begin := range map[string][]byte{
			"a publish":                {0x30, 0x05},
			"a CONNECT with flags":     {0x11, 0x10},
			"one that is too long":     {0x10, 0x81, 0x80, 0x01},
			"a length without an end":  {0x10, 0x80, 0x80, 0x80, 0x80},
			"one of zeros to fill":     {0x10, 0xff, 0xff, 0xff, 0x7f},
			"what a web browser sends": []byte("GET / HTTP/1.1\r\n"),
		} {
			c := b.dial(t)
			go func() { _, _ = c.conn.Write(begin) }() // the server need not read it all
			if pk, ok := c.next(); ok {
				t.Errorf("%s: got a packet of type %d", name, pk.FixedHeader.Type)
			}
		}
		synctest.Wait()
		if n := b.handler.Stats().Snapshot().Refused[refusedProtocol]; n != 6 {
			t.Errorf("counted %d", n)
		}
		b.end(t)
	})
}

func TestOnlyStatesMayBeRetained(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t)
		for topic, want := range map[string]bool{
			"st/v1/default/a/up/state": true, "st/v1/default/a/up/line/1": true, events: false, "st/v1/default/a/up/res/1": false,
		} {
			c := b.dial(t)
			c.hello("a", will{})
			c.send((&packets.Packet{
				FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: 1, Retain: true}, ProtocolVersion: 4, TopicName: topic, Payload: []byte("{}"), PacketID: 1,
			}).PublishEncode)
			if pk, ok := c.next(); (ok && pk.FixedHeader.Type == packets.Puback) != want {
				t.Errorf("%s: acknowledged %v", topic, ok)
			}
			c.goodbye()
		}
		if n := b.handler.Stats().Snapshot().Refused[refusedRetained]; n != 2 {
			t.Errorf("counted %d", n)
		}
		b.end(t)
	})
}
