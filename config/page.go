package config

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// Address is where to listen, with the host that an address without one means.
func (p Page) Address() string {
	if strings.HasPrefix(p.Listen, ":") {
		return "127.0.0.1" + p.Listen
	}
	return strings.Replace(p.Listen, "localhost:", "127.0.0.1:", 1)
}

// pageAddress is where the page listens, or nothing.
func pageAddress(s string) error {
	if s == "" {
		return nil
	}
	if _, err := netip.ParseAddrPort(Page{Listen: s}.Address()); err != nil {
		return fmt.Errorf("%q is no address with a port; write it as 127.0.0.1:8089, 0.0.0.0:8089 or :8089, which is a loopback address; names are not allowed, and port 0 takes a free one", s)
	}
	return nil
}

// hostName is a name that browsers ask for, without a port.
func hostName(s string) error {
	if s == "" || len(s) > 253 || strings.ContainsFunc(s, func(r rune) bool {
		return r != '-' && r != '.' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) {
		return fmt.Errorf("%q is no name of a host; write it as phone.example.com, without a port", s)
	}
	return nil
}

// checkPage wants a password where others than this device can ask.
func (c *Config) checkPage(blame func(string, error)) {
	p := c.Device.Page
	if p.Listen == "" || p.PasswordFile != "" {
		return
	}
	if a, err := netip.ParseAddrPort(p.Address()); err == nil && !a.Addr().IsLoopback() {
		blame("device.page.listen", errors.New("others than this device can reach it, so that it needs a password; set device.page.password_file, or listen on 127.0.0.1"))
	}
}
