package wire

import (
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// verify checks that a peer's certificate is valid, and for what it is used (RFC 5280 6, RFC 5922 7.1). whose is how the
// error calls the peer.
func (h *handshaker) verify(chain []*x509.Certificate, authorities *x509.CertPool, usage x509.ExtKeyUsage, whose string) error {
	if len(chain) == 0 {
		return fmt.Errorf("%s shows no certificate", whose)
	}
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{
		Roots: authorities, Intermediates: between, CurrentTime: h.now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if err != nil {
		return fmt.Errorf("certificate of %s %w", whose, explainCertificate(err, h.now()))
	}
	if !isFor(chain[0], usage) {
		return fmt.Errorf("certificate of %s is for another use than SIP", whose)
	}
	return nil
}

// explainCertificate says in plain words what is wrong with a certificate, to go on after its name.
func explainCertificate(err error, now time.Time) error {
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		if now.Before(invalid.Cert.NotBefore) {
			return fmt.Errorf("is not valid before %s", invalid.Cert.NotBefore.UTC().Format(time.DateOnly))
		}
		return fmt.Errorf("has expired on %s", invalid.Cert.NotAfter.UTC().Format(time.DateOnly))
	case errors.As(err, &unknown):
		return errors.New("is signed by an unknown authority")
	}
	return fmt.Errorf("is not valid: %w", err)
}

// sipDomain is the extended key usage of a SIP domain (RFC 5924 4).
var sipDomain = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 20}

// isFor says whether a certificate may be used so: a certificate that names no use may be used for any.
func isFor(c *x509.Certificate, usage x509.ExtKeyUsage) bool {
	if len(c.ExtKeyUsage)+len(c.UnknownExtKeyUsage) == 0 {
		return true
	}
	return slices.Contains(c.ExtKeyUsage, usage) || slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageAny) ||
		slices.ContainsFunc(c.UnknownExtKeyUsage, sipDomain.Equal)
}

// matchDomain says whether a certificate is that of a domain (RFC 5922 7.2): the whole name, in any case, and no
// wildcards. An address must stand in the certificate as one.
func matchDomain(c *x509.Certificate, domain string) error {
	if addr, err := netip.ParseAddr(domain); err == nil {
		for _, ip := range c.IPAddresses {
			if other, ok := netip.AddrFromSlice(ip); ok && other.Unmap() == addr.Unmap().WithZone("") {
				return nil
			}
		}
		return fmt.Errorf("certificate of %s is not for this address but for %s", domain, namesOf(c))
	}
	if slices.ContainsFunc(identities(c), func(name string) bool { return sameDomain(name, domain) }) {
		return nil
	}
	return fmt.Errorf("certificate of %s is for another name: %s", domain, namesOf(c))
}

func sameDomain(a, b string) bool {
	return strings.EqualFold(strings.TrimSuffix(a, "."), strings.TrimSuffix(b, "."))
}

func namesOf(c *x509.Certificate) string {
	names := identities(c)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		return "no domain"
	}
	return strings.Join(names, ", ")
}

var subjectAltName = asn1.ObjectIdentifier{2, 5, 29, 17}

// identities are the SIP domains that a certificate is for (RFC 5922 7.1): its sip URIs without a user, else its DNS
// names; the common name only in one that is too old to have either.
func identities(c *x509.Certificate) []string {
	var domains []string
	for _, uri := range c.URIs {
		if host := uri.Opaque; uri.Scheme == "sip" && !strings.Contains(host, "@") {
			if end := strings.IndexAny(host, ":;?"); end >= 0 {
				host = host[:end]
			}
			domains = append(domains, host)
		}
	}
	if len(domains) > 0 {
		return domains
	}
	for _, extension := range c.Extensions {
		if extension.Id.Equal(subjectAltName) {
			return c.DNSNames
		}
	}
	if name := c.Subject.CommonName; strings.Contains(name, ".") && isToken(name) {
		return []string{name}
	}
	return nil
}
