package message

import (
	"strings"

	"github.com/emiago/sipgo/sip"
)

// Host is the host that a URI leads to (RFC 3263 section 4), in lower case and without the brackets of an IPv6 address.
func Host(uri *sip.Uri) string {
	return strings.ToLower(strings.Trim(uri.UriParams.GetOr("maddr", uri.Host), "[]"))
}
