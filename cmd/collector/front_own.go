package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"sidetone/collector/access"
	"sidetone/collector/api"
	"sidetone/collector/ingest"
	"sidetone/collector/ingest/embedded"
	"sidetone/collector/store"
	"sidetone/internal/logkey"
)

// ownBroker opens the embedded broker's listeners, and says who may come in.
func (c *config) ownBroker(ctx context.Context, handler *ingest.Handler, st store.Store, logger *zap.Logger) (_ front, err error) {
	if c.MQTT == "" && c.MQTTS == "" {
		return front{}, fmt.Errorf("%s: the embedded broker needs an address, here or in mqtts", c.origin["mqtt"])
	}
	o := embedded.Options{Handler: handler, Known: st, PerAddress: c.PerAddress, Retained: api.AllWanted(st), Logger: logger}
	defer func() {
		for _, l := range []net.Listener{o.Listener, o.Secure} {
			if err != nil && l != nil {
				err = errors.Join(err, l.Close())
			}
		}
	}()
	var f front
	var own *x509.Certificate
	if c.MQTTS != "" {
		if o.TLS, own, err = c.deviceTLS(access.At(c.Database)); err != nil {
			return front{}, err
		}
		if o.Secure, err = c.listen(ctx, "mqtts", c.MQTTS); err != nil {
			return front{}, err
		}
		f.url, f.announced = "mqtts://"+o.Secure.Addr().String(), " mqtts="+o.Secure.Addr().String()
	}
	if c.MQTT != "" {
		if o.Listener, err = c.listen(ctx, "mqtt", c.MQTT); err != nil {
			return front{}, err
		}
		f.url, f.announced = "mqtt://"+o.Listener.Addr().String(), "mqtt="+o.Listener.Addr().String()+f.announced
	}
	who, why := c.whoMayCome(o.Listener, o.Secure)
	gate, err := access.NewGate(access.GateOptions{Folder: access.At(c.Database), Open: who == devicesOpen, Own: own, Logger: logger.Named("access")})
	if err != nil {
		return front{}, fmt.Errorf("devices' credentials: %w", err)
	}
	logger.Info("devices may connect: "+who, zap.String(logkey.Reason, why), zap.Int("enrolled", gate.Enrolled()))
	o.Access = gate
	s, err := embedded.New(o)
	if err != nil {
		return front{}, err
	}
	f.run, f.publish, f.announced = s.Run, s.Publish, strings.TrimSpace(f.announced)+" devices="+who
	return f, nil
}

// whoMayCome is the setting of devices, or what it comes to.
func (c *config) whoMayCome(listeners ...net.Listener) (who, why string) {
	if c.Devices != devicesAuto {
		return c.Devices, c.origin["devices"]
	}
	for _, l := range listeners {
		if l == nil {
			continue
		}
		if a, ok := l.Addr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
			return devicesEnrolled, l.Addr().String() + " can be reached from other machines"
		}
	}
	return devicesOpen, "only this machine can connect; an enrolled device still needs its credentials"
}

// deviceTLS is what devices meet at mqtts, and the own authority's certificate.
func (c *config) deviceTLS(folder access.Folder) (*tls.Config, *x509.Certificate, error) {
	ca, err := folder.Authority()
	if err != nil {
		return nil, nil, fmt.Errorf("certificates for mqtts: %w", err)
	}
	clients := x509.NewCertPool()
	clients.AddCert(ca.Certificate())
	if c.ClientCAFile != "" {
		text, err := os.ReadFile(c.ClientCAFile)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", c.origin["mqtts_client_ca_file"], err)
		}
		if !clients.AppendCertsFromPEM(text) {
			return nil, nil, fmt.Errorf("%s: %s holds no certificate", c.origin["mqtts_client_ca_file"], c.ClientCAFile)
		}
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: clients}
	if c.TLSCertFile != "" || c.TLSKeyFile != "" {
		files := &certificateFiles{cert: c.TLSCertFile, key: c.TLSKeyFile}
		if _, err := files.get(nil); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", c.origin["mqtts_cert_file"], err)
		}
		config.GetCertificate = files.get
		return config, ca.Certificate(), nil
	}
	server, err := ca.Server(c.serverNames())
	if err != nil {
		return nil, nil, fmt.Errorf("certificates for mqtts: %w", err)
	}
	config.GetCertificate = server.Get
	return config, ca.Certificate(), nil
}

// serverNames are those that are configured, and what this machine calls itself.
func (c *config) serverNames() []string {
	names := append([]string{}, c.TLSNames...)
	if host, err := os.Hostname(); err == nil {
		names = append(names, host)
	}
	names = append(names, "localhost")
	if host, _, err := net.SplitHostPort(c.MQTTS); err == nil && host != "" && net.ParseIP(host) == nil {
		names = append(names, host)
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return names
	}
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLinkLocalUnicast() {
			names = append(names, n.IP.String())
		}
	}
	return names
}

// certificateFiles is a certificate that is read again when its file has changed.
type certificateFiles struct {
	cert, key string

	mu      sync.Mutex
	at      time.Time // of the file
	current *tls.Certificate
}

// get is for tls.Config.GetCertificate. A new file that cannot be used leaves the old certificate in use.
func (f *certificateFiles) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	info, err := os.Stat(f.cert)
	if err == nil && f.current != nil && info.ModTime().Equal(f.at) {
		return f.current, nil
	}
	if err == nil {
		var read tls.Certificate
		if read, err = tls.LoadX509KeyPair(f.cert, f.key); err == nil {
			f.current, f.at = &read, info.ModTime()
		}
	}
	if f.current != nil {
		return f.current, nil
	}
	return nil, err
}
