package wire

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"

	"go.uber.org/zap"
)

// Endpoint owns the sockets of a user agent. Its methods may be called from any goroutine.
type Endpoint struct {
	options   Options
	limits    Limits
	log       *zap.Logger
	reader    *reader
	packets   []*packetSocket
	listeners []*streamListener
	pool      *pool
	security  *handshaker

	once  sync.Once
	group sync.WaitGroup // every goroutine of the endpoint
}

// Errors of Send.
var (
	ErrNoSocket    = errors.New("no socket for this transport and address family")
	ErrNoRoute     = errors.New("no destination")
	ErrConnections = errors.New("too many connections")
	ErrBacklog     = errors.New("too much waits to be written on this connection")
)

// Open binds every address. When one cannot be bound, none is, and the error is a *ListenError.
func Open(o Options) (*Endpoint, error) {
	if o.Deliver == nil {
		return nil, errors.New("open endpoint: no Deliver")
	}
	if o.Logger == nil {
		o.Logger = zap.NewNop()
	}
	limits := o.Limits.withDefaults()
	security, err := newHandshaker(o.TLS, o.Logger)
	if err != nil {
		return nil, err
	}
	e := &Endpoint{options: o, limits: limits, log: o.Logger, reader: newReader(limits), security: security}
	e.pool = newPool(e)
	for _, conn := range o.Packets {
		e.addPackets(conn)
	}
	for _, listener := range o.Streams {
		e.addStreams(TCP, listener)
	}
	for _, listener := range o.Secure {
		e.addStreams(TLS, listener)
	}
	for i, entry := range o.Listen {
		flow, err := parseListen(entry)
		if err == nil {
			err = e.bind(context.Background(), flow)
		}
		if err != nil {
			return nil, errors.Join(&ListenError{Index: i, Entry: entry, Err: err}, e.closeSockets())
		}
	}
	if len(e.packets)+len(e.listeners) == 0 {
		return nil, errors.New("open endpoint: nothing to listen on")
	}
	return e, nil
}

// Run reads every socket until ctx is done. It returns when what waited on connections is written, or Limits.Linger
// has passed, and every goroutine of the endpoint has ended. It is called once.
func (e *Endpoint) Run(ctx context.Context) error {
	for _, s := range e.packets {
		e.group.Go(func() { s.run(ctx) })
		e.log.Info("listening", zap.String("transport", UDP), zap.Stringer("address", s.local))
	}
	for _, l := range e.listeners {
		e.group.Go(func() { l.run(ctx) })
		e.log.Info("listening", zap.String("transport", l.transport), zap.Stringer("address", l.local))
	}
	<-ctx.Done()
	return e.Close()
}

// Close closes every socket and waits for every goroutine. Run calls it; an endpoint that never ran needs it.
func (e *Endpoint) Close() error {
	var err error
	e.once.Do(func() {
		err = e.closeSockets()
		e.pool.shutdown()
	})
	e.group.Wait()
	return err
}

func (e *Endpoint) closeSockets() error {
	var errs []error
	for _, s := range e.packets {
		errs = append(errs, ignoreClosed(s.conn.Close()))
	}
	for _, l := range e.listeners {
		errs = append(errs, ignoreClosed(l.listener.Close()))
	}
	return errors.Join(errs...)
}

// Addrs is what is bound: packets, then streams, each in the order handed in and then that of Listen; a port 0 is
// resolved.
func (e *Endpoint) Addrs() []Flow {
	var flows []Flow
	for _, s := range e.packets {
		flows = append(flows, Flow{Transport: UDP, Local: s.local})
	}
	for _, l := range e.listeners {
		flows = append(flows, Flow{Transport: l.transport, Local: l.local})
	}
	return flows
}

// Send sends a message. Over UDP it is written when Send returns; over TCP and TLS it is queued on the connection of its
// flow, or on a new one, and Options.Failed is told if that comes to nothing. Send never blocks on a peer.
func (e *Endpoint) Send(o Outbound) error {
	to := o.Destination()
	if !to.IsValid() || to.Port() == 0 {
		return fmt.Errorf("send: %w", ErrNoRoute)
	}
	switch o.Flow.Transport {
	case UDP:
		socket, err := e.socketFor(o.Flow.Local, to)
		if err != nil {
			return fmt.Errorf("send to %s: %w", to, err)
		}
		if err := socket.send(o, to); err != nil {
			return fmt.Errorf("send to %s: %w", to, err)
		}
		return nil
	case TCP, TLS:
		if err := e.pool.send(o); err != nil {
			return fmt.Errorf("send to %s over %s: %w", to, o.Flow.Transport, err)
		}
		return nil
	}
	return fmt.Errorf("send over %q: %w", o.Flow.Transport, ErrNoSocket)
}

// socketFor is the UDP socket that sends to a peer: the one bound to local, if given, else the one the route picks.
func (e *Endpoint) socketFor(local, to netip.AddrPort) (*packetSocket, error) {
	if local.IsValid() {
		for _, s := range e.packets {
			if s.local == local {
				return s, nil
			}
		}
	}
	bound := make([]netip.AddrPort, len(e.packets))
	for i, s := range e.packets {
		bound[i] = s.local
	}
	i, err := pick(bound, to)
	if err != nil {
		return nil, err
	}
	return e.packets[i], nil
}

// refuse tells the owner of what was not delivered. Nothing is logged: a flood of junk would be a flood of lines.
func (e *Endpoint) refuse(err error, from netip.AddrPort) {
	reason := RefusedMalformed
	var r *refusal
	if errors.As(err, &r) {
		reason = r.reason
	}
	if reason == RefusedParser {
		e.log.Error("parser panic", zap.Error(err), zap.Stringer("from", from))
	}
	e.refused(reason, from)
}

func (e *Endpoint) refused(reason string, from netip.AddrPort) {
	if e.options.Refused != nil {
		e.options.Refused(reason, from)
	}
}

func (e *Endpoint) failed(o Outbound, err error) {
	if e.options.Failed != nil {
		e.options.Failed(o, err)
	}
}

func (e *Endpoint) closed(f Flow) {
	if e.options.Closed != nil {
		e.options.Closed(f)
	}
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
