package wire

import (
	"crypto/tls"
	"net/netip"
)

// Connection reuse (RFC 5923). Every request of ours over TLS asks for it in its Via: what the peer wants of us may come back
// over the connection. A peer that asks is believed only as far as its certificate goes: an address alone is nobody's proof,
// so over TCP nothing is reused but the connection to the very port it came from.

// noteCertificate keeps what the peer has shown in the handshake, which has verified it (RFC 5923 9.2).
func (c *conn) noteCertificate(secure *tls.Conn) {
	if shown := secure.ConnectionState().PeerCertificates; len(shown) > 0 {
		c.certificate = shown[0]
	}
}

// noteAlias reads from a request whether the peer that opened this connection wants requests to its own port over it (RFC 5923
// 8.2): the port is that of the sent-by, the address the one that the request came from. It tells whether the peer does.
func (c *conn) noteAlias(raw []byte) bool {
	if c.certificate == nil || isResponse(raw) {
		return false
	}
	via := topVia(raw)
	if via == nil || !via.Params.Has("alias") {
		return false
	}
	c.endpoint.pool.alias(c, netip.AddrPortFrom(c.flow.Remote.Addr(), sentByPort(via)))
	return true
}

// alias lets a connection be found by another address than that of its peer's end.
func (p *pool) alias(c *conn, at netip.AddrPort) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c.alias = peer{c.flow.Transport, at}
	if c.alias != c.flow.peer() {
		p.conns[c.alias] = append(p.conns[c.alias], c)
	}
}

// dropLocked takes a connection out of those that lead to a peer.
func (p *pool) dropLocked(to peer, c *conn) bool {
	for i, other := range p.conns[to] {
		if other != c {
			continue
		}
		p.conns[to] = append(p.conns[to][:i:i], p.conns[to][i+1:]...)
		if len(p.conns[to]) == 0 {
			delete(p.conns, to)
		}
		return true
	}
	return false
}
