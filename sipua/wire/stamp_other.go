//go:build !linux

package wire

import "net"

func newPacketSource(conn net.PacketConn) packetSource { return plainSource{conn} }

func filterJunk(*net.UDPConn) {}

func makeRoom(udp *net.UDPConn) { _ = udp.SetReadBuffer(receiveBuffer) }
