// Package mqtt is one file, which stands in for two of github.com/eclipse/paho.mqtt.golang in the cross builds, which are
// for phones with little flash: netconn.go and websocket.go open paho's connections, and link SOCKS proxies, web sockets
// (gorilla) and the web client of net/http for that, 0.2 MB altogether. In the agent they never do, because
// telemetry opens every connection and hands it over. What paho needs of them opens none and says so. A release of
// paho that needs more, or has moved these files, does not build with this.
package mqtt

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"
)

// WebsocketOptions are none.
type WebsocketOptions struct{}

var errNoConnection = errors.New("mqtt: this build opens no connection by itself; give it a CustomOpenConnectionFn")

func openConnection(*url.URL, *tls.Config, time.Duration, http.Header, *WebsocketOptions, *net.Dialer) (net.Conn, error) {
	return nil, errNoConnection
}
