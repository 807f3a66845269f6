package technician

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// vet refuses what no browser asks for that only reads; nil for the rest. What is refused before its end is known ends the
// connection, so that no part of it is taken for another request (RFC 9112 section 11.2).
func vet(r *request, hosts []string) *reply {
	fields := 0
	for name, values := range r.header {
		fields += len(values)
		if strings.Contains(name, " ") { // RFC 9112 section 5.1
			return refusal(http.StatusBadRequest, "this is no request that can be understood")
		}
	}
	switch {
	case r.content:
		return refusal(http.StatusRequestEntityTooLarge, "a request for a page has no content")
	case r.major != 1:
		return refusal(http.StatusHTTPVersionNotSupported, "only HTTP/1 is spoken here")
	case fields > maxFields:
		return refusal(http.StatusRequestHeaderFieldsTooLarge, "the request has too many header fields")
	case !r.reads():
		no := refusal(http.StatusMethodNotAllowed, "this page is for reading")
		no.set("Allow", "GET, HEAD")
		return no
	case r.target.User != nil, r.target.Opaque != "", !strings.HasPrefix(r.target.Path, "/"):
		return refusal(http.StatusBadRequest, "this is no address of a page")
	case r.minor > 0 && (r.host == "" || r.header["Host"] == nil): // RFC 9112 section 3.2
		return refusal(http.StatusBadRequest, "the request names no host")
	case !known(r.host, hosts):
		return refusal(http.StatusMisdirectedRequest, "this page is not given under that name; device.page.hosts names those under which it is")
	}
	return nil
}

// known tells whether the page may be given under a host: any address, localhost, and the names that are allowed. Another name
// may have been made to lead here by the very page that asks.
func known(host string, allowed []string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.TrimSuffix(strings.ToLower(strings.Trim(name, "[]")), ".")
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	return name == "localhost" || name != "" && slices.ContainsFunc(allowed, func(a string) bool { return strings.EqualFold(a, name) })
}
