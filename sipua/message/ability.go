package message

import (
	"slices"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// Methods are the methods that this agent can serve: what Allow lists (RFC 3261 section 20.5).
var Methods = []sip.RequestMethod{
	sip.INVITE, sip.ACK, sip.CANCEL, sip.BYE, sip.OPTIONS, sip.PRACK, sip.UPDATE, sip.REFER, sip.NOTIFY,
	sip.INFO,
}

// known are methods of other RFCs, which are understood and not allowed: 405. Anything else is 501 (RFC 3261 sections
// 21.4.6, 21.5.2).
var known = []sip.RequestMethod{
	sip.REGISTER, sip.SUBSCRIBE, sip.MESSAGE, sip.PUBLISH,
}

// Extensions are the option tags of the SIP extensions that this agent understands (RFC 3261 section 19.2).
var Extensions = []string{Reliable100, "199", Timer, "norefersub", "replaces"}

// SDP is the body type that this agent understands.
const SDP = "application/sdp"

// Served tells whether the agent serves the method, which it does not where it is one of the unserved.
func Served(method sip.RequestMethod, unserved ...sip.RequestMethod) bool {
	return slices.Contains(Methods, method) && !slices.Contains(unserved, method)
}

// Refusal is the status for a method that is not served.
func Refusal(method sip.RequestMethod) int {
	if slices.Contains(known, method) || slices.Contains(Methods, method) {
		return 405
	}
	return 501
}

// Allow is the Allow header, but for the methods that are not served.
func Allow(unserved ...sip.RequestMethod) sip.Header {
	var names []string
	for _, m := range Methods {
		if Served(m, unserved...) {
			names = append(names, string(m))
		}
	}
	return sip.NewHeader("Allow", strings.Join(names, ", "))
}

// ReadAllow tells which methods the sender of a message takes, nil when it does not say (RFC 3261 section 20.5).
func ReadAllow(m sip.Message) []sip.RequestMethod {
	var all []sip.RequestMethod
	for _, h := range m.GetHeaders("Allow") {
		for name := range strings.SplitSeq(h.Value(), ",") {
			all = append(all, sip.RequestMethod(strings.ToUpper(strings.TrimSpace(name))))
		}
	}
	return all
}

// Supported is the Supported header, but for the option tags that are not to be used. Empty, it says that there is no
// extension (RFC 3261 section 20.37).
func Supported(without ...string) sip.Header {
	return sip.NewHeader("Supported", strings.Join(extensions(without), ", "))
}

func extensions(without []string) []string {
	return slices.DeleteFunc(slices.Clone(Extensions), func(tag string) bool { return slices.Contains(without, tag) })
}

// Unsupported lists the option tags of a Require header that this agent does not know, or is not to use (RFC 3261 section
// 8.2.2.3). ACK and CANCEL are never refused for it.
func Unsupported(req *sip.Request, without ...string) []string {
	supported := extensions(without)
	if req.Method == sip.ACK || req.Method == sip.CANCEL {
		return nil
	}
	var unknown []string
	for _, h := range req.GetHeaders("Require") {
		for tag := range strings.SplitSeq(h.Value(), ",") {
			tag = strings.TrimSpace(tag)
			is := func(extension string) bool { return strings.EqualFold(extension, tag) }
			if tag != "" && !slices.ContainsFunc(supported, is) {
				unknown = append(unknown, tag)
			}
		}
	}
	return unknown
}

// BadExtension is the 420 that names the extensions (RFC 3261 section 21.4.15).
func BadExtension(req *sip.Request, tag string, unknown []string) *sip.Response {
	res := Response(req, 420, "", tag)
	res.AppendHeader(sip.NewHeader("Unsupported", strings.Join(unknown, ", ")))
	return res
}

// ExtensionRequired is the 421 for a request that does not support the extension (RFC 3261 section 21.4.16).
func ExtensionRequired(req *sip.Request, tag, extension string) *sip.Response {
	res := Response(req, 421, "", tag)
	res.AppendHeader(sip.NewHeader("Require", extension))
	return res
}

// Describe adds what an answer to OPTIONS says of the agent (RFC 3261 section 11.2).
func Describe(res *sip.Response, unserved []sip.RequestMethod, without []string) {
	res.AppendHeader(Allow(unserved...))
	res.AppendHeader(sip.NewHeader("Accept", SDP))
	res.AppendHeader(sip.NewHeader("Accept-Encoding", "identity"))
	res.AppendHeader(sip.NewHeader("Accept-Language", "en"))
	res.AppendHeader(Supported(without...))
}

// Understood tells whether the body of a request can be read; an empty one can. If not, Unreadable says what could
// (RFC 3261 section 8.2.3).
func Understood(m sip.Message) bool {
	if len(m.Body()) == 0 {
		return true
	}
	for _, h := range m.GetHeaders("Content-Encoding") {
		if v := strings.TrimSpace(h.Value()); v != "" && !strings.EqualFold(v, "identity") {
			return false
		}
	}
	for _, name := range []string{"Content-Type", "c"} {
		for _, h := range m.GetHeaders(name) {
			kind, _, _ := strings.Cut(h.Value(), ";")
			return strings.EqualFold(strings.TrimSpace(kind), SDP)
		}
	}
	return false
}

// Describable tells whether a response to a request may hold a session description: Accept names its type, or is not there
// (RFC 3261 section 20.1).
func Describable(req *sip.Request) bool {
	fields := req.GetHeaders("Accept")
	for _, h := range fields {
		for kind := range strings.SplitSeq(h.Value(), ",") {
			kind, _, _ = strings.Cut(kind, ";")
			if kind = strings.ToLower(strings.TrimSpace(kind)); kind == SDP || kind == "application/*" || kind == "*/*" {
				return true
			}
		}
	}
	return len(fields) == 0
}

// Undescribable is the 406 for a request whose response may not hold a session description (RFC 3261 section 21.4.7, RFC 4475
// section 3.3.15). The agent names the host that warns.
func Undescribable(req *sip.Request, tag, agent string) *sip.Response {
	res := Response(req, 406, "", tag)
	res.AppendHeader(Warning(399, agent, "only "+SDP+" can be answered"))
	return res
}

// Unreadable is the 415 for a body of another type or encoding (RFC 3261 section 21.4.13).
func Unreadable(req *sip.Request, tag string) *sip.Response {
	res := Response(req, 415, "", tag)
	res.AppendHeader(sip.NewHeader("Accept", SDP))
	res.AppendHeader(sip.NewHeader("Accept-Encoding", "identity"))
	return res
}

// SetSDP puts a session description into a message.
func SetSDP(m sip.Message, body []byte) {
	kind := sip.ContentTypeHeader(SDP)
	m.AppendHeader(&kind)
	m.SetBody(body)
}
