// Package broker takes in what devices publish to somebody else's MQTT broker: any that speaks MQTT 3.1.1 and, for more than
// one collector, has shared subscriptions.
//
// A collector alone subscribes to everything. Collectors of one group share the subscription, so each message reaches one of
// them; that is asked for only, as a broker may forget it when it restarts (ADR 24). The session outlives the
// connection (clean session is off), and a message is acknowledged only when it is durable, in the order in which they
// came (MQTT 3.1.1 section 4.6): what was not acknowledged is delivered again. A broker delivers again only to a new
// connection, so a message that cannot be stored ends the present one.
//
// Run owns the connection; a new client is made for each, because the library keeps state that a reconnection would
// get wrong. A shared subscription does not replay retained messages, so presence is subscribed to on its own as well.
package broker

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"sync"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	"go.uber.org/zap"

	"sidetone/collector/ingest"
	"sidetone/internal/logkey"
)

// The filters that a collector subscribes to.
const (
	everything     = "st/v1/+/+/up/#"
	presenceFilter = "st/v1/+/+/up/state"
)

// The times of a connection.
const (
	connectWithin = 10 * time.Second
	keepAlive     = 30 * time.Second
	firstPause    = time.Second // before a reconnection: a random time up to it, doubled each time
	longestPause  = 30 * time.Second
	goodbyeWithin = 250 // milliseconds
	window        = 256 // messages that are being made durable
)

// Options of a Client.
type Options struct {
	URL                string // mqtt://host:port or mqtts://host:port
	ClientID           string // stable, and its own for every collector
	Group              string // of the collectors that share the messages; "" for one that gets all of them
	Username, Password string
	TLS                *tls.Config              // for mqtts; nil verifies by the system's certificates
	Dial               func() (net.Conn, error) // nil connects to URL
	Handler            *ingest.Handler
	// Retained lists what devices are to find whenever they connect; it is published with every connection. nil for nothing.
	Retained func(ctx context.Context) ([]ingest.Outgoing, error)
	Logger   *zap.Logger
}

// Client reads from a broker. Make one with New.
type Client struct {
	options Options
	logger  *zap.Logger

	mu      sync.Mutex
	current paho.Client // nil while not connected
}

// ErrNotConnected is returned by Publish while the broker is away.
var ErrNotConnected = errors.New("the broker is not connected")

// Publish returns when the broker has the message.
func (c *Client) Publish(ctx context.Context, o ingest.Outgoing) error {
	c.mu.Lock()
	client := c.current
	c.mu.Unlock()
	if client == nil {
		return ErrNotConnected
	}
	if err := finish(ctx, client.Publish(o.Topic, 1, o.Retain, o.Payload)); err != nil {
		return fmt.Errorf("publish to %s: %w", o.Topic, err)
	}
	return nil
}

func (c *Client) connected(client paho.Client) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.current = client
}

// retain publishes what devices are to find. One that the broker does not take keeps no other from its own.
func (c *Client) retain(ctx context.Context) {
	if c.options.Retained == nil {
		return
	}
	all, err := c.options.Retained(ctx)
	for _, o := range all {
		err = errors.Join(err, c.Publish(ctx, o))
	}
	if err != nil {
		c.logger.Warn("not every desired configuration is at the broker", zap.Error(err))
	}
}

// New makes a client that connects once Run runs.
func New(o Options) *Client {
	return &Client{options: o, logger: o.Logger.Named("broker").With(zap.String(logkey.Broker, o.URL))}
}

// Run reads until ctx is done, and connects again whenever the connection ends. The handler must run until it returns.
func (c *Client) Run(ctx context.Context) {
	pause := firstPause
	for {
		connected, err := c.session(ctx)
		if ctx.Err() != nil {
			return
		}
		if connected {
			pause = firstPause
		}
		wait := rand.N(pause)
		pause = min(2*pause, longestPause)
		c.logger.Warn("not connected", zap.Error(err), zap.Duration("again_in", wait))
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// delivery is a message on its way to being acknowledged.
type delivery struct {
	message paho.Message
	durable chan error // told once
}

// session is one connection, from its beginning to its end. It reports whether it was ever subscribed.
func (c *Client) session(ctx context.Context) (subscribed bool, err error) {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	deliveries := make(chan delivery, window)
	client := paho.NewClient(c.clientOptions(
		func(_ paho.Client, m paho.Message) { c.receive(ctx, m, deliveries) },
		func(_ paho.Client, err error) { end(err) },
	))
	acknowledged := make(chan struct{})
	go func() {
		defer close(acknowledged)
		acknowledge(ctx, deliveries, end)
	}()
	defer func() {
		end(nil)
		client.Disconnect(goodbyeWithin)
		<-acknowledged
	}()
	if err := finish(ctx, client.Connect()); err != nil {
		return false, fmt.Errorf("connect: %w", err)
	}
	if err := c.subscribe(ctx, client); err != nil {
		return false, err
	}
	c.connected(client)
	defer c.connected(nil)
	c.logger.Info("connected")
	c.retain(ctx)
	<-ctx.Done()
	return true, context.Cause(ctx)
}

func (c *Client) clientOptions(receive paho.MessageHandler, lost paho.ConnectionLostHandler) *paho.ClientOptions {
	o := paho.NewClientOptions().AddBroker(c.options.URL).SetClientID(c.options.ClientID).
		SetProtocolVersion(4).SetCleanSession(false).SetResumeSubs(false).
		SetAutoReconnect(false).SetConnectRetry(false).
		SetOrderMatters(true).SetAutoAckDisabled(true).
		SetConnectTimeout(connectWithin).SetWriteTimeout(connectWithin).SetKeepAlive(keepAlive).SetPingTimeout(connectWithin).
		// What waited in the session comes before anything is subscribed to, so one handler is there for everything.
		SetDefaultPublishHandler(receive).SetConnectionLostHandler(lost)
	if c.options.Username != "" {
		o.SetUsername(c.options.Username).SetPassword(c.options.Password)
	}
	if c.options.TLS != nil {
		o.SetTLSConfig(c.options.TLS)
	}
	if c.options.Dial != nil {
		o.SetCustomOpenConnectionFn(func(*url.URL, paho.ClientOptions) (net.Conn, error) { return c.options.Dial() })
	}
	return o
}

func (c *Client) subscribe(ctx context.Context, client paho.Client) error {
	filters := map[string]byte{everything: 1}
	if c.options.Group != "" {
		filters = map[string]byte{"$share/" + c.options.Group + "/" + everything: 1, presenceFilter: 1}
		// The session may be of a time when this collector was alone.
		if err := finish(ctx, client.Unsubscribe(everything)); err != nil {
			return fmt.Errorf("unsubscribe: %w", err)
		}
	}
	token := client.SubscribeMultiple(filters, nil)
	if err := finish(ctx, token); err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	for filter, granted := range token.(*paho.SubscribeToken).Result() {
		if granted > 1 { // 0x80, MQTT 3.1.1 section 3.9.3
			return fmt.Errorf("subscribe to %s: the broker refuses", filter)
		}
	}
	return nil
}

// finish waits for a token of the library.
func finish(ctx context.Context, t paho.Token) error {
	timer := time.NewTimer(2 * connectWithin)
	defer timer.Stop()
	select {
	case <-t.Done():
		return t.Error()
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return errors.New("no answer in time")
	}
}

// receive hands a message to the handler. It is called for one message after the other and holds the connection back
// while too many are under way.
func (c *Client) receive(ctx context.Context, m paho.Message, deliveries chan<- delivery) {
	d := delivery{message: m, durable: make(chan error, 1)}
	select {
	case deliveries <- d:
	case <-ctx.Done():
		return
	}
	err := c.options.Handler.Submit(ctx, ingest.Message{Topic: m.Topic(), Payload: m.Payload(), At: time.Now()}, func(err error) { d.durable <- err })
	if err != nil {
		d.durable <- err
	}
}

// acknowledge acknowledges what is durable, in the order in which it came, until ctx is done. Something that cannot be
// made durable ends the session.
func acknowledge(ctx context.Context, deliveries <-chan delivery, end context.CancelCauseFunc) {
	for {
		select {
		case <-ctx.Done():
			return
		case d := <-deliveries:
			select {
			case <-ctx.Done():
				return
			case err := <-d.durable:
				if err != nil {
					end(fmt.Errorf("a message cannot be stored: %w", err))
					return
				}
				d.message.Ack()
			}
		}
	}
}
