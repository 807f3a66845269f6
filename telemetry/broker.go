package telemetry

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
)

// DialFunc opens a network connection, like net.Dialer.DialContext.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// broker is where to connect to.
type broker struct {
	url     *url.URL
	address string // host:port
	secure  bool
	web     bool        // MQTT over WebSocket (MQTT 3.1.1 section 6)
	tls     *tls.Config // set for each connection; the name that it is verified for is the host's unless it names another
	dial    DialFunc
}

func parseBroker(s string, dial DialFunc) (broker, error) {
	u, err := url.Parse(s)
	if err != nil {
		return broker{}, fmt.Errorf("broker: %w", err)
	}
	b := broker{url: u, dial: dial}
	var port string
	switch u.Scheme {
	case "mqtt":
		port = "1883"
	case "mqtts":
		port, b.secure = "8883", true
	case "ws":
		port, b.web = "80", true
	case "wss":
		port, b.secure, b.web = "443", true, true
	default:
		return broker{}, fmt.Errorf("broker %q: want mqtt://, mqtts://, ws:// or wss://", s)
	}
	if u.Hostname() == "" {
		return broker{}, fmt.Errorf("broker %q: no host", s)
	}
	if u.User != nil {
		return broker{}, fmt.Errorf("broker %s: user and password do not belong into the address", u.Redacted())
	}
	if p := u.Port(); p != "" {
		port = p
	}
	b.address = net.JoinHostPort(u.Hostname(), port)
	if b.dial == nil {
		b.dial = (&net.Dialer{}).DialContext
	}
	return b, nil
}

// connect opens the connection below MQTT.
func (b broker) connect(ctx context.Context) (net.Conn, error) {
	conn, err := b.dial(ctx, "tcp", b.address)
	if err != nil {
		return nil, err
	}
	if b.secure {
		if b.tls.ServerName == "" {
			b.tls = b.tls.Clone()
			b.tls.ServerName = b.url.Hostname()
		}
		secured := tls.Client(conn, b.tls)
		if err := secured.HandshakeContext(ctx); err != nil {
			_ = conn.Close() // the handshake's error says more
			return nil, err
		}
		conn = secured
	}
	if b.web {
		return openWebSocket(ctx, conn, b.url)
	}
	return conn, nil
}
