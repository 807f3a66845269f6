package wire

import (
	"net/netip"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// address is a name-addr or addr-spec with what follows it (RFC 3261 20.10, 20.20, 20.39).
type address struct {
	display string // as between the quotes, escapes kept
	uri     sip.Uri
	params  sip.HeaderParams
}

// readAddress reads the value of To, From, Contact, Route and Record-Route.
func readAddress(s string) (address, bool) {
	var a address
	open := indexOutside(s, "<", false)
	if open < 0 {
		return a, false
	}
	if open == len(s) {
		return readBareAddress(s)
	}
	var ok bool
	if a.display, ok = readDisplayName(strings.Trim(s[:open], blanks)); !ok {
		return a, false
	}
	s = s[open+1:]
	end := strings.IndexByte(s, '>')
	if end < 0 {
		return a, false
	}
	if !readURI(s[:end], &a.uri) {
		return a, false
	}
	a.params, ok = readParams(strings.Trim(s[end+1:], blanks))
	return a, ok
}

// paramsText is what follows the URI of an address that can be read.
func paramsText(s string) string {
	if open := indexOutside(s, "<", false); open < len(s) {
		s = s[open:]
		return strings.Trim(s[strings.IndexByte(s, '>')+1:], blanks)
	}
	return s[strings.IndexByte(s, ';'):]
}

// readBareAddress reads an addr-spec: without brackets every parameter is one of the header, and the URI may not
// have header fields (RFC 3261 20.10).
func readBareAddress(s string) (address, bool) {
	var a address
	end := strings.IndexByte(s, ';')
	if end < 0 {
		end = len(s)
	}
	uri := strings.Trim(s[:end], blanks)
	if strings.ContainsAny(uri, "?,") || !readURI(uri, &a.uri) {
		return a, false
	}
	var ok bool
	a.params, ok = readParams(strings.Trim(s[end:], blanks))
	return a, ok
}

// readDisplayName takes any words for a name without quotes: the quotes that are missing are inferred (RFC 4475
// 3.1.2.15), as too many phones forget them.
func readDisplayName(s string) (string, bool) {
	if strings.HasPrefix(s, `"`) {
		if !isQuoted(s) {
			return "", false
		}
		return s[1 : len(s)-1], true
	}
	return s, !strings.ContainsAny(s, `"\`)
}

// loweredURI are the URI parameters of RFC 3261 19.1.1, for the reason of lowered.
var loweredURI = map[string]bool{"transport": true, "user": true, "method": true, "ttl": true, "maddr": true, "lr": true}

// readURI reads a URI and refuses what sip.ParseUri lets through: blanks, quotes, ports that are none, no host.
func readURI(s string, uri *sip.Uri) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c == '"' || c == '<' || c == '>' || c == 0x7f {
			return false
		}
	}
	if scheme, _, ok := strings.Cut(s, ":"); !ok || !isScheme(scheme) {
		return false
	}
	if err := sip.ParseUri(s, uri); err != nil {
		return false
	}
	if !isSIP(uri) {
		return uri.Raw() != ""
	}
	for i, p := range uri.UriParams {
		if lower := strings.ToLower(p.K); loweredURI[lower] {
			uri.UriParams[i].K = lower
		}
	}
	return uri.Port >= 0 && uri.Port <= 65535 && !uri.Wildcard && !uri.HierarhicalSlashes && readHost(s, uri)
}

// readHost looks at the host of the URI s: an IPv6 address stands in brackets, and nothing but a port, parameters or
// header fields behind them (RFC 5118 sections 4.2 to 4.4).
func readHost(s string, uri *sip.Uri) bool {
	if !strings.HasPrefix(uri.Host, "[") {
		return uri.Host != "" && !strings.ContainsAny(uri.Host, "[]")
	}
	host, ok := readIPv6(strings.Trim(uri.Host, "[]"))
	uri.Host = "[" + host + "]"
	_, behind, _ := strings.Cut(s, "]")
	return ok && (behind == "" || strings.IndexByte(":;?", behind[0]) >= 0)
}

// readIPv6 reads what stands between brackets. The grammar of RFC 3261 puts a colon too many before an IPv4 address at the
// end (RFC 5118 section 4.10); it is left out.
func readIPv6(s string) (string, bool) {
	s = strings.Replace(s, ":::", "::", 1)
	addr, err := netip.ParseAddr(s)
	return s, err == nil && addr.Is6()
}

func isSIP(uri *sip.Uri) bool { return uri.Scheme == "sip" || uri.Scheme == "sips" }

// isScheme says whether s is the scheme of a URI (RFC 3986 3.1).
func isScheme(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
		case i > 0 && ('0' <= c && c <= '9' || c == '+' || c == '-' || c == '.'):
		default:
			return false
		}
	}
	return s != ""
}
