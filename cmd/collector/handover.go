package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"

	"sidetone/collector/access"
)

// handOver prints a device's credentials and what its agent.yaml needs, and writes the files that go with them.
func handOver(c *config, dir string, cr access.Credentials, out io.Writer) error {
	id := cr.Device.ID
	var b strings.Builder
	fmt.Fprintf(&b, "device:   %s\ntenant:   %s\n", id, cr.Device.Tenant)
	lines := []string{"device:", "  id: " + id, "telemetry:", "  broker: " + c.brokerFor(cr.Device.Kind), "  tenant: " + cr.Device.Tenant}
	type file struct {
		name string
		text []byte
		mode os.FileMode
	}
	var files []file
	if cr.Device.Kind == access.Password {
		fmt.Fprintf(&b, "user:     %s\npassword: %s (shown once; only its hash is kept)\n", id, cr.Password)
		files = append(files, file{id + ".password", []byte(cr.Password + "\n"), 0o600})
		lines = append(lines, "  username: "+id, "  password_file: /etc/sidetone/"+id+".password")
	} else {
		fmt.Fprintf(&b, "valid:    until %s, of the collector's own authority\n", moment(cr.NotAfter))
		files = append(files, file{id + ".crt", cr.Certificate, 0o644}, file{id + ".key", cr.Key, 0o600})
		lines = append(lines, "  cert_file: /etc/sidetone/"+id+".crt", "  key_file: /etc/sidetone/"+id+".key")
	}
	if c.MQTTS != "" && c.TLSCertFile == "" || cr.Device.Kind == access.Certificate {
		files = append(files, file{"collector-ca.crt", cr.CA, 0o644})
		lines = append(lines, "  ca_file: /etc/sidetone/collector-ca.crt")
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	for _, f := range files { // all or none
		path := filepath.Join(dir, f.name)
		if there, err := os.ReadFile(path); err == nil && string(there) != string(f.text) {
			return fmt.Errorf("%s exists already, and nothing was changed: name another folder with --out", path)
		}
	}
	for _, f := range files {
		path := filepath.Join(dir, f.name)
		if err := writeNew(path, f.text, f.mode); err != nil {
			return err
		}
		fmt.Fprintf(&b, "file:     %s\n", path)
	}
	fmt.Fprintf(&b, "\nCopy the files to /etc/sidetone on the device. In its agent.yaml:\n\n%s\n", strings.Join(lines, "\n"))
	_, err := io.WriteString(out, b.String())
	return err
}

// brokerFor is where a device finds this collector, as far as its configuration tells.
func (c *config) brokerFor(kind access.Kind) string {
	scheme, address := "mqtts", c.MQTTS
	if address == "" && kind == access.Password {
		scheme, address = "mqtt", c.MQTT
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return scheme + "://COLLECTOR:8883 # serve needs --mqtts for it"
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "COLLECTOR"
		if len(c.TLSNames) > 0 {
			host = c.TLSNames[0]
		} else if name, err := os.Hostname(); err == nil {
			host = name
		}
	}
	if port == "0" {
		port = "PORT"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// writeNew writes a file, unless it is there already: a key is never lost to a slip.
func writeNew(path string, text []byte, mode os.FileMode) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if errors.Is(err, os.ErrExist) {
		return nil // the same text: handOver has looked
	}
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}
