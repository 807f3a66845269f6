// Package mqtttest has what tests need around an MQTT broker of their own.
package mqtttest

import (
	"net"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"
)

// Listener has the server take the connections of l, and end them when it is closed. The server's own way of ending them asks for a
// lock that it holds (mochi-mqtt 2.7.9, Clients.GetByListener), and waits for ever when a connection ends in between.
func Listener(id string, l net.Listener, server *mochi.Server) listeners.Listener {
	return &listener{Net: listeners.NewNet(id, l), server: server}
}

type listener struct {
	*listeners.Net
	server *mochi.Server
}

// Close implements listeners.Listener.
func (l *listener) Close(listeners.CloseFn) {
	l.Net.Close(func(id string) {
		for _, c := range l.server.Clients.GetAll() {
			if c.Net.Listener == id {
				_ = l.server.DisconnectClient(c, packets.ErrServerShuttingDown)
			}
		}
	})
}
