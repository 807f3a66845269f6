package session

import (
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/message"
)

// visit is a target that the call left, as History-Info tells of it (RFC 7044 section 9.3).
type visit struct {
	target  target
	reasons []string // values of Reason header fields
}

// visited notes how the target fared: its status, 408 for none, and what the response says of the reason (RFC 7044 section
// 10.2).
func (r *redirection) visited(res *sip.Response) {
	v := visit{target: r.now}
	status := 408
	if res != nil {
		status = res.StatusCode
		for _, h := range res.GetHeaders("Reason") {
			v.reasons = append(v.reasons, h.Value())
		}
	}
	v.reasons = append([]string{"SIP;cause=" + strconv.Itoa(status)}, v.reasons...)
	r.history = append(r.history, v)
}

// fields are the header fields for the INVITE to the target of now. Each target has an entry of History-Info, numbered from
// 1 (RFC 7044 sections 6.1, 10.3 rule 4); where its Contact brings a history, that one is sent.
func (r *redirection) fields() []sip.Header {
	var fields []sip.Header
	told := false
	for _, h := range r.now.fields {
		told = told || strings.EqualFold(h.Name(), "History-Info")
		fields = append(fields, sip.HeaderClone(h))
	}
	if told {
		return fields
	}
	for i, v := range append(r.history[:len(r.history):len(r.history)], visit{target: r.now}) {
		fields = append(fields, sip.NewHeader("History-Info", v.entry(i+1)))
	}
	return fields
}

// entry is a hi-entry (RFC 7044 section 5).
func (v visit) entry(index int) string {
	uri := *v.target.uri.Clone()
	uri.Headers = nil
	text, separator := "<"+uri.String(), "?"
	for _, reason := range v.reasons {
		text += separator + "Reason=" + message.Escape(reason)
		separator = "&"
	}
	text += ">;index=" + strconv.Itoa(index)
	if v.target.mapped != "" {
		text += ";" + v.target.mapped
	}
	return text
}

// mappedFrom is the parameter of a Contact that says how it was found: mp or rc with the index of an entry (RFC 7044
// section 10.4).
func mappedFrom(contact *sip.ContactHeader) string {
	for _, name := range []string{"mp", "rc"} {
		if index, ok := contact.Params.Get(name); ok && index != "" && strings.Trim(index, "0123456789.") == "" {
			return name + "=" + index
		}
	}
	return ""
}
