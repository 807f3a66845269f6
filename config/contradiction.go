package config

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// contradictions are values that are good by themselves and do not go together. wrong tells whether there is a problem
// with a key already; nothing more is said about what depends on it.
func (c *Config) contradictions(wrong func(key string) bool) Problems {
	var found Problems
	blame := func(key string, err error) {
		file, line := c.source.at(key)
		found = append(found, &Problem{File: file, Line: line, Key: key, Err: err})
	}
	for _, rule := range []struct {
		about string
		check func(blame func(string, error))
	}{
		{"device.page", c.checkPage},
		{"sip.listen", c.checkListeners},
		{"sip.tls", c.checkTLS},
		{"sip.accounts", c.checkAccounts},
		{"telemetry", c.checkBroker},
		{"media", c.checkMedia},
		{"calls", c.checkAlerting},
	} {
		if !wrong(rule.about) {
			rule.check(blame)
		}
	}
	return found
}

// checkListeners refuses listeners of which the second could not be opened.
func (c *Config) checkListeners(blame func(string, error)) {
	if len(c.SIP.Listen) == 0 {
		blame("sip.listen", errors.New("it is empty; a phone needs at least one listener, such as udp://0.0.0.0:5060"))
	}
	for i, a := range c.SIP.Listen {
		for _, b := range c.SIP.Listen[:i] {
			if collide(a, b) {
				blame(fmt.Sprintf("sip.listen[%d]", i), fmt.Errorf("%s takes the same port as %s", a, b))
				break
			}
		}
	}
}

// collide tells whether two listeners want the same socket: tls runs over tcp, and 0.0.0.0 is every address.
func collide(a, b string) bool {
	streamA, addrA := listener(a)
	streamB, addrB := listener(b)
	if streamA != streamB || addrA.Port() != addrB.Port() || addrA.Port() == 0 {
		return false
	}
	if addrA.Addr() == addrB.Addr() {
		return true
	}
	sameFamily := addrA.Addr().Is4() == addrB.Addr().Is4()
	return sameFamily && (addrA.Addr().IsUnspecified() || addrB.Addr().IsUnspecified())
}

func listener(s string) (stream bool, address netip.AddrPort) {
	transport, rest, _ := strings.Cut(s, "://")
	address, _ = netip.ParseAddrPort(rest) // it was checked when it was read
	return transport != "udp", address
}

func (c *Config) checkTLS(blame func(string, error)) {
	if (c.SIP.TLS.CertFile == "") != (c.SIP.TLS.KeyFile == "") {
		blame("sip.tls", errors.New("cert_file and key_file go together; set both or none"))
		return
	}
	for i, l := range c.SIP.Listen {
		if strings.HasPrefix(l, "tls:") && c.SIP.TLS.CertFile == "" {
			blame(fmt.Sprintf("sip.listen[%d]", i), errors.New("a tls listener needs sip.tls.cert_file and sip.tls.key_file"))
		}
	}
}

func (c *Config) checkAccounts(blame func(string, error)) {
	seen := map[string]int{}
	for i, a := range c.SIP.Accounts {
		key := fmt.Sprintf("sip.accounts[%d]", i)
		first, twice := seen[a.AOR]
		switch {
		case a.AOR == "":
			blame(key, errors.New("aor is missing; write it as sip:101@example.com"))
		case twice:
			blame(key+".aor", fmt.Errorf("account %d has it already", first))
		default:
			seen[a.AOR] = i
		}
		if a.Accept == AcceptRegistrar && a.Registrar == "" && a.OutboundProxy == "" {
			blame(key+".accept", errors.New("an account without a registrar has none that brings calls; set registrar or outbound_proxy too"))
		}
		if a.Accept == AcceptDigest && a.PasswordFile == "" {
			blame(key+".accept", errors.New("a caller must know the password; set password_file too"))
		}
	}
}

func (c *Config) checkBroker(blame func(string, error)) {
	t := c.Telemetry
	if (t.CertFile == "") != (t.KeyFile == "") {
		blame("telemetry", errors.New("cert_file and key_file go together; set both or none"))
		return
	}
	secure := false
	for _, address := range append([]string{t.Broker}, t.Brokers...) {
		secure = secure || strings.HasPrefix(address, "mqtts:") || strings.HasPrefix(address, "wss:")
	}
	if t.Broker == "" && len(t.Brokers) > 0 {
		blame("telemetry.brokers", errors.New("they are for when telemetry.broker cannot be reached, and that is empty; set it too"))
	}
	for _, f := range []struct{ key, value string }{{"ca_file", t.CAFile}, {"cert_file", t.CertFile}, {"pin", t.Pin}} {
		if f.value != "" && t.Broker != "" && !secure {
			blame("telemetry."+f.key, errors.New("the broker is not reached by TLS; use mqtts:// or wss://, or leave it out"))
		}
	}
}

func (c *Config) checkMedia(blame func(string, error)) {
	if len(c.Media.Codecs) == 0 {
		blame("media.codecs", errors.New("it is empty; a call needs at least one codec"))
	}
	if c.Media.Ptime%(10*time.Millisecond) != 0 {
		blame("media.ptime", fmt.Errorf("%s is no whole number of 10 ms; allowed: 10ms, 20ms, 30ms, 40ms, 50ms, 60ms", formatDuration(c.Media.Ptime)))
	}
	if c.Media.SRTP == SRTPRequired {
		blame("media.srtp", errors.New("required, but this version cannot encrypt audio: calls would go out in the clear; allowed for now: off, optional"))
	}
	if pairs := c.Media.RTPPorts.Pairs(); pairs < c.Calls.Max {
		key := "media.rtp_ports"
		if _, set := c.source.lines[key]; !set {
			key = "calls.max"
		}
		blame(key, fmt.Errorf("media.rtp_ports %s has ports for %d calls at a time, but calls.max is %d; each call needs an even port and the one above it",
			c.Media.RTPPorts, pairs, c.Calls.Max))
	}
}

func (c *Config) checkAlerting(blame func(string, error)) {
	if c.Calls.EarlyMedia != EarlyMediaPrompt {
		return
	}
	if c.Calls.Prompt == "" {
		blame("calls.early_media", errors.New("prompt needs a recording; set calls.prompt to a WAV file"))
	}
	if c.Calls.Alerting == AlertingRinging {
		blame("calls.early_media", errors.New("a prompt is heard behind a 183, and calls.alerting: ringing sends none; allowed with it: ringback, none"))
	}
}
