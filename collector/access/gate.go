package access

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"sidetone/internal/logkey"
)

// Refusal is why a login was refused.
type Refusal string

// The reasons.
const (
	RefusedName        Refusal = "user name of another device"
	RefusedUnknown     Refusal = "unknown device"
	RefusedRevoked     Refusal = "revoked device"
	RefusedPassword    Refusal = "wrong password"
	RefusedCertificate Refusal = "certificate of another device"
	RefusedExpired     Refusal = "expired certificate"
	RefusedNoLonger    Refusal = "certificate that is no longer good"
	RefusedTooMany     Refusal = "too many failed logins"
	RefusedBusy        Refusal = "too many logins at a time"
)

// Error implements error.
func (r Refusal) Error() string { return "refused: " + string(r) }

// The bounds of what logins may cost.
const (
	refreshEvery = time.Second
	waitForTurn  = 5 * time.Second // for argon2id; agents wait 15 s for their CONNACK
	maxPassword  = 256             // bytes
	maxVerified  = 50_000          // devices whose password is remembered as verified
)

// Login is what a connection says of itself.
type Login struct {
	Device   string // client identifier: a valid name
	Username string
	Password []byte
	Peer     netip.Addr
	Chains   [][]*x509.Certificate // as TLS verified them; nil without a certificate
}

// Grant is what a login led to.
type Grant struct {
	Tenant   string // of the device; "" is any
	device   string
	hash     string // of the password that was shown
	serial   string // of the own authority's certificate that was shown
	notAfter time.Time
}

// GateOptions say whom a Gate lets in.
type GateOptions struct {
	Folder Folder
	Open   bool              // devices that were never enrolled are let in, for any tenant
	Own    *x509.Certificate // of the own authority; nil without TLS
	Logger *zap.Logger
	Now    func() time.Time // nil is time.Now
}

// Gate decides who may speak for which device.
type Gate struct {
	o     GateOptions
	turns chan struct{} // a token each for what runs of argon2id at a time
	slow  *slowness
	key   [32]byte // of the sums below, new in every process

	mu       sync.Mutex
	book     *book
	file     os.FileInfo // as it was read; nil when it was not there
	looked   time.Time
	said     string              // of a file that could not be read
	verified map[string][32]byte // by device: sum over its hash and the password that matches
}

// NewGate reads the book of devices; from then on a file that cannot be read changes nothing.
func NewGate(o GateOptions) (*Gate, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	g := &Gate{
		o: o, turns: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)), slow: newSlowness(o.Now),
		verified: map[string][32]byte{}, looked: o.Now(),
	}
	_, _ = rand.Read(g.key[:]) // never fails
	return g, g.readLocked()
}

// Enrolled tells how many devices have credentials that are good.
func (g *Gate) Enrolled() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := 0
	for _, d := range g.book.Devices {
		if d.Revoked.IsZero() {
			n++
		}
	}
	return n
}

// lookup is a device as last read: fresh, or as of the last second. Whether the file has changed is one call of stat.
func (g *Gate) lookup(id string, fresh bool) (Device, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now := g.o.Now(); fresh || now.Sub(g.looked) >= refreshEvery {
		g.looked = now
		g.refreshLocked()
	}
	i, there := g.book.find(id)
	if !there {
		return Device{}, false
	}
	return g.book.Devices[i], true
}

func (g *Gate) refreshLocked() {
	said := ""
	if err := g.readLocked(); err != nil {
		said = err.Error()
	}
	if said != "" && said != g.said {
		g.o.Logger.Error("the devices' credentials cannot be read, those known so far stay", zap.String(logkey.Reason, said))
	}
	g.said = said
}

func (g *Gate) readLocked() error {
	path := filepath.Join(g.o.Folder.dir, fileDevices)
	info, err := os.Stat(path)
	switch {
	case err != nil && g.file != nil:
		return err // one that was removed does not bar a fleet, nor open the gate
	case err == nil && g.file != nil && os.SameFile(info, g.file) && info.ModTime().Equal(g.file.ModTime()) && info.Size() == g.file.Size():
		return nil
	}
	b, err := g.o.Folder.read()
	if err != nil {
		return err
	}
	g.book = b
	if info != nil {
		g.file = info
	}
	return nil
}

// Admit decides about a login. The error is a Refusal.
func (g *Gate) Admit(ctx context.Context, l Login) (Grant, error) {
	if l.Username != "" && l.Username != l.Device {
		return Grant{}, RefusedName
	}
	d, known := g.lookup(l.Device, true)
	switch {
	case known && !d.Revoked.IsZero():
		return Grant{}, RefusedRevoked
	case l.Chains != nil:
		return g.byCertificate(l, d)
	case known && d.Kind == Password:
		return g.byPassword(ctx, l, d)
	case known:
		return Grant{}, RefusedPassword // it has a certificate, and none was shown
	case g.o.Open:
		return Grant{device: l.Device}, nil
	default:
		return Grant{}, RefusedUnknown // at once: which ids exist is no secret, every topic has one
	}
}

// byCertificate admits whom a certificate names. One of the own authority must be in the book; another authority that the
// operator trusts needs no entry, and cannot speak for a tenant other than the entry's, or "default".
func (g *Gate) byCertificate(l Login, d Device) (Grant, error) {
	leaf := l.Chains[0][0]
	grant := Grant{Tenant: d.Tenant, device: l.Device, notAfter: leaf.NotAfter}
	if grant.Tenant == "" {
		grant.Tenant = "default"
	}
	switch {
	case leaf.Subject.CommonName != l.Device:
		return Grant{}, RefusedCertificate
	case g.o.Now().After(leaf.NotAfter):
		return Grant{}, RefusedExpired
	case !slices.ContainsFunc(l.Chains, func(c []*x509.Certificate) bool { return c[len(c)-1].Equal(g.o.Own) }):
		return grant, nil
	}
	grant.serial = serialText(leaf)
	if !d.has(grant.serial) {
		return Grant{}, RefusedNoLonger
	}
	return grant, nil
}

// byPassword checks the password. One that was verified before is known by a sum of it, costs nothing, and is not slowed
// down by what others tried in the device's name.
func (g *Gate) byPassword(ctx context.Context, l Login, d Device) (Grant, error) {
	grant := Grant{Tenant: d.Tenant, device: d.ID, hash: d.Hash}
	if len(l.Password) == 0 || len(l.Password) > maxPassword {
		return Grant{}, g.failed(l)
	}
	sum := g.sum(d.Hash, l.Password)
	g.mu.Lock()
	seen, there := g.verified[d.ID]
	g.mu.Unlock()
	if there && hmac.Equal(seen[:], sum[:]) {
		return grant, nil
	}
	if g.slow.barred(l.Device, l.Peer) {
		return Grant{}, RefusedTooMany
	}
	h, err := parseHash(d.Hash)
	if err != nil {
		return Grant{}, fmt.Errorf("device %s: %w", d.ID, err)
	}
	wait := time.NewTimer(waitForTurn)
	defer wait.Stop()
	select {
	case g.turns <- struct{}{}:
	case <-wait.C:
		return Grant{}, RefusedBusy
	case <-ctx.Done():
		return Grant{}, RefusedBusy
	}
	good, barred := false, g.slow.barred(l.Device, l.Peer) // by those that had their turn meanwhile
	if !barred {
		good = h.matches(l.Password)
	}
	<-g.turns
	if barred {
		return Grant{}, RefusedTooMany
	}
	if !good {
		return Grant{}, g.failed(l)
	}
	g.slow.succeeded(l.Device)
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.verified) >= maxVerified {
		clear(g.verified)
	}
	g.verified[d.ID] = sum
	return grant, nil
}

func (g *Gate) failed(l Login) error {
	g.slow.failed(l.Device, l.Peer)
	return RefusedPassword
}

func (g *Gate) sum(hash string, password []byte) (sum [32]byte) {
	m := hmac.New(sha256.New, g.key[:])
	m.Write([]byte(hash))
	m.Write([]byte{0})
	m.Write(password)
	m.Sum(sum[:0])
	return sum
}

// Valid tells whether what was granted would be granted still.
func (g *Gate) Valid(grant Grant) bool {
	d, known := g.lookup(grant.device, false)
	switch {
	case known && !d.Revoked.IsZero():
		return false
	case !grant.notAfter.IsZero() && g.o.Now().After(grant.notAfter):
		return false
	case grant.serial != "":
		return d.has(grant.serial) && d.Tenant == grant.Tenant
	case grant.hash != "":
		return d.Hash == grant.hash
	case !grant.notAfter.IsZero(): // of another authority
		return !known || d.Tenant == grant.Tenant
	default:
		return !known && g.o.Open
	}
}
