package wire

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// ListenError is an entry of Options.Listen that could not be bound: its address is in use, is not this machine's, or
// the entry makes no sense.
type ListenError struct {
	Index int    // of the entry
	Entry string // as given
	Err   error
}

// Error names the entry, and so the address.
func (e *ListenError) Error() string { return fmt.Sprintf("listen %q: %v", e.Entry, e.Err) }

// Unwrap is the reason.
func (e *ListenError) Unwrap() error { return e.Err }

// parseListen reads "udp://host:port", "tcp://host:port" or "tls://host:port"; host is an IP address, port may be 0.
func parseListen(entry string) (Flow, error) {
	transport, address, ok := strings.Cut(entry, "://")
	if !ok || transport != UDP && transport != TCP && transport != TLS {
		return Flow{}, errors.New("want udp://ADDRESS:PORT, tcp://ADDRESS:PORT or tls://ADDRESS:PORT")
	}
	local, err := netip.ParseAddrPort(address)
	if err != nil {
		return Flow{}, fmt.Errorf("address of %s: %w", transport, err)
	}
	return Flow{Transport: transport, Local: netip.AddrPortFrom(local.Addr().Unmap(), local.Port())}, nil
}

// bind opens the socket of a listen entry. IPv4 and IPv6 have sockets of their own, so that no address is ever in
// both forms.
func (e *Endpoint) bind(ctx context.Context, flow Flow) error {
	network := "tcp4"
	if flow.Transport == UDP {
		network = "udp4"
	}
	if flow.Local.Addr().Is6() {
		network = network[:3] + "6"
	}
	var config net.ListenConfig
	if flow.Transport == UDP {
		conn, err := config.ListenPacket(ctx, network, flow.Local.String())
		if err != nil {
			return bindError(err)
		}
		if udp, ok := conn.(*net.UDPConn); ok {
			makeRoom(udp)
			filterJunk(udp)
		}
		e.addPackets(conn)
		return nil
	}
	listener, err := config.Listen(ctx, network, flow.Local.String())
	if err != nil {
		return bindError(err)
	}
	e.addStreams(flow.Transport, listener)
	return nil
}

// receiveBuffer has room for what comes together while the reader is not scheduled: 10 000 messages a second fill it in more
// than a quarter of a second.
const receiveBuffer = 1 << 20

// bindError leaves out the address that net repeats: the entry names it.
func bindError(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}

func (e *Endpoint) addPackets(conn net.PacketConn) {
	e.packets = append(e.packets, &packetSocket{
		endpoint: e, conn: conn, source: newPacketSource(conn), local: addrPort(conn.LocalAddr()),
	})
}

func (e *Endpoint) addStreams(transport string, listener net.Listener) {
	e.listeners = append(e.listeners, &streamListener{
		endpoint: e, transport: transport, listener: listener, local: addrPort(listener.Addr()),
	})
}
