package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"time"

	"go.uber.org/zap"
)

// Security is what the endpoint shows its peers and whom it trusts (RFC 3261 26.2, RFC 5922). The files are PEM, and are
// read again when they have changed: connections that are up stay up. The zero value shows nothing, and trusts the
// authorities of the system.
type Security struct {
	CertFile, KeyFile string // our certificate, with its chain, and its key
	// CAFile holds the authorities by which peers are verified; "" = the system's. With it, those who connect to us are
	// asked for a certificate. They need not have one; one that they show must be good.
	CAFile string
	// Floor is what the clock is never taken to be before, the time at which the program was built: a device without a
	// clock of its own starts in 1970, before any certificate is valid.
	Floor time.Time
}

// handshaker makes the two sides of TLS.
type handshaker struct {
	files *credentialFiles
	floor time.Time
}

func newHandshaker(o Security, log *zap.Logger) (*handshaker, error) {
	files, err := openCredentials(o, log)
	return &handshaker{files: files, floor: o.Floor}, err
}

func (h *handshaker) now() time.Time {
	if now := time.Now(); now.After(h.floor) {
		return now
	}
	return h.floor
}

// server makes TLS of an accepted connection. The handshake is still to come.
func (h *handshaker) server(nc net.Conn) *tls.Conn {
	have := h.files.current()
	config := &tls.Config{
		MinVersion: tls.VersionTLS12, Time: h.now, SessionTicketsDisabled: true,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			if have.certificate == nil {
				return nil, errors.New("no certificate to show")
			}
			return have.certificate, nil
		},
	}
	if have.authorities != nil { // RFC 5922 7.4
		config.ClientAuth, config.ClientCAs = tls.RequestClientCert, have.authorities
		config.VerifyConnection = func(state tls.ConnectionState) error {
			if len(state.PeerCertificates) == 0 {
				return nil
			}
			return h.verify(state.PeerCertificates, have.authorities, x509.ExtKeyUsageClientAuth, addressOf(nc))
		}
	}
	return tls.Server(nc, config)
}

// client makes TLS of a connection that was opened for a domain, and verifies that it leads there (RFC 5922 7.3).
func (h *handshaker) client(ctx context.Context, nc net.Conn, domain string) (net.Conn, error) {
	have := h.files.current()
	c := tls.Client(nc, &tls.Config{
		MinVersion: tls.VersionTLS12, Time: h.now, ServerName: domain,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			if have.certificate == nil {
				return &tls.Certificate{}, nil // an empty one says that there is none
			}
			return have.certificate, nil
		},
		InsecureSkipVerify: true, // by the rules of the web, which know wildcards and no SIP URIs; VerifyConnection verifies
		VerifyConnection: func(state tls.ConnectionState) error {
			err := h.verify(state.PeerCertificates, have.authorities, x509.ExtKeyUsageServerAuth, domain)
			if err != nil {
				return err
			}
			return matchDomain(state.PeerCertificates[0], domain)
		},
	})
	if err := c.HandshakeContext(ctx); err != nil {
		_ = nc.Close() // nothing was said on it
		return nil, explainHandshake(err)
	}
	return c, nil
}

// explainHandshake says in plain words what the peer is at fault with.
func explainHandshake(err error) error {
	var record tls.RecordHeaderError
	if errors.As(err, &record) {
		return fmt.Errorf("the peer does not speak TLS: %w", err)
	}
	if alert := alertOf(err); alert != nil {
		return fmt.Errorf("the peer refused the TLS connection: %w", alert)
	}
	return err
}

// alertOf is the error with which the peer ended TLS (RFC 8446 6.2), nil when it did not.
func alertOf(err error) error {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "remote error" {
		return op.Err
	}
	return nil
}

func addressOf(nc net.Conn) string { return addrPort(nc.RemoteAddr()).Addr().String() }
