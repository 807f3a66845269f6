package technician

import (
	"bufio"
	"encoding/base64"
	"errors"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
)

// request is the head of a request (RFC 9112 section 2.1).
type request struct {
	method       string
	target       *url.URL // nil for a method that is not for reading
	major, minor int      // of HTTP
	host         string   // that is asked for a page
	header       textproto.MIMEHeader
	content      bool // follows the head
	closing      bool // nothing else is asked for on the connection
}

var errMalformed = errors.New("malformed request")

// readRequest reads a head, which in has to bound. It takes no more than that of in.
func readRequest(in *bufio.Reader) (*request, error) {
	text := textproto.NewReader(in)
	line, err := text.ReadLine()
	if err != nil {
		return nil, err
	}
	method, rest, _ := strings.Cut(line, " ")
	target, version, _ := strings.Cut(rest, " ")
	digits, named := strings.CutPrefix(version, "HTTP/")
	if method == "" || !named || len(digits) != 3 || strings.Trim(digits, "0123456789") != "." {
		return nil, errMalformed
	}
	r := &request{method: method, major: int(digits[0]) - '0', minor: int(digits[2]) - '0'}
	if r.header, err = text.ReadMIMEHeader(); err != nil {
		return nil, err
	}
	if r.content, err = content(r.header); err != nil {
		return nil, err
	}
	r.closing = r.minor == 0 || strings.Contains(strings.ToLower(strings.Join(r.header["Connection"], ",")), "close")
	r.host = r.header.Get("Host")
	at, err := url.ParseRequestURI("http://" + r.host + "/")
	if err != nil || at.Host != r.host || len(r.header["Host"]) > 1 { // RFC 9112 section 3.2
		return nil, errMalformed
	}
	if !r.reads() {
		return r, nil
	}
	if r.target, err = url.ParseRequestURI(target); err != nil {
		return nil, err
	}
	if r.target.Host != "" { // RFC 9112 section 3.2.2
		r.host = r.target.Host
	}
	return r, nil
}

// reads tells whether the method is one of those that the page knows.
func (r *request) reads() bool { return r.method == http.MethodGet || r.method == http.MethodHead }

// content tells whether any follows a head (RFC 9112 section 6.3). What is not sure of its length is malformed.
func content(header textproto.MIMEHeader) (bool, error) {
	encodings, lengths := header["Transfer-Encoding"], header["Content-Length"]
	if len(encodings) > 0 {
		if len(encodings) > 1 || !strings.EqualFold(encodings[0], "chunked") {
			return true, errMalformed
		}
		return true, nil
	}
	for _, length := range lengths {
		if length == "" || strings.Trim(length, "0123456789") != "" || length != lengths[0] {
			return true, errMalformed
		}
	}
	return len(lengths) > 0 && strings.Trim(lengths[0], "0") != "", nil
}

// password is the one that comes with the request (RFC 7617 section 2), with any name of a user.
func (r *request) password() (password string, given bool) {
	scheme, credentials, _ := strings.Cut(r.header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Basic") {
		return "", false
	}
	plain, err := base64.StdEncoding.DecodeString(credentials)
	if err != nil {
		return "", false
	}
	_, password, given = strings.Cut(string(plain), ":")
	return password, given
}
