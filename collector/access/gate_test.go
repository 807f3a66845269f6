package access

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newFolder(t *testing.T) Folder { return At(filepath.Join(t.TempDir(), "sidetone.db")) }

// enrol adds a device and returns what it was given.
func enrol(t *testing.T, f Folder, o Order) Credentials {
	t.Helper()
	if o.Tenant == "" {
		o.Tenant = "default"
	}
	if o.Valid == 0 {
		o.Valid = 24 * time.Hour
	}
	var got Credentials
	if err := f.Add(o, func(c Credentials) error { got = c; return nil }); err != nil {
		t.Fatal(err)
	}
	return got
}

func newGate(t *testing.T, f Folder, open bool) *Gate {
	t.Helper()
	o := GateOptions{Folder: f, Open: open, Logger: zap.NewNop()}
	if ca, err := f.loadAuthority(); err == nil {
		o.Own = ca.Certificate()
	}
	g, err := NewGate(o)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

var peer = netip.MustParseAddr("192.0.2.7")

func login(device, password string) Login {
	return Login{Device: device, Username: device, Password: []byte(password), Peer: peer}
}

func chains(t *testing.T, g *Gate, text []byte) [][]*x509.Certificate {
	t.Helper()
	block, _ := pem.Decode(text)
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return [][]*x509.Certificate{{c, g.o.Own}}
}

func expect(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

func TestAGateIsOpenToStrangersOnlyIfItIsSetToBe(t *testing.T) {
	f := newFolder(t)
	enrolled := enrol(t, f, Order{ID: "a", Kind: Password, Tenant: "north"})
	for open, stranger := range map[bool]error{true: nil, false: RefusedUnknown} {
		g := newGate(t, f, open)
		grant, err := g.Admit(t.Context(), Login{Device: "stranger", Peer: peer})
		expect(t, "a stranger", err, stranger)
		if err == nil && (grant.Tenant != "" || !g.Valid(grant)) {
			t.Errorf("a stranger was granted %+v", grant)
		}
		_, err = g.Admit(t.Context(), Login{Device: "a", Peer: peer})
		expect(t, "the name of an enrolled device without its password", err, RefusedPassword)
		_, err = g.Admit(t.Context(), Login{Device: "a", Username: "b", Password: []byte(enrolled.Password), Peer: peer})
		expect(t, "another user name", err, RefusedName)
		if grant, err = g.Admit(t.Context(), login("a", enrolled.Password)); err != nil || grant.Tenant != "north" || !g.Valid(grant) {
			t.Errorf("the device itself: %+v, %v", grant, err)
		}
	}
}

func TestARunningGateFollowsTheCommands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFolder(t)
		g := newGate(t, f, true)
		stranger, err := g.Admit(t.Context(), Login{Device: "a", Peer: peer})
		expect(t, "before it was enrolled", err, nil)

		first := enrol(t, f, Order{ID: "a", Kind: Password})
		time.Sleep(refreshEvery) //nolint:forbidigo // of the bubble's clock
		if g.Valid(stranger) {
			t.Error("who came as a stranger stays when the name is enrolled")
		}
		one, err := g.Admit(t.Context(), login("a", first.Password))
		expect(t, "enrolled", err, nil)

		var second Credentials
		if err := f.Renew("a", 0, func(c Credentials) error { second = c; return nil }); err != nil {
			t.Fatal(err)
		}
		time.Sleep(refreshEvery) //nolint:forbidigo // of the bubble's clock
		if g.Valid(one) {
			t.Error("the old password's connection stays")
		}
		_, err = g.Admit(t.Context(), login("a", first.Password))
		expect(t, "the old password", err, RefusedPassword)
		two, err := g.Admit(t.Context(), login("a", second.Password))
		expect(t, "the new password", err, nil)

		if known, err := f.Revoke("a"); !known || err != nil {
			t.Fatal(known, err)
		}
		time.Sleep(refreshEvery) //nolint:forbidigo // of the bubble's clock
		if g.Valid(two) {
			t.Error("a revoked device's connection stays")
		}
		_, err = g.Admit(t.Context(), login("a", second.Password))
		expect(t, "revoked", err, RefusedRevoked)

		third := enrol(t, f, Order{ID: "a", Kind: Password})
		time.Sleep(refreshEvery) //nolint:forbidigo // of the bubble's clock
		_, err = g.Admit(t.Context(), login("a", second.Password))
		expect(t, "the password from before the revocation", err, RefusedPassword)
		_, err = g.Admit(t.Context(), login("a", third.Password))
		expect(t, "enrolled again", err, nil)
	})
}

func TestCertificatesAreGoodForTheirDeviceUntilTheyExpireOrAreTakenBack(t *testing.T) {
	f := newFolder(t)
	a := enrol(t, f, Order{ID: "a", Kind: Certificate, Tenant: "north", Valid: time.Hour})
	old := enrol(t, f.Clocked(func() time.Time { return time.Now().Add(-2 * time.Hour) }), Order{ID: "old", Kind: Certificate, Valid: time.Hour})
	revoked := enrol(t, f, Order{ID: "revoked", Kind: Certificate})
	if _, err := f.Revoke("revoked"); err != nil {
		t.Fatal(err)
	}
	enrol(t, f, Order{ID: "revoked", Kind: Certificate})
	g := newGate(t, f, false)
	with := func(device string, text []byte) Login {
		return Login{Device: device, Peer: peer, Chains: chains(t, g, text)}
	}
	grant, err := g.Admit(t.Context(), with("a", a.Certificate))
	if err != nil || grant.Tenant != "north" || !g.Valid(grant) {
		t.Errorf("its own: %+v, %v", grant, err)
	}
	_, err = g.Admit(t.Context(), with("b", a.Certificate))
	expect(t, "another device's", err, RefusedCertificate)
	_, err = g.Admit(t.Context(), with("old", old.Certificate))
	expect(t, "expired", err, RefusedExpired)
	_, err = g.Admit(t.Context(), with("revoked", revoked.Certificate))
	expect(t, "from before the revocation", err, RefusedNoLonger)
	_, err = g.Admit(t.Context(), Login{Device: "a", Peer: peer})
	expect(t, "none shown", err, RefusedPassword)

	// One of another authority that the operator trusts needs no entry, but obeys one.
	foreign := newFolder(t)
	theirs := enrol(t, foreign, Order{ID: "visitor", Kind: Certificate})
	authority, err := foreign.Authority()
	if err != nil {
		t.Fatal(err)
	}
	visitor := with("visitor", theirs.Certificate)
	visitor.Chains[0][1] = authority.Certificate()
	guest, err := g.Admit(t.Context(), visitor)
	if err != nil || guest.Tenant != "default" || !g.Valid(guest) {
		t.Errorf("of another authority: %+v, %v", guest, err)
	}
	if known, err := f.Revoke("visitor"); known || err != nil {
		t.Fatal(known, err)
	}
	later := newGate(t, f, false)
	_, err = later.Admit(t.Context(), visitor)
	expect(t, "of another authority, revoked", err, RefusedRevoked)
	if later.Valid(guest) {
		t.Error("the visitor stays after it was revoked")
	}
}

func TestARenewedCertificateLeavesTheOldOneGood(t *testing.T) {
	f := newFolder(t)
	first := enrol(t, f, Order{ID: "a", Kind: Certificate})
	var second Credentials
	if err := f.Renew("a", 48*time.Hour, func(c Credentials) error { second = c; return nil }); err != nil {
		t.Fatal(err)
	}
	g := newGate(t, f, false)
	for name, text := range map[string][]byte{"first": first.Certificate, "second": second.Certificate} {
		_, err := g.Admit(t.Context(), Login{Device: "a", Peer: peer, Chains: chains(t, g, text)})
		expect(t, name, err, nil)
	}
}

func TestFailedLoginsAreSlowedDownButWhoWasVerifiedIsNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFolder(t)
		a, b := enrol(t, f, Order{ID: "a", Kind: Password}), enrol(t, f, Order{ID: "b", Kind: Password})
		g := newGate(t, f, false)
		_, err := g.Admit(t.Context(), login("b", b.Password))
		expect(t, "b", err, nil)
		for i := range freeOfDevice {
			for _, device := range []string{"a", "b"} {
				_, err := g.Admit(t.Context(), login(device, fmt.Sprint("guess ", i)))
				expect(t, "a guess", err, RefusedPassword)
			}
		}
		_, err = g.Admit(t.Context(), login("a", a.Password))
		expect(t, "after the guesses", err, RefusedTooMany)
		_, err = g.Admit(t.Context(), login("b", b.Password))
		expect(t, "a device that was verified before", err, nil)
		time.Sleep(firstWait) //nolint:forbidigo // of the bubble's clock
		_, err = g.Admit(t.Context(), login("a", "one more guess"))
		expect(t, "a guess after a second", err, RefusedPassword)
		time.Sleep(firstWait) //nolint:forbidigo // of the bubble's clock
		_, err = g.Admit(t.Context(), login("a", a.Password))
		expect(t, "the second wait is longer", err, RefusedTooMany)
		time.Sleep(firstWait) //nolint:forbidigo // of the bubble's clock
		_, err = g.Admit(t.Context(), login("a", a.Password))
		expect(t, "when it is over", err, nil)
	})
}

func TestAnAddressThatGuessesIsSlowedDownForEveryDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFolder(t)
		a := enrol(t, f, Order{ID: "a", Kind: Password})
		g := newGate(t, f, false)
		for i := range freeOfAddress {
			g.slow.failed(fmt.Sprint("device-", i), peer)
		}
		_, err := g.Admit(t.Context(), login("a", a.Password))
		expect(t, "from the same address", err, RefusedTooMany)
		elsewhere := login("a", a.Password)
		elsewhere.Peer = netip.MustParseAddr("192.0.2.8")
		_, err = g.Admit(t.Context(), elsewhere)
		expect(t, "from another address", err, nil)
	})
}

func TestOfIPv6ANetworkCountsAsOneAddress(t *testing.T) {
	s := newSlowness(time.Now)
	for i := range freeOfAddress {
		s.failed(fmt.Sprint("device-", i), netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", i+1)))
	}
	if !s.barred("x", netip.MustParseAddr("2001:db8::ffff")) || s.barred("x", netip.MustParseAddr("2001:db8:0:1::1")) {
		t.Error("not by the first 64 bits")
	}
}

func TestWhatIsRememberedOfFailuresIsBounded(t *testing.T) {
	s := newSlowness(time.Now)
	for i := range 3 * maxFailing {
		s.failed(fmt.Sprint("device-", i), peer)
	}
	if n := len(s.who); n > maxFailing {
		t.Errorf("%d are remembered", n)
	}
}

func TestALoginWaitsForItsTurnButNotForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFolder(t)
		a := enrol(t, f, Order{ID: "a", Kind: Password})
		g := newGate(t, f, false)
		for range cap(g.turns) {
			g.turns <- struct{}{}
		}
		began := time.Now()
		_, err := g.Admit(context.Background(), login("a", a.Password))
		expect(t, "while all turns are taken", err, RefusedBusy)
		if took := time.Since(began); took != waitForTurn {
			t.Errorf("waited %v", took)
		}
		<-g.turns
		_, err = g.Admit(context.Background(), login("a", a.Password))
		expect(t, "with a turn free", err, nil)
	})
}

func TestABookThatCannotBeReadChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFolder(t)
		a := enrol(t, f, Order{ID: "a", Kind: Password})
		g := newGate(t, f, false)
		path := filepath.Join(f.dir, fileDevices)
		for name, spoil := range map[string]func() error{
			"spoilt":  func() error { return os.WriteFile(path, []byte(`{"v":1,"devices":[{"id"`), 0o600) },
			"removed": func() error { return os.Remove(path) },
		} {
			if err := spoil(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(refreshEvery) //nolint:forbidigo // of the bubble's clock
			_, err := g.Admit(t.Context(), login("a", a.Password))
			expect(t, name, err, nil)
			_, err = g.Admit(t.Context(), login("stranger", a.Password))
			expect(t, name, err, RefusedUnknown)
			if err := os.WriteFile(path, []byte("{}"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := NewGate(GateOptions{Folder: f, Logger: zap.NewNop()}); err == nil {
			t.Error("a gate was made of a book that cannot be read")
		}
	})
}
