package message

import (
	"strings"

	"github.com/emiago/sipgo/sip"
)

// NoReferSub tells whether a REFER or its 2xx wants no subscription (RFC 4488 section 4).
func NoReferSub(m sip.Message) bool { return strings.EqualFold(bare(m, "Refer-Sub"), "false") }

// ContentType is the type of the body without parameters, in lower case, "" when there is none.
func ContentType(m sip.Message) string {
	if kind := bare(m, "Content-Type"); kind != "" {
		return strings.ToLower(kind)
	}
	return strings.ToLower(bare(m, "c"))
}

// bare is the first value of a field without its parameters.
func bare(m sip.Message, name string) string {
	for _, h := range m.GetHeaders(name) {
		value, _, _ := strings.Cut(h.Value(), ";")
		return strings.TrimSpace(value)
	}
	return ""
}

// BadEvent is the 489 for an event package other than refer (RFC 6665 section 8.3.2).
func BadEvent(req *sip.Request, tag string) *sip.Response {
	res := Response(req, 489, "", tag)
	res.AppendHeader(sip.NewHeader("Allow-Events", "refer"))
	return res
}
