package siptest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

// Authority signs certificates. It is valid for a hundred days before and after it was made.
type Authority struct {
	File string // its own certificate, PEM

	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// NewAuthority makes an authority that keeps its files in a folder. In a synctest bubble, make it there.
func NewAuthority(dir string) *Authority {
	const validity = 100 * 24 * time.Hour
	a := &Authority{File: filepath.Join(dir, "ca.pem"), dir: dir, key: newKey()}
	a.cert = &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-validity), NotAfter: time.Now().Add(validity), KeyUsage: x509.KeyUsageCertSign,
	}
	a.cert = must(x509.ParseCertificate(a.sign(a.cert, a.key)))
	writePEM(a.File, "CERTIFICATE", a.cert.Raw)
	return a
}

// Issue writes a certificate, and the file of its key. It is valid for a day, and changed as wanted before it is signed.
// The same name is written over.
func (a *Authority) Issue(name string, change func(*x509.Certificate)) (certFile, keyFile string) {
	c := &x509.Certificate{
		SerialNumber: must(rand.Int(rand.Reader, big.NewInt(1<<62))),
		NotBefore:    time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	change(c)
	key := newKey()
	certFile, keyFile = filepath.Join(a.dir, name+".pem"), filepath.Join(a.dir, name+".key")
	writePEM(certFile, "CERTIFICATE", a.sign(c, key))
	writePEM(keyFile, "EC PRIVATE KEY", must(x509.MarshalECPrivateKey(key)))
	return certFile, keyFile
}

func (a *Authority) sign(c *x509.Certificate, key *ecdsa.PrivateKey) []byte {
	return must(x509.CreateCertificate(rand.Reader, c, a.cert, key.Public(), a.key))
}

func newKey() *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) }

func writePEM(path, kind string, der []byte) {
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		panic(fmt.Sprintf("siptest: %v", err))
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("siptest: %v", err))
	}
	return value
}
