package access

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"sidetone/internal/statefile"
)

// How long certificates are good for, and how long before their making: a device's clock may be behind.
const (
	caValid     = 20 * 365 * 24 * time.Hour
	serverValid = 365 * 24 * time.Hour
	backdated   = 48 * time.Hour
)

// Authority is the collector's own small one. Its keys are ECDSA P-256, which every TLS 1.2 stack knows.
type Authority struct {
	folder Folder
	cert   *x509.Certificate
	key    *ecdsa.PrivateKey
}

// Authority opens the collector's authority, and makes it on first use.
func (f Folder) Authority() (*Authority, error) {
	a, err := f.loadAuthority()
	if !errors.Is(err, fs.ErrNotExist) {
		return a, err
	}
	err = f.locked(func() error {
		if a, err = f.loadAuthority(); errors.Is(err, fs.ErrNotExist) {
			a, err = f.makeAuthority()
		}
		return err
	})
	return a, err
}

// loadAuthority fails with fs.ErrNotExist while there is none. The key is the first to be written: a certificate that is
// there has one.
func (f Folder) loadAuthority() (*Authority, error) {
	path := filepath.Join(f.dir, fileCA)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s: no certificate", path)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	key, err := readKey(filepath.Join(f.dir, fileCAKey))
	if err != nil {
		return nil, fmt.Errorf("key of the authority: %s", err.Error()) // not wrapped: not to be taken for a missing authority
	}
	if !key.PublicKey.Equal(cert.PublicKey) {
		return nil, fmt.Errorf("%s: its key is not in %s", path, fileCAKey)
	}
	return &Authority{folder: f, cert: cert, key: key}, nil
}

func (f Folder) makeAuthority() (*Authority, error) {
	key, err := makeKey(filepath.Join(f.dir, fileCAKey))
	if err != nil {
		return nil, err
	}
	now := f.now()
	// A name of its own for every authority, so that one is not tried with the other's certificates.
	serial := newSerial()
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: fmt.Sprintf("sidetone collector %x", serial.Bytes()[:4])},
		NotBefore: now.Add(-backdated), NotAfter: now.Add(caValid),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, BasicConstraintsValid: true, IsCA: true, MaxPathLenZero: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	if err := statefile.Replace(filepath.Join(f.dir, fileCA), encodeCertificate(der)); err != nil {
		return nil, err
	}
	return f.loadAuthority()
}

// Certificate is the authority's own.
func (ca *Authority) Certificate() *x509.Certificate { return ca.cert }

// PEM is the authority's certificate, for whoever verifies by it.
func (ca *Authority) PEM() []byte { return encodeCertificate(ca.cert.Raw) }

// issue makes a device's certificate and key, both PEM.
func (ca *Authority) issue(device string, now time.Time, valid time.Duration) (cert, key []byte, issued Issued, err error) {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, Issued{}, err
	}
	der, err := ca.sign(&x509.Certificate{
		SerialNumber: newSerial(), Subject: pkix.Name{CommonName: device}, NotBefore: now.Add(-backdated), NotAfter: now.Add(valid),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, k)
	if err != nil {
		return nil, nil, Issued{}, err
	}
	if key, err = encodeKey(k); err != nil {
		return nil, nil, Issued{}, err
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, nil, Issued{}, err
	}
	return encodeCertificate(der), key, Issued{Serial: serialText(made), NotAfter: made.NotAfter}, nil
}

func (ca *Authority) sign(template *x509.Certificate, key *ecdsa.PrivateKey) ([]byte, error) {
	if template.NotAfter.After(ca.cert.NotAfter) {
		template.NotAfter = ca.cert.NotAfter
	}
	return x509.CreateCertificate(rand.Reader, template, ca.cert, key.Public(), ca.key)
}

func newSerial() *big.Int {
	b := make([]byte, 16) // RFC 5280 4.1.2.2: positive, at most 20 octets
	_, _ = rand.Read(b)   // never fails
	b[0] = b[0]&0x7f | 0x40
	return new(big.Int).SetBytes(b)
}

func serialText(c *x509.Certificate) string { return fmt.Sprintf("%x", c.SerialNumber) }

func encodeCertificate(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func encodeKey(k *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(k)
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), err
}

func readKey(path string) (*ecdsa.PrivateKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, rest := pem.Decode(text)
	if block == nil || len(bytes.TrimSpace(rest)) > 0 {
		return nil, fmt.Errorf("%s: want one PEM key", path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	k, ok := parsed.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s: want an ECDSA key", path)
	}
	return k, nil
}

// makeKey reads the key at path, or makes it: one that a power cut left without its certificate is as good as new.
func makeKey(path string) (*ecdsa.PrivateKey, error) {
	if k, err := readKey(path); !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	text, err := encodeKey(k)
	if err != nil {
		return nil, err
	}
	return k, statefile.Replace(path, text)
}
