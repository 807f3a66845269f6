// Package websocket stands in for github.com/gorilla/websocket in the cross builds, which are for phones with little
// flash. The MQTT client (paho) links that package to open web sockets itself, and with it the HTTP client of net/http, 0.1 MB
// altogether. In the agent it never does: telemetry opens every connection and hands it over. What paho needs of the
// package answers that there are no web sockets. A release of paho that needs more of it does not build with this.
package websocket

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// BinaryMessage is the kind of message that carries MQTT (RFC 6455 section 11.8).
const BinaryMessage = 2

var errNone = errors.New("websocket: this build opens none for the MQTT client")

// Dialer has the options that paho sets.
type Dialer struct {
	Proxy                           func(*http.Request) (*url.URL, error)
	HandshakeTimeout                time.Duration
	EnableCompression               bool
	TLSClientConfig                 *tls.Config
	Subprotocols                    []string
	ReadBufferSize, WriteBufferSize int
}

// Dial opens nothing.
func (*Dialer) Dial(string, http.Header) (*Conn, *http.Response, error) { return nil, nil, errNone }

// Conn is never opened.
type Conn struct{ net.Conn }

// NextReader has nothing to read.
func (*Conn) NextReader() (int, io.Reader, error) { return 0, nil, errNone }

// WriteMessage writes nothing.
func (*Conn) WriteMessage(int, []byte) error { return errNone }
