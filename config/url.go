package config

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

var (
	transports    = []string{"udp", "tcp", "tls"}
	brokerSchemes = []string{"mqtt", "mqtts", "ws", "wss"}
	sipSchemes    = []string{"sip", "sips"}
)

// isUser tells whether s is the user part of a SIP URI without a password (RFC 3261 section 25.1, "user").
func isUser(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case isAlphanumeric(c), strings.IndexByte("-_.!~*'()&=+$,;?/", c) >= 0:
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			i += 2
		default:
			return false
		}
	}
	return s != ""
}

// isHost tells whether s is the name of a host: labels of letters, digits and inner hyphens (RFC 1123 section 2.1).
func isHost(s string) bool {
	for label := range strings.SplitSeq(strings.TrimSuffix(s, "."), ".") {
		if label == "" || !isAlphanumeric(label[0]) || !isAlphanumeric(label[len(label)-1]) {
			return false
		}
		for i := range len(label) {
			if !isAlphanumeric(label[i]) && label[i] != '-' {
				return false
			}
		}
	}
	return true
}

func isAlphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }

// listenURL is where to listen: "udp://0.0.0.0:5060", "tcp://[::1]:0".
func listenURL(s string) error {
	transport, address, ok := strings.Cut(s, "://")
	if !ok {
		return fmt.Errorf("%q is no listener; write it as udp://0.0.0.0:5060", s)
	}
	if !slices.Contains(transports, transport) {
		return fmt.Errorf("transport %q is not known%s; allowed: %s", transport, didYouMean(transport, transports), strings.Join(transports, ", "))
	}
	if _, err := netip.ParseAddrPort(address); err != nil {
		return fmt.Errorf("%q is no address with a port; write it as 0.0.0.0:5060 or [::]:5060; names are not allowed, and port 0 takes a free one", address)
	}
	return nil
}

// nameServer is the address of a name server, with or without a port.
func nameServer(s string) error {
	if _, err := netip.ParseAddr(s); err == nil {
		return nil
	}
	if a, err := netip.ParseAddrPort(s); err == nil && a.Port() != 0 {
		return nil
	}
	return fmt.Errorf("%q is no name server; write it as 192.0.2.53 or [2001:db8::1]:53; names are not allowed", s)
}

// brokerURL is where to publish, or nothing. What it refuses is not repeated when it may hold a password.
func brokerURL(s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme == "" {
		return errors.New("it is no URL; write it as mqtt://HOST:PORT")
	}
	switch {
	case u.User != nil:
		return errors.New("credentials do not belong in a URL; use telemetry.username and telemetry.password_file")
	case !slices.Contains(brokerSchemes, u.Scheme):
		return fmt.Errorf("%s:// is not known%s; allowed: mqtt, mqtts, ws, wss", u.Scheme, didYouMean(u.Scheme, brokerSchemes))
	case u.Host == "":
		return errors.New("it has no host; write it as mqtt://HOST:PORT")
	}
	if err := checkHost(u.Hostname()); err != nil {
		return err
	}
	if u.Port() != "" {
		if err := checkPort(u.Port()); err != nil {
			return err
		}
	}
	if strings.HasPrefix(u.Scheme, "mqtt") && strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("nothing may follow the host and the port; only ws and wss have a path")
	}
	return nil
}

// anotherBroker is where to publish too.
func anotherBroker(s string) error {
	if s == "" {
		return errors.New("it is empty; leave it out")
	}
	return brokerURL(s)
}

// addressOfRecord is "sip:user@host".
func addressOfRecord(s string) error {
	user, err := sipURI(s)
	if err != nil {
		return err
	}
	if user == "" {
		return fmt.Errorf("%q has no user; write it as sip:101@example.com", s)
	}
	return nil
}

// serverURI is "sip:host:port;lr", or nothing.
func serverURI(s string) error {
	if s == "" {
		return nil
	}
	user, err := sipURI(s)
	if err != nil {
		return err
	}
	if user != "" {
		return fmt.Errorf("%q names a user; a server is written as sip:HOST:PORT", s)
	}
	return nil
}

// sipURI looks at a SIP URI (RFC 3261 section 19.1.1) and returns its user. What it refuses is not repeated when it may
// hold a password.
func sipURI(s string) (user string, err error) {
	if err := oneLine(s); err != nil {
		return "", err
	}
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok || !slices.Contains(sipSchemes, strings.ToLower(scheme)) {
		return "", errors.New("it is no SIP URI; write it as sip:101@example.com or sip:HOST:PORT")
	}
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		user, rest = rest[:i], rest[i+1:]
		if strings.Contains(user, ":") {
			return "", errors.New("a password does not belong in a URI; use password_file")
		}
		if !isUser(user) {
			return "", fmt.Errorf("user %q has characters that a SIP URI does not allow", user)
		}
	}
	rest, _, headers := strings.Cut(rest, "?")
	if headers {
		return "", errors.New("headers are not allowed in this URI")
	}
	host, _, _ := strings.Cut(rest, ";")
	return user, checkHostPort(host)
}

// checkHostPort looks at "host", "host:port" or "[v6]:port".
func checkHostPort(s string) error {
	host, port := s, ""
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return fmt.Errorf("%q is no host; ] is missing", s)
		}
		host, port = s[1:end], s[end+1:]
		if port != "" && port[0] != ':' {
			return fmt.Errorf("%q is no host and port", s)
		}
		port = strings.TrimPrefix(port, ":")
	} else if i := strings.IndexByte(s, ':'); i >= 0 {
		host, port = s[:i], s[i+1:]
		if port == "" {
			return fmt.Errorf("%q has no port after the colon", s)
		}
	}
	if err := checkHost(host); err != nil {
		return err
	}
	if port == "" {
		return nil
	}
	return checkPort(port)
}

func checkHost(host string) error {
	if host == "" {
		return errors.New("the host is missing")
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return nil
	}
	if len(host) > 253 || !isHost(host) {
		return fmt.Errorf("%q is no host; allowed: a name or an IP address", host)
	}
	return nil
}

func checkPort(port string) error {
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return fmt.Errorf("%q is no port; allowed: 1 to 65535", port)
	}
	return nil
}
