package main

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"sidetone/config"
	"sidetone/telemetry"
	"sidetone/trace"
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
	username := t.Username
	if username == "" {
		username = a.cfg.Device.ID
	}
	o := telemetry.UplinkOptions{
		Brokers: append([]string{t.Broker}, t.Brokers...),
		Tenant:  t.Tenant, Device: a.cfg.Device.ID, Username: username, Password: password, TLS: a.brokerTLS,
		Journal: a.journal, Birth: a.birth, Live: a.recorder.Live, Earlier: a.recorder.Earlier, StartWithin: startWithin(t.StartWithin, a.host.uptime),
		CatchUp: t.CatchUp, Room: t.Journal.MaxBytes,
		Health:      func() telemetry.Health { return telemetry.Health{Calls: len(a.ua.Calls())} },
		HealthEvery: t.HealthEvery,
		Lost:        a.recorder.Lost,
		Gone:        a.recorder.Gone,
		Logger:      a.log,
	}
	if a.process != nil {
		o.Command = func(payload []byte, retained bool) { a.desk.Take(payload, retained) }
		o.Desired = func(payload []byte, _ bool) { a.process.wish(payload) }
	}
	up, err := telemetry.NewUplink(o)
	var fault *config.Problem
	if err != nil && !errors.As(err, &fault) {
		err = a.cfg.Fault("telemetry.broker", err)
	}
	return up, err
}

// birth is what the device says of itself when it connects.
func (a *agent) birth() telemetry.State {
	return telemetry.State{
		Boot: a.recorder.Boot(), Name: a.cfg.Device.Name, Model: a.cfg.Device.Profile, Firmware: a.host.firmware, Agent: version,
		Arch: runtime.GOARCH,
		Birth: &telemetry.Birth{
			Kernel: a.host.kernel, UptimeUS: trace.MicrosOf(a.host.uptime()), Restart: a.recorder.Restart(),
			Lines: len(a.cfg.SIP.Accounts), Depth: a.journal.Stats().Depth,
		},
		Config: a.process.configState(),
	}
}

// justStarted is how long after a start of the device others are likely to have started with it, as after a power cut.
const justStarted = 5 * time.Minute

// startWithin is the time within which the broker is first sought.
func startWithin(configured time.Duration, uptime func() time.Duration) time.Duration {
	if up := uptime(); up == 0 || up > justStarted {
		return 0
	}
	return configured
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
	if t.Pin != "" {
		pin, err := hex.DecodeString(t.Pin)
		if err != nil {
			return nil, a.cfg.Fault("telemetry.pin", err)
		}
		telemetry.Pin(c, [sha256.Size]byte(pin))
	}
	return c, nil
}
