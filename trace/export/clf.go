package export

import (
	"bytes"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// maxField bounds a field of a CLF record, in bytes (RFC 6872 section 8).
const maxField = 4096

// writeCLF writes a record for each message that a device sent or received: the SIP Common Log Format of RFC 6873, with
// the mandatory fields of its section 4.2 and no optional ones.
func writeCLF(b *bytes.Buffer, c call) error {
	for _, p := range packets(c.views) {
		writeRecord(b, p)
	}
	return nil
}

// writeRecord writes one record. Pointers count from 0, as figure 1 and "absolute byte values, therefore >= 82" of section
// 4.1 have it; the example of section 5 counts from 1.
func writeRecord(b *bytes.Buffer, p packet) {
	const head = 60 // bytes of the index pointers
	seconds := min(max(p.at.Unix(), 0), 9_999_999_999)
	data := fmt.Sprintf("\n%010d.%03d\t%s", seconds, p.at.Nanosecond()/1e6, flags(p))
	pointers := ""
	for _, f := range mandatory(p) {
		data += "\t"
		pointers += fmt.Sprintf("%04X", head+len(data))
		data += clfField(f)
	}
	pointers += fmt.Sprintf("%04X", head+len(data)) // no optional fields: the end of the record
	fmt.Fprintf(b, "A%06X,%s%s\n", head+len(data)+1, pointers, data)
}

// flags are the five letters of RFC 6873 section 4.2.
func flags(p packet) string {
	letters := []byte("rORUU")
	if p.IsRequest() {
		letters[0] = 'R'
	}
	if p.Retransmission > 0 {
		letters[1] = 'D'
	}
	if p.sent {
		letters[2] = 'S'
	}
	if p.Transport != "udp" {
		letters[3] = 'T'
	}
	if p.Transport == "tls" {
		letters[4] = 'E'
	}
	return string(letters)
}

// unreadable stands for a field that is there and cannot be read; no field holds it.
const unreadable = "\x00"

// mandatory are the fields in the order of the index pointers, "" where there is none.
func mandatory(p packet) []string {
	status, target := strconv.Itoa(p.Status), ""
	if p.IsRequest() {
		status = ""
		target = unreadable
		if parts := strings.Fields(p.text.start); len(parts) == 3 {
			target = parts[1]
		}
	}
	source, destination := p.ends()
	server, client := p.Branch, ""
	if p.sent == p.IsRequest() { // a request that was sent, or the response to one
		server, client = "", p.Branch
	}
	callID, found := p.text.value("Call-ID")
	if !found {
		callID = unreadable
	}
	return []string{
		strconv.FormatUint(uint64(p.CSeq), 10) + " " + p.Method, status, target, hostPort(destination), hostPort(source),
		plainURI(p.text, "To"), p.ToTag, plainURI(p.text, "From"), p.FromTag, callID, server, client,
	}
}

// plainURI is the URI of a header field without its parameters (RFC 6872 section 8.1).
func plainURI(m message, name string) string {
	value, found := m.value(name)
	_, uri, _ := address(value)
	if !found || uri == "" {
		return unreadable
	}
	if at := strings.LastIndexByte(uri, '@'); at >= 0 { // the user part may hold semicolons of its own
		host, _, _ := strings.Cut(uri[at:], ";")
		return uri[:at] + host
	}
	uri, _, _ = strings.Cut(uri, ";")
	return uri
}

// hostPort writes an address with its port as RFC 5952 wants it.
func hostPort(s string) string {
	a, err := netip.ParseAddrPort(s)
	if err != nil {
		return unreadable
	}
	return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port()).String()
}

// clfField escapes a field (RFC 6873 section 4.3).
func clfField(s string) string {
	if s == unreadable {
		return "?"
	}
	s = oneLine(s) // tabs too
	if len(s) > maxField {
		s = s[:maxField]
	}
	switch s {
	case "":
		return "-"
	case "-":
		return "%2D"
	case "?":
		return "%3F"
	}
	return s
}
