// Package http stands in for net/http in the cross builds, which are for phones with little flash. It is linked because
// libraries offer handlers and web sockets by it (zap, sipgo through gobwas/ws) and name its types in their options (paho);
// the agent calls none of that, and brings its own server for its page (technician) and its own web sockets (telemetry). But
// at its start net/http prepares a client that asks for pages, with Unicode tables for names, proxies and MIME types: 0.3 MB.
//
// Methods and status codes with their names are those of net/http itself, whose files of them stay. The rest is what those
// libraries need to compile, and refuses. A release of Go or of one of them that needs more does not build with this.
package http

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"net/url"
)

// ErrNotSupported answers whatever would read or write HTTP.
var ErrNotSupported = fmt.Errorf("net/http is not in this build: %w", errors.ErrUnsupported)

// Header has fields by their names.
type Header map[string][]string

// Get returns the first field of a name, "" when there is none.
func (h Header) Get(name string) string { return textproto.MIMEHeader(h).Get(name) }

// Set makes a field the only one of its name.
func (h Header) Set(name, value string) { textproto.MIMEHeader(h).Set(name, value) }

// Write writes nothing.
func (Header) Write(io.Writer) error { return ErrNotSupported }

// Request is never made.
type Request struct {
	Method, Host           string
	URL                    *url.URL
	ProtoMajor, ProtoMinor int
	Header                 Header
	Body                   io.ReadCloser
}

// FormValue finds none.
func (*Request) FormValue(string) string { return "" }

// Response is never made.
type Response struct {
	Header Header
	Body   io.ReadCloser
}

// Write writes nothing.
func (*Response) Write(io.Writer) error { return ErrNotSupported }

// ReadRequest reads nothing.
func ReadRequest(*bufio.Reader) (*Request, error) { return nil, ErrNotSupported }

// ReadResponse reads nothing.
func ReadResponse(*bufio.Reader, *Request) (*Response, error) { return nil, ErrNotSupported }

// Handler is never called.
type Handler interface {
	ServeHTTP(ResponseWriter, *Request)
}

// ResponseWriter is what handlers would be given.
type ResponseWriter interface {
	Header() Header
	Write([]byte) (int, error)
	WriteHeader(status int)
}

// Error writes nothing: nobody can have a ResponseWriter.
func Error(ResponseWriter, string, int) {}

// Hijacker is what takes a connection away from a server.
type Hijacker interface {
	Hijack() (net.Conn, *bufio.ReadWriter, error)
}

// ResponseController has nothing to control.
type ResponseController struct{}

// NewResponseController returns the one that has nothing to control.
func NewResponseController(ResponseWriter) *ResponseController { return &ResponseController{} }

// Hijack takes no connection away.
func (*ResponseController) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return nil, nil, ErrNotSupported
}
