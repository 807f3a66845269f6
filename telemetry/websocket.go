package telemetry

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/textproto"
	"net/url"
	"strings"
)

// answerLimit bounds what the server may answer to the request for a WebSocket, in bytes.
const answerLimit = 16 << 10

// openWebSocket asks for a WebSocket that carries MQTT (RFC 6455 section 4.1, MQTT 3.1.1 section 6.0) on a connection to
// the server of u, which it closes when there will be none, or ctx ends before there is one.
func openWebSocket(ctx context.Context, conn net.Conn, u *url.URL) (net.Conn, error) {
	limited := &io.LimitedReader{R: conn, N: answerLimit}
	c := &webConn{Conn: conn, r: bufio.NewReader(limited)}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	err := c.shakeHands(u)
	switch {
	case !stop():
		err = ctx.Err()
	case err != nil && limited.N <= 0:
		err = errors.New("web socket: the answer is too long")
	}
	if err != nil {
		_ = conn.Close() // of no use
		return nil, err
	}
	limited.N = math.MaxInt64
	return c, nil
}

func (c *webConn) shakeHands(u *url.URL) error {
	var nonce [16]byte
	_, _ = rand.Read(nonce[:]) // never fails
	key := base64.StdEncoding.EncodeToString(nonce[:])
	if _, err := io.WriteString(c.Conn, "GET "+u.RequestURI()+" HTTP/1.1\r\nHost: "+withoutZone(u.Host)+
		"\r\nUser-Agent: sidetone-agent\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: "+key+
		"\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"); err != nil {
		return err
	}
	answer := textproto.NewReader(c.r)
	line, err := answer.ReadLine()
	if err != nil {
		return cutShort(err)
	}
	if !strings.HasPrefix(line+" ", "HTTP/1.1 101 ") {
		return fmt.Errorf("web socket refused: %.80q", line)
	}
	header, err := answer.ReadMIMEHeader()
	if err != nil {
		return cutShort(err)
	}
	switch {
	case !strings.EqualFold(header.Get("Upgrade"), "websocket"), !hasToken(header["Connection"], "upgrade"),
		header.Get("Sec-Websocket-Accept") != acceptanceOf(key):
		return errors.New("web socket: the answer comes from no such server")
	case header.Get("Sec-Websocket-Extensions") != "":
		return errors.New("web socket: the server extends it, which nobody offered")
	case header.Get("Sec-Websocket-Protocol") != "mqtt": // [MQTT-6.0.0-4]
		return errors.New("web socket: the server does not speak MQTT on it")
	}
	return nil
}

// acceptanceOf is what only a server of WebSockets answers a key with (RFC 6455 section 4.2.2).
func acceptanceOf(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// withoutZone leaves out of an IPv6 address what means something on this machine only (RFC 6874 section 4).
func withoutZone(host string) string {
	address, zone, found := strings.Cut(host, "%")
	if !found {
		return host
	}
	_, port, _ := strings.Cut(zone, "]")
	return address + "]" + port
}

// hasToken looks for one in header fields that are lists.
func hasToken(fields []string, token string) bool {
	for each := range strings.SplitSeq(strings.Join(fields, ","), ",") {
		if strings.EqualFold(strings.TrimSpace(each), token) {
			return true
		}
	}
	return false
}
