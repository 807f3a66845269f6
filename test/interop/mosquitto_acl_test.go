//go:build interop

package interop

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"sidetone/collector/access"
	"sidetone/test/fleet"
)

// aclHouse is Mosquitto with the shipped configuration, and the credentials of everybody who tries it.
type aclHouse struct {
	certificates, passwords string // URLs
	roots                   *x509.CertPool
	watcher                 *aclClient // may do everything, by one line more than is shipped
}

// aclIdentity is somebody who connects.
type aclIdentity struct {
	client, user, password string
	cert                   *tls.Certificate
	in                     bool
	publishes, hears       []string // of aclTopics
	ear                    string   // a topic more that it may hear
}

// Every topic is tried by everybody in both directions; those with wildcards as filters only.
var aclTopics = []string{
	"st/v1/default/a/up/state", "st/v1/default/a/up/line/1", "st/v1/default/a/up/ev", "st/v1/default/a/up/health", "st/v1/default/a/up/res/x",
	"st/v1/default/a/dn/cmd", "st/v1/default/a/dn/cfg",
	"st/v1/default/b/up/state", "st/v1/default/b/up/line/1", "st/v1/default/b/up/ev", "st/v1/default/b/up/health", "st/v1/default/b/up/res/x",
	"st/v1/default/b/dn/cmd", "st/v1/default/b/dn/cfg",
	"st/v1/other/a/up/ev", "st/v1/other/a/dn/cmd", "st/v1/default/a/up", "st/v1/default/a/dn", "st/v2/default/a/up/ev", "junk", "/",
}

var aclFilters = append([]string{
	"#", "+/#", "st/#", "st/v1/+/+/up/#", "st/v1/+/+/dn/#", "st/v1/default/+/dn/cmd", "st/v1/+/a/dn/#", "$share/x/st/v1/default/a/dn/#", "$SYS/#",
}, aclTopics...)

// aclBranch is what lies below up or dn of a device, with that level itself, which a # takes in too (MQTT 3.1.1 4.7.1.2)
// and nobody uses.
func aclBranch(device, direction string) []string {
	return slices.DeleteFunc(slices.Clone(aclTopics), func(t string) bool { return !aclMatches("st/v1/default/"+device+"/"+direction+"/#", t) })
}

func TestMosquittoWithTheShippedACL(t *testing.T) {
	h, who := startACLHouse(t)
	for name, id := range who {
		c, err := h.connect(id)
		if (err == nil) != id.in {
			t.Errorf("%s connects: %v", name, err)
		}
		if err != nil {
			continue
		}
		for _, topic := range aclTopics {
			want := slices.Contains(id.publishes, topic)
			if got := h.publishes(t, c, topic); got != want {
				t.Errorf("%s publishes to %s: %v", name, topic, got)
			}
			if want && !c.IsConnectionOpen() {
				t.Errorf("%s is hung up on after publishing to %s", name, topic)
			}
			if want {
				continue
			}
			c.Disconnect(0) // a refusal ends the connection, sooner or later
			if c, err = h.connect(id); err != nil {
				t.Fatal(err)
			}
		}
		c.must(t, c.Subscribe(id.ear, 1, nil))
		for _, filter := range aclFilters {
			want := slices.DeleteFunc(slices.Clone(id.hears), func(topic string) bool { return !aclMatches(filter, topic) })
			slices.Sort(want)
			if got := h.hears(t, c, filter, id.ear); !slices.Equal(got, want) {
				t.Errorf("%s hears through %s: %v, want %v", name, filter, got, want)
			}
		}
		c.Disconnect(0)
	}
}

// aclMatches tells whether a filter, or the one within a shared one, takes a topic in (MQTT 3.1.1 4.7).
func aclMatches(filter, topic string) bool {
	if rest, ok := strings.CutPrefix(filter, "$share/x/"); ok {
		filter = rest
	}
	f, t := strings.Split(filter, "/"), strings.Split(topic, "/")
	for i, level := range f {
		switch {
		case level == "#":
			return true
		case i >= len(t) || level != "+" && level != t[i]:
			return false
		}
	}
	return len(f) == len(t)
}

// aclClient is a connection, and what came over it.
type aclClient struct {
	paho.Client
	got chan [2]string // topic and payload
}

func (h *aclHouse) connect(id aclIdentity) (*aclClient, error) {
	url := h.passwords
	config := &tls.Config{RootCAs: h.roots}
	if id.cert != nil {
		url = h.certificates
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return id.cert, nil }
	}
	c := &aclClient{got: make(chan [2]string, 1000)}
	c.Client = paho.NewClient(paho.NewClientOptions().AddBroker(url).SetClientID(id.client).SetUsername(id.user).SetPassword(id.password).
		SetTLSConfig(config).SetProtocolVersion(4).SetAutoReconnect(false).SetConnectRetry(false).SetConnectTimeout(20 * time.Second).
		SetDefaultPublishHandler(func(_ paho.Client, m paho.Message) { c.got <- [2]string{m.Topic(), string(m.Payload())} }))
	token := c.Connect()
	token.Wait()
	return c, token.Error()
}

func (c *aclClient) must(t *testing.T, token paho.Token) {
	t.Helper()
	if !token.WaitTimeout(20*time.Second) || token.Error() != nil {
		t.Fatalf("Mosquitto does not answer: %v", token.Error())
	}
}

// until collects the topics of what arrives, up to a message with the payload given.
func (c *aclClient) until(t *testing.T, payload string) []string {
	t.Helper()
	var topics []string
	for {
		select {
		case m := <-c.got:
			if m[1] == payload {
				return topics
			}
			topics = append(topics, m[0])
		case <-time.After(30 * time.Second):
			t.Fatalf("%s never came", payload)
		}
	}
}

// publishes tells whether what somebody publishes is delivered. What Mosquitto drops it acknowledges, or it hangs up.
func (h *aclHouse) publishes(t *testing.T, c *aclClient, topic string) bool {
	t.Helper()
	if !c.Publish(topic, 1, false, "tried").WaitTimeout(20 * time.Second) {
		t.Fatal("Mosquitto does not answer")
	}
	h.watcher.must(t, h.watcher.Publish("watcher/done", 1, false, "done"))
	return slices.Contains(h.watcher.until(t, "done"), topic)
}

// hears lists what reaches somebody through a filter, of a message to every topic. The filter may be granted: what counts
// is what is delivered before a message to ear, which the client may hear, and has subscribed to.
func (h *aclHouse) hears(t *testing.T, c *aclClient, filter, ear string) []string {
	t.Helper()
	c.Subscribe(filter, 1, nil).WaitTimeout(20 * time.Second) // a refusal is an error of its own
	for _, topic := range aclTopics {
		h.watcher.must(t, h.watcher.Publish(topic, 1, false, "told"))
	}
	end := "end of " + filter
	h.watcher.must(t, h.watcher.Publish(ear, 1, false, end))
	topics := slices.DeleteFunc(c.until(t, end), func(topic string) bool { return topic == ear }) // once for each of two filters
	c.must(t, c.Unsubscribe(filter))
	h.watcher.must(t, h.watcher.Publish("watcher/done", 1, false, "done"))
	h.watcher.until(t, "done")
	slices.Sort(topics)
	return slices.Compact(topics)
}

func startACLHouse(t *testing.T) (*aclHouse, map[string]aclIdentity) {
	t.Helper()
	ctx := testContext(t)
	dir := shortDir(t)
	own, foreign := access.At(filepath.Join(dir, "own")), access.At(filepath.Join(dir, "foreign"))
	issue := func(f access.Folder, id string) *tls.Certificate {
		var got tls.Certificate
		err := f.Add(access.Order{ID: id, Tenant: "default", Kind: access.Certificate, Valid: 24 * time.Hour}, func(c access.Credentials) (err error) {
			got, err = tls.X509KeyPair(c.Certificate, c.Key)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return &got
	}
	b, revoked := issue(own, "b"), issue(own, "revoked")
	expired := issue(own.Clocked(func() time.Time { return time.Now().Add(-72 * time.Hour) }), "expired")
	h := &aclHouse{roots: x509.NewCertPool()}
	writeACLFiles(t, dir, own, revoked.Leaf, h.roots)
	ports := [2]int{}
	for i := range ports {
		port, err := fleet.FreeTCP(0)
		if err != nil {
			t.Fatal(err)
		}
		ports[i] = port
	}
	h.certificates, h.passwords = fmt.Sprintf("ssl://127.0.0.1:%d", ports[0]), fmt.Sprintf("ssl://127.0.0.1:%d", ports[1])
	passwords := filepath.Join(dir, "passwords")
	for i, user := range []string{"a", "collector", "watcher"} {
		args := []string{"-b", passwords, user, "secret-" + user}
		if i == 0 {
			args = append([]string{"-c"}, args...)
		}
		if out, err := exec.CommandContext(ctx, program(t, "mosquitto_passwd"), args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	shipped, err := os.ReadFile("../../examples/acl/mosquitto.conf")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("/etc/mosquitto/", dir+"/", "/var/lib/mosquitto/", dir+"/",
		"listener 8883", fmt.Sprintf("listener %d 127.0.0.1", ports[0]), "listener 8884", fmt.Sprintf("listener %d 127.0.0.1", ports[1])).Replace(string(shipped))
	if os.Getuid() == 0 {
		text = "user root\n" + text // else it changes to an account that cannot read the test's folder
	}
	config := filepath.Join(dir, "mosquitto.conf")
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	m, _, err := fleet.Start(ctx, dir, "mosquitto", "running", program(t, "mosquitto"), "-v", "-c", config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Stop() })
	if h.watcher, err = h.connect(aclIdentity{client: "watcher", user: "watcher", password: "secret-watcher"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.watcher.Disconnect(0) })
	h.watcher.must(t, h.watcher.Subscribe("#", 1, nil))

	ups, downs := append(aclBranch("a", "up"), aclBranch("b", "up")...), append(aclBranch("a", "dn"), aclBranch("b", "dn")...)
	return h, map[string]aclIdentity{
		"a device with its password":        {client: "a", user: "a", password: "secret-a", in: true, publishes: aclBranch("a", "up"), hears: aclBranch("a", "dn"), ear: "st/v1/default/a/dn/end"},
		"a device with its certificate":     {client: "b", cert: b, in: true, publishes: aclBranch("b", "up"), hears: aclBranch("b", "dn"), ear: "st/v1/default/b/dn/end"},
		"a certificate under another name":  {client: "a", user: "a", password: "secret-a", cert: b, in: true, publishes: aclBranch("b", "up"), hears: aclBranch("b", "dn"), ear: "st/v1/default/b/dn/end"},
		"a password under another name":     {client: "b", user: "a", password: "secret-a", in: true, publishes: aclBranch("a", "up"), hears: aclBranch("a", "dn"), ear: "st/v1/default/a/dn/end"},
		"the collector":                     {client: "x", user: "collector", password: "secret-collector", in: true, publishes: append(downs, "st/v1/other/a/dn/cmd"), hears: append(ups, "st/v1/other/a/up/ev"), ear: "st/v1/default/end/up/end"},
		"anonymous":                         {client: "a"},
		"a wrong password":                  {client: "a", user: "a", password: "guess"},
		"another device's password":         {client: "b", user: "b", password: "secret-a"},
		"a name that is a wildcard":         {client: "+", user: "+", password: "secret-a"},
		"a certificate that was taken back": {client: "revoked", cert: revoked},
		"an expired certificate":            {client: "expired", cert: expired},
		"a foreign authority's certificate": {client: "b", cert: issue(foreign, "b")},
		"no certificate":                    {client: "b", user: "a", password: "secret-a", cert: &tls.Certificate{}},
	}
}

// writeACLFiles writes what the shipped configuration names: certificates, the list of those taken back, and the rules
// with one line more, for the watcher.
func writeACLFiles(t *testing.T, dir string, own access.Folder, revoked *x509.Certificate, roots *x509.CertPool) {
	t.Helper()
	ca, err := own.Authority()
	if err != nil {
		t.Fatal(err)
	}
	server, err := ca.Server([]string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	shown, err := server.Get(nil)
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(shown.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	caKey, err := os.ReadFile(filepath.Join(dir, "own.access", "ca.key"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(caKey)
	signer, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	crl, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
		Number: big.NewInt(1), ThisUpdate: time.Now().Add(-time.Hour), NextUpdate: time.Now().Add(24 * time.Hour),
		RevokedCertificateEntries: []x509.RevocationListEntry{{SerialNumber: revoked.SerialNumber, RevocationTime: time.Now().Add(-time.Hour)}},
	}, ca.Certificate(), signer.(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	rules, err := os.ReadFile("../../examples/acl/mosquitto.acl")
	if err != nil {
		t.Fatal(err)
	}
	roots.AppendCertsFromPEM(ca.PEM())
	for name, text := range map[string][]byte{
		"devices-ca.crt": ca.PEM(),
		"devices-ca.crl": pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: crl}),
		"server.crt":     pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: shown.Certificate[0]}),
		"server.key":     pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}),
		"mosquitto.acl":  bytes.Replace(rules, []byte("user collector\n"), []byte("user watcher\ntopic readwrite #\n\nuser collector\n"), 1),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
