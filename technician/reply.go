package technician

import (
	"net/http"
	"strconv"
	"time"
)

// reply is a response before it is written.
type reply struct {
	status  int
	fields  string // header fields, each with its line end
	body    []byte
	closing bool // the connection ends after it
	failed  bool // it answers a wrong password
}

// set adds a header field. Name and value are the program's own: neither holds what came over the wire.
func (r *reply) set(name, value string) { r.fields += name + ": " + value + "\r\n" }

// refusal says in one line why there is no page, and ends the connection.
func refusal(status int, why string) *reply {
	r := &reply{status: status, body: []byte(why + "\n"), closing: true}
	r.set("Content-Type", "text/plain; charset=utf-8")
	r.set("Cache-Control", "no-store")
	return r
}

// protection allows a page what it needs from this site and nothing else.
const protection = "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; " +
	"base-uri 'none'; frame-ancestors 'none'\r\n" +
	"X-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\nReferrer-Policy: no-referrer\r\n" +
	"Cross-Origin-Opener-Policy: same-origin\r\nCross-Origin-Resource-Policy: same-origin\r\n"

// dateFormat is that of RFC 9110 section 5.6.7, in UTC.
const dateFormat = "Mon, 02 Jan 2006 15:04:05 GMT"

// encode writes the response (RFC 9112 section 4). The answer to HEAD has no content, but says how long it would be.
func (r *reply) encode(now time.Time, head bool) []byte {
	out := make([]byte, 0, 1024+len(r.body))
	out = append(out, "HTTP/1.1 "+strconv.Itoa(r.status)+" "+http.StatusText(r.status)+"\r\nDate: "...)
	out = now.UTC().AppendFormat(out, dateFormat)
	out = append(out, "\r\n"+protection+r.fields...)
	if r.closing {
		out = append(out, "Connection: close\r\n"...)
	}
	if r.status != http.StatusNotModified {
		out = append(out, "Content-Length: "+strconv.Itoa(len(r.body))+"\r\n"...)
	}
	out = append(out, "\r\n"...)
	if head || r.status == http.StatusNotModified {
		return out
	}
	return append(out, r.body...)
}
