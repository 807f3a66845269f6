package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"runtime"

	"sidetone/config"
	"sidetone/telemetry"
)

// newUplink prepares the way to the broker.
func (a *agent) newUplink() (*telemetry.Uplink, error) {
	t := a.cfg.Telemetry
	password := ""
	if t.PasswordFile != "" {
		var err error
		if password, err = config.Secret(t.PasswordFile); err != nil {
			return nil, a.cfg.Fault("telemetry.password_file", err)
		}
	}
	security, err := a.brokerTLS()
	if err != nil {
		return nil, err
	}
	username := t.Username
	if username == "" {
		username = a.cfg.Device.ID
	}
	o := telemetry.UplinkOptions{
		Broker: t.Broker, Tenant: t.Tenant, Device: a.cfg.Device.ID, Username: username, Password: password, TLS: security,
		Journal: a.journal,
		Birth: func() telemetry.State {
			return telemetry.State{
				Boot: a.recorder.Boot(), Name: a.cfg.Device.Name, Model: a.cfg.Device.Profile, Agent: version, Arch: runtime.GOARCH,
				Config: a.process.configState(),
			}
		},
		Health:      func() telemetry.Health { return telemetry.Health{Calls: len(a.ua.Calls())} },
		HealthEvery: t.HealthEvery,
		Lost:        a.recorder.Lost,
		Logger:      a.log,
	}
	if a.process != nil {
		o.Command = func(payload []byte, retained bool) { a.desk.Take(payload, retained) }
		o.Desired = func(payload []byte, _ bool) { a.process.wish(payload) }
	}
	up, err := telemetry.NewUplink(o)
	if err != nil {
		return nil, a.cfg.Fault("telemetry.broker", err)
	}
	return up, nil
}

// brokerTLS reads what the broker's certificate is verified with, and our own.
func (a *agent) brokerTLS() (*tls.Config, error) {
	t := a.cfg.Telemetry
	c := &tls.Config{MinVersion: tls.VersionTLS12, Time: now}
	if t.CAFile != "" {
		pem, err := os.ReadFile(t.CAFile)
		if err != nil {
			return nil, a.cfg.Fault("telemetry.ca_file", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, a.cfg.Fault("telemetry.ca_file", fmt.Errorf("%s holds no certificate", t.CAFile))
		}
	}
	if t.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
		if err != nil {
			return nil, a.cfg.Fault("telemetry.cert_file", err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}
