package access

import (
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"path/filepath"
	"sync"
)

// ServerCertificate makes and renews the certificate that the collector shows to devices. Its key stays the same, so a
// device may pin it.
type ServerCertificate struct {
	authority *Authority
	key       *ecdsa.PrivateKey
	names     []string

	mu      sync.Mutex
	current *tls.Certificate
}

// Server prepares a certificate for the names, and addresses, that devices reach this collector by.
func (ca *Authority) Server(names []string) (*ServerCertificate, error) {
	s := &ServerCertificate{authority: ca, names: names}
	err := ca.folder.locked(func() (err error) {
		s.key, err = makeKey(filepath.Join(ca.folder.dir, fileServerKey))
		return err
	})
	if err != nil {
		return nil, err
	}
	_, err = s.Get(nil)
	return s, err
}

// Get is for tls.Config.GetCertificate.
func (s *ServerCertificate) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.authority.folder.now()
	if c := s.current; c != nil && now.Before(c.Leaf.NotAfter.Add(-serverValid/2)) && now.After(c.Leaf.NotBefore) {
		return c, nil
	}
	template := &x509.Certificate{
		SerialNumber: newSerial(), Subject: pkix.Name{CommonName: "sidetone collector"},
		NotBefore: now.Add(-backdated), NotAfter: now.Add(serverValid),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, n := range s.names {
		if ip := net.ParseIP(n); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, n)
		}
	}
	der, err := s.authority.sign(template, s.key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	s.current = &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: s.key, Leaf: leaf}
	return s.current, nil
}
