package technician

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"

	"go.uber.org/zap"

	"sidetone/internal/logkey"
)

// Server serves the page. It owns its socket from Listen to the end of Run or to Close.
type Server struct {
	options  Options
	listener net.Listener
	log      *zap.Logger
	site     *site
	sources  *sources
	conns    sync.WaitGroup

	mu   sync.Mutex
	open map[netip.Addr]int // connections of each source
	all  int
}

// Listen opens the socket. Without a password only a loopback address is listened on.
func Listen(o Options) (*Server, error) {
	o = o.withDefaults()
	var config net.ListenConfig
	listener, err := config.Listen(context.Background(), "tcp", o.Listen)
	if err != nil {
		return nil, err
	}
	if at, ok := listener.Addr().(*net.TCPAddr); o.Password == "" && (!ok || !at.IP.IsLoopback()) {
		_ = listener.Close()
		return nil, errors.New("without a password only a loopback address may be listened on")
	}
	return newServer(o, listener), nil
}

func newServer(o Options, listener net.Listener) *Server {
	return &Server{
		options: o, listener: listener, log: o.Logger.Named("page"), site: newSite(o), sources: newSources(o.Password), open: map[netip.Addr]int{},
	}
}

// Addr is where the page is.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Close gives up a server that was never run.
func (s *Server) Close() error { return s.listener.Close() }

// Run serves until ctx is done, then closes the socket and waits for every connection to end.
func (s *Server) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer s.conns.Wait()
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = s.listener.Close() })
	defer stop()
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				return nil
			}
			s.log.Warn("accept", zap.Error(err)) // out of file descriptors, most likely: it may pass
			select {
			case <-time.After(acceptPause):
			case <-ctx.Done():
			}
			continue
		}
		from := source(conn.RemoteAddr())
		if !s.enter(from) {
			_ = conn.Close() // a reply would have to be waited for
			continue
		}
		s.conns.Go(func() {
			defer s.leave(from)
			s.serve(ctx, conn, from)
		})
	}
}

// enter counts a connection in, or tells that there are too many.
func (s *Server) enter(from netip.Addr) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all >= maxConnections || s.open[from] >= maxOfOne {
		s.log.Debug("connection turned away", zap.Stringer(logkey.Peer, from))
		return false
	}
	s.all++
	s.open[from]++
	return true
}

func (s *Server) leave(from netip.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all--
	if s.open[from]--; s.open[from] == 0 {
		delete(s.open, from)
	}
}

// source is whom a connection belongs to: an IPv4 address, or the /64 of an IPv6 address, which one subscriber has as a whole
// (RFC 4291 section 2.5.4).
func source(a net.Addr) netip.Addr {
	at, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.Addr{}
	}
	addr := at.Addr().Unmap().WithZone("")
	if addr.Is6() {
		if prefix, err := addr.Prefix(64); err == nil {
			addr = prefix.Addr()
		}
	}
	return addr
}
