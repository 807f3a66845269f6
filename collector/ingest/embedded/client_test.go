package embedded

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
)

// client is a device that does on the wire exactly what a test says, and tells every packet that it gets.
type client struct {
	t    *testing.T
	conn net.Conn
	got  chan packets.Packet // closed when the connection is

	mu   sync.Mutex
	last uint16
}

// attach reads from a connection until it ends.
func attach(t *testing.T, conn net.Conn) *client {
	c := &client{t: t, conn: conn, got: make(chan packets.Packet, 64)}
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(c.got)
		r := bufio.NewReader(conn)
		for {
			pk, err := readPacket(r)
			if err != nil {
				return
			}
			c.got <- pk
		}
	})
	t.Cleanup(func() { _ = conn.Close(); wg.Wait() })
	return c
}

func readPacket(r *bufio.Reader) (packets.Packet, error) {
	first, err := r.ReadByte()
	if err != nil {
		return packets.Packet{}, err
	}
	var pk packets.Packet
	if err := pk.FixedHeader.Decode(first); err != nil {
		return pk, err
	}
	n, _, err := packets.DecodeLength(r)
	if err != nil {
		return pk, err
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(r, body); err != nil {
		return pk, err
	}
	pk.ProtocolVersion = 4
	switch pk.FixedHeader.Type {
	case packets.Connack:
		err = pk.ConnackDecode(body)
	case packets.Puback:
		err = pk.PubackDecode(body)
	case packets.Suback:
		err = pk.SubackDecode(body)
	case packets.Publish:
		err = pk.PublishDecode(body)
	}
	return pk, err
}

func (c *client) send(encode func(*bytes.Buffer) error) {
	c.t.Helper()
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		c.t.Fatal(err)
	}
	// The server may have hung up; then the test sees it in what it gets.
	_, _ = c.conn.Write(b.Bytes())
}

// will is a last will; the zero will is none.
type will struct{ topic, payload string }

func (c *client) connect(id string, w will) {
	c.t.Helper()
	c.send((&packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Connect}, ProtocolVersion: 4,
		Connect: packets.ConnectParams{
			ProtocolName: []byte("MQTT"), Clean: true, Keepalive: 60, ClientIdentifier: id,
			WillFlag: w.topic != "", WillTopic: w.topic, WillPayload: []byte(w.payload), WillQos: 1, WillRetain: w.topic != "",
		},
	}).ConnectEncode)
}

// hello connects and expects to be let in.
func (c *client) hello(id string, w will) {
	c.t.Helper()
	c.connect(id, w)
	if pk, ok := c.next(); !ok || pk.FixedHeader.Type != packets.Connack || pk.ReasonCode != 0 {
		c.t.Fatalf("%s was not let in: %v", id, pk.ReasonCode)
	}
}

// publish sends a QoS 1 message and returns its number.
func (c *client) publish(topic string, payload []byte) uint16 {
	c.t.Helper()
	c.mu.Lock()
	c.last++
	id := c.last
	c.mu.Unlock()
	c.send((&packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: 1}, ProtocolVersion: 4, TopicName: topic, Payload: payload, PacketID: id,
	}).PublishEncode)
	return id
}

func (c *client) goodbye() {
	c.t.Helper()
	c.send((&packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Disconnect}, ProtocolVersion: 4}).DisconnectEncode)
}

// next is the next packet; false when the connection has ended instead.
func (c *client) next() (packets.Packet, bool) {
	pk, ok := <-c.got
	return pk, ok
}

// acked expects the acknowledgement of a publish.
func (c *client) acked(id uint16) {
	c.t.Helper()
	pk, ok := c.next()
	if !ok || pk.FixedHeader.Type != packets.Puback || pk.PacketID != id {
		c.t.Fatalf("no acknowledgement of %d: %v, %v", id, pk.FixedHeader.Type, ok)
	}
}

// ended expects the server to hang up without another word.
func (c *client) ended() {
	c.t.Helper()
	if pk, ok := c.next(); ok {
		c.t.Errorf("instead of the end came a packet of type %d", pk.FixedHeader.Type)
	}
}

// lines is a listener whose connections are made in memory.
type lines struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func newLines() *lines { return &lines{conns: make(chan net.Conn), done: make(chan struct{})} }

func (l *lines) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *lines) Close() error { l.once.Do(func() { close(l.done) }); return nil }

func (l *lines) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1883} }

// dial connects a new client.
func (l *lines) dial(t *testing.T) *client {
	near, far := net.Pipe()
	select {
	case l.conns <- addressed{far}:
	case <-l.done:
		_ = far.Close()
	}
	return attach(t, near)
}

// addressed is a pipe's end with an address as a socket has it.
type addressed struct{ net.Conn }

func (addressed) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 40000} }
