package access

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestWhatFailsToBeHandedOverIsNotEnrolled(t *testing.T) {
	f := newFolder(t)
	full := errors.New("disk full")
	if err := f.Add(Order{ID: "a", Tenant: "default", Kind: Password}, func(Credentials) error { return full }); !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
	if got, err := f.Devices(); len(got) != 0 || err != nil {
		t.Errorf("%v, %v", got, err)
	}
}

func TestADeviceIsEnrolledOnce(t *testing.T) {
	f := newFolder(t)
	enrol(t, f, Order{ID: "a", Kind: Password})
	nothing := func(Credentials) error { t.Error("handed over"); return nil }
	if err := f.Add(Order{ID: "a", Tenant: "default", Kind: Certificate}, nothing); !errors.Is(err, ErrEnrolled) {
		t.Errorf("added twice: %v", err)
	}
	for _, id := range []string{"b", "a"} {
		if id == "a" {
			if _, err := f.Revoke(id); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.Renew(id, time.Hour, nothing); !errors.Is(err, ErrNotEnrolled) {
			t.Errorf("renewed %s: %v", id, err)
		}
	}
}

func TestCommandsAtOnceLoseNothing(t *testing.T) {
	f := newFolder(t)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			err := f.Add(Order{ID: fmt.Sprintf("device-%02d", i), Tenant: "default", Kind: Certificate, Valid: time.Hour}, func(Credentials) error { return nil })
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	got, err := f.Devices()
	if len(got) != 20 || err != nil {
		t.Errorf("%d devices, %v", len(got), err)
	}
	if left, _ := filepath.Glob(filepath.Join(f.dir, "*.json.*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestOnlyTheOwnerReadsSecretsAndNoPasswordIsKept(t *testing.T) {
	f := newFolder(t)
	a := enrol(t, f, Order{ID: "a", Kind: Password})
	b := enrol(t, f, Order{ID: "b", Kind: Certificate})
	ca, err := f.Authority()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ca.Server(nil); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(f.dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	for _, name := range []string{fileDevices, fileCAKey, fileServerKey} {
		info, err := os.Stat(filepath.Join(f.dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, info.Mode(), err)
		}
		text, err := os.ReadFile(filepath.Join(f.dir, name))
		if err != nil || strings.Contains(string(text), a.Password) || strings.Contains(string(text), string(b.Key)) {
			t.Errorf("%s holds a device's secret, or %v", name, err)
		}
	}
}

func TestTheAuthoritysCertificatesAreGoodForOnePurposeEach(t *testing.T) {
	f := newFolder(t)
	device := enrol(t, f, Order{ID: "a", Kind: Certificate, Valid: 30 * 365 * 24 * time.Hour})
	ca, err := f.Authority()
	if err != nil {
		t.Fatal(err)
	}
	again, err := f.Authority()
	if err != nil || !again.Certificate().Equal(ca.Certificate()) {
		t.Errorf("another authority: %v", err)
	}
	server, err := ca.Server([]string{"collector.example", "192.0.2.1"})
	if err != nil {
		t.Fatal(err)
	}
	shown, err := server.Get(nil)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(device.Certificate, device.Key)
	if err != nil {
		t.Fatal(err)
	}
	if pair.Leaf.NotAfter.After(ca.Certificate().NotAfter) || !pair.Leaf.NotAfter.Equal(device.NotAfter) {
		t.Errorf("outlives its authority, or says %v for %v", device.NotAfter, pair.Leaf.NotAfter)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(device.CA)
	for _, c := range []struct {
		what  string
		cert  *x509.Certificate
		name  string
		usage x509.ExtKeyUsage
		good  bool
	}{
		{"the server by name", shown.Leaf, "collector.example", x509.ExtKeyUsageServerAuth, true},
		{"the server by address", shown.Leaf, "192.0.2.1", x509.ExtKeyUsageServerAuth, true},
		{"the server by another name", shown.Leaf, "other.example", x509.ExtKeyUsageServerAuth, false},
		{"the server as a device", shown.Leaf, "", x509.ExtKeyUsageClientAuth, false},
		{"a device", pair.Leaf, "", x509.ExtKeyUsageClientAuth, true},
		{"a device as a server", pair.Leaf, "", x509.ExtKeyUsageServerAuth, false},
	} {
		_, err := c.cert.Verify(x509.VerifyOptions{Roots: roots, DNSName: c.name, KeyUsages: []x509.ExtKeyUsage{c.usage}})
		if (err == nil) != c.good {
			t.Errorf("%s: %v", c.what, err)
		}
	}
}

func TestTheServersCertificateIsMadeAnewInTimeWithTheSameKey(t *testing.T) {
	f := newFolder(t)
	now := time.Now()
	ca, err := f.Clocked(func() time.Time { return now }).Authority()
	if err != nil {
		t.Fatal(err)
	}
	server, err := ca.Server([]string{"collector.example"})
	if err != nil {
		t.Fatal(err)
	}
	get := func() *x509.Certificate {
		c, err := server.Get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return c.Leaf
	}
	first := get()
	now = now.Add(serverValid/2 - time.Hour)
	if !get().Equal(first) {
		t.Error("made anew too early")
	}
	now = now.Add(2 * time.Hour)
	second := get()
	if second.Equal(first) || !second.NotAfter.After(first.NotAfter) {
		t.Error("not made anew")
	}
	restarted, err := ca.Server(nil)
	if err != nil {
		t.Fatal(err)
	}
	if !restarted.key.Equal(server.key) || string(second.RawSubjectPublicKeyInfo) != string(first.RawSubjectPublicKeyInfo) {
		t.Error("another key: a pin would break")
	}
}

func TestAnAuthorityOfWhichAPartIsMissingIsNotMadeAnew(t *testing.T) {
	f := newFolder(t)
	enrol(t, f, Order{ID: "a", Kind: Certificate})
	if err := os.Remove(filepath.Join(f.dir, fileCAKey)); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Authority(); err == nil || !strings.Contains(err.Error(), fileCAKey) {
		t.Errorf("%v", err)
	}
}

func TestAHashSaysWhatItWasMadeWithAndMatchesOnlyItsPassword(t *testing.T) {
	password := newPassword()
	if len(password) != 32 || newPassword() == password {
		t.Errorf("password %q", password)
	}
	text := hashPassword(password)
	if want := fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$", hashMemory, hashTime, hashThreads); !strings.HasPrefix(text, want) {
		t.Errorf("%s, want %s…", text, want)
	}
	h, err := parseHash(text)
	if err != nil || h.String() != text {
		t.Fatalf("%v, %v", h, err)
	}
	if !h.matches([]byte(password)) || h.matches([]byte(password[:31])) {
		t.Error("matches the wrong password, or not the right one")
	}
	// Another cost, as another version may have stored it: of `echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1`.
	other, err := parseHash("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
	if err != nil || !other.matches([]byte("password")) {
		t.Errorf("the reference implementation's: %v", err)
	}
	for _, bad := range []string{
		"", "secret", "$argon2i$v=19$m=8,t=1,p=1$c29tZXNhbHQ$" + strings.Repeat("A", 43), "$argon2id$v=16$m=8,t=1,p=1$c29tZXNhbHQ$" + strings.Repeat("A", 43),
		"$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQ$" + strings.Repeat("A", 43), "$argon2id$v=19$m=8,t=0,p=1$c29tZXNhbHQ$" + strings.Repeat("A", 43),
		"$argon2id$v=19$m=8,t=1,p=0$c29tZXNhbHQ$" + strings.Repeat("A", 43), "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAA", "$argon2id$v=19$m=8,t=1,p=1$*$*",
	} {
		if _, err := parseHash(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func FuzzHash(f *testing.F) {
	f.Add(hashPassword("x"))
	f.Add("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
	f.Fuzz(func(t *testing.T, s string) {
		h, err := parseHash(s)
		if err != nil {
			return
		}
		if again, err := parseHash(h.String()); err != nil || again.String() != h.String() {
			t.Errorf("%q became %q: %v", s, h, err)
		}
	})
}

func FuzzBook(f *testing.F) {
	f.Add([]byte(`{"v":1,"devices":[{"id":"a","tenant":"default","kind":"password","created":"2026-11-28T12:00:00Z","hash":"` + hashPassword("x") + `"}]}`))
	f.Add([]byte(`{"v":1,"devices":[{"id":"b","tenant":"t","kind":"certificate","issued":[{"serial":"ff","not_after":"2030-01-01T00:00:00Z"}]}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		b, err := decodeBook(text)
		if err != nil {
			return
		}
		again, err := b.encode()
		if err != nil {
			t.Skip() // a year that JSON cannot write
		}
		if _, err := decodeBook(again); err != nil {
			t.Error(err)
		}
		for _, d := range b.Devices {
			if i, there := b.find(d.ID); !there || b.Devices[i].ID != d.ID {
				t.Errorf("%s is not found", d.ID)
			}
		}
	})
}

func TestAKeyFileMustHoldOneKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.key")
	for name, text := range map[string][]byte{
		"nothing": nil, "no PEM": []byte("key"), "no key": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte{1, 2}}),
	} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := makeKey(path); err == nil {
			t.Errorf("%s was taken for a key", name)
		}
	}
}
