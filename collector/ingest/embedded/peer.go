package embedded

import (
	"errors"
	"io"
	"net"
	"net/netip"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"sidetone/collector/access"
)

// maxHello bounds the packet by which a client introduces itself, in bytes; an agent's is 1 KiB with its last will.
// The broker would make room for a packet of any allowed length as soon as its header is there.
const maxHello = 16 << 10

// errHello is the end of a connection whose first packet is not a CONNECT of a reasonable length.
var errHello = errors.New("no introduction")

// peer is a connection, with what is known of who is at its other end.
type peer struct {
	net.Conn
	addr  netip.Addr
	begun []byte // of the first packet, read already

	grant access.Grant // set by OnConnect, before which nothing else asks
}

func newPeer(conn net.Conn) *peer {
	p := &peer{Conn: conn}
	if a, err := netip.ParseAddrPort(conn.RemoteAddr().String()); err == nil {
		p.addr = a.Addr().Unmap()
	}
	return p
}

// peerOf is the connection of a client; false for the broker's own.
func peerOf(cl *mqtt.Client) (*peer, bool) {
	p, ok := cl.Net.Conn.(*peer)
	return p, ok
}

// hello reads the header of the first packet, MQTT 3.1.1 2.2, and refuses what cannot be an introduction.
func (p *peer) hello() error {
	var one [1]byte
	next := func() (byte, error) {
		_, err := io.ReadFull(p.Conn, one[:])
		p.begun = append(p.begun, one[0])
		return one[0], err
	}
	first, err := next()
	if err != nil {
		return err
	}
	if first != packets.Connect<<4 {
		return errHello
	}
	length := 0
	for shift := 0; shift < 28; shift += 7 {
		b, err := next()
		if err != nil {
			return err
		}
		if length |= int(b&0x7f) << shift; length > maxHello {
			return errHello
		}
		if b&0x80 == 0 {
			return nil
		}
	}
	return errHello
}

// Read implements net.Conn.
func (p *peer) Read(b []byte) (int, error) {
	if len(p.begun) > 0 {
		n := copy(b, p.begun)
		p.begun = p.begun[n:]
		return n, nil
	}
	return p.Conn.Read(b)
}
