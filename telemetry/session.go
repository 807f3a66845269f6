package telemetry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync/atomic"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

const (
	connectTimeout = 15 * time.Second // network, TLS and CONNACK each
	keepAlive      = 30 * time.Second
	pingTimeout    = 20 * time.Second
)

// session is one connection to the broker, over which nothing survives: the journal is the only queue. Every client is
// used once, with a clean session and no reconnecting of its own, because its tokens, its queue and its stores tell the
// truth only then.
type session struct {
	client mqtt.Client
	conn   *queueConn
	state  State
	topics topics
	lost   chan struct{} // closed when the connection is over
	why    error         // it is; read after lost

	dictionary atomic.Bool    // the receiver inflates with trace.Dictionary
	missing    chan []Missing // what a receiver lacks
}

// openSession connects, with a last will that says lost. It returns when ctx is done.
func openSession(ctx context.Context, b broker, t topics, username, password, clientID string, state State) (*session, error) {
	conn, err := dialQueue(ctx, b)
	if err != nil {
		return nil, err
	}
	s := &session{conn: conn, state: state, topics: t, lost: make(chan struct{}), missing: make(chan []Missing, 1)}
	if host, _, err := net.SplitHostPort(conn.LocalAddr().String()); err == nil && s.state.IP == "" {
		s.state.IP = host
	}
	will, err := s.presence(Lost)
	if err != nil {
		conn.abort()
		return nil, err
	}
	o := mqtt.NewClientOptions().AddBroker("tcp://"+b.address).SetClientID(clientID).
		SetUsername(username).SetPassword(password).
		SetProtocolVersion(4).SetCleanSession(true).SetAutoReconnect(false).SetConnectRetry(false).SetResumeSubs(false).
		SetConnectTimeout(connectTimeout).SetWriteTimeout(writeTimeout).SetKeepAlive(keepAlive).SetPingTimeout(pingTimeout).
		SetStore(mqtt.NewMemoryStore()).SetOrderMatters(true).
		SetBinaryWill(t.state(), will, 1, true).
		SetCustomOpenConnectionFn(func(*url.URL, mqtt.ClientOptions) (net.Conn, error) { return conn, nil }).
		SetConnectionLostHandler(func(_ mqtt.Client, err error) {
			s.why = err
			close(s.lost) // without reconnecting, a client loses its connection once
		})
	s.client = mqtt.NewClient(o)
	stop := context.AfterFunc(ctx, func() { _ = conn.Conn.Close() }) // ends the wait for CONNACK
	defer stop()
	token := s.client.Connect()
	<-token.Done()
	if err := token.Error(); err != nil {
		conn.abort()
		return nil, errors.Join(ctx.Err(), err)
	}
	return s, nil
}

func dialQueue(ctx context.Context, b broker) (*queueConn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	conn, err := b.connect(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", b.address, err)
	}
	return newQueueConn(conn), nil
}

func (s *session) presence(status Status) ([]byte, error) {
	state := s.state
	state.Status = status
	if status != Ready {
		state.Birth = nil
	}
	b, err := json.Marshal(state)
	if err != nil {
		return nil, fmt.Errorf("encode state: %w", err)
	}
	return b, nil
}

// announce publishes the presence, retained.
func (s *session) announce(status Status) (mqtt.Token, error) {
	b, err := s.presence(status)
	if err != nil {
		return nil, err
	}
	return s.client.Publish(s.topics.state(), 1, true, b), nil
}

// goodbye says that the device is leaving in order, then disconnects.
func (s *session) goodbye() {
	if token, err := s.announce(Disconnected); err == nil {
		token.WaitTimeout(closeTimeout)
	}
	s.client.Disconnect(uint(closeTimeout / time.Millisecond))
	s.conn.abort()
}

// abandon ends the connection without a good-bye, so that the broker sends the last will. It returns when the client is
// done with it.
func (s *session) abandon() {
	s.conn.abort()
	select {
	case <-s.lost:
	case <-time.After(closeTimeout):
	}
}
