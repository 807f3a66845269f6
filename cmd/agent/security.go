package main

import (
	"errors"
	"runtime/debug"
	"time"

	"sidetone/config"
	"sidetone/sipua/wire"
)

// sipSecurity is what the user agent shows its peers and whom it trusts.
func sipSecurity(cfg config.Config) wire.Security {
	t := cfg.SIP.TLS
	return wire.Security{CertFile: t.CertFile, KeyFile: t.KeyFile, CAFile: t.CAFile, Floor: buildTime()}
}

// sipFault blames the key that an error of the sockets comes from.
func sipFault(cfg config.Config, err error) error {
	var file *wire.CredentialError
	if !errors.As(err, &file) {
		return cfg.Fault("sip.listen", err)
	}
	switch file.File {
	case cfg.SIP.TLS.CAFile:
		return cfg.Fault("sip.tls.ca_file", err)
	case cfg.SIP.TLS.KeyFile:
		return cfg.Fault("sip.tls.key_file", err)
	}
	return cfg.Fault("sip.tls.cert_file", err)
}

// now is the time by which certificates are judged: a device without a clock of its own starts in 1970, and no
// certificate is that old.
func now() time.Time { return later(time.Now(), buildTime()) }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// buildTime is that of the commit that was built, zero when nobody knows.
func buildTime() time.Time {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return time.Time{}
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.time" {
			t, _ := time.Parse(time.RFC3339, s.Value) // one that cannot be read is the zero one
			return t
		}
	}
	return time.Time{}
}
