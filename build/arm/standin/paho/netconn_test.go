package mqtt

import (
	"errors"
	"net"
	"net/url"
	"testing"
	"time"
)

func TestNoConnectionIsOpened(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	for _, scheme := range []string{"tcp", "ssl", "ws", "wss", "unix"} {
		at := &url.URL{Scheme: scheme, Host: l.Addr().String()}
		if conn, err := openConnection(at, nil, time.Second, nil, &WebsocketOptions{}, &net.Dialer{}); conn != nil || !errors.Is(err, errNoConnection) {
			t.Errorf("%s: %v, %v", scheme, conn, err)
		}
	}
}
