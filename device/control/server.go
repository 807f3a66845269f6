package control

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"go.uber.org/zap"

	"sidetone/internal/logkey"
)

// Limits of a connection.
const (
	maxLine        = 4 << 10          // bytes of a request
	maxConnections = 16               // at a time; more are turned away
	idleTime       = 30 * time.Second // between two requests
	workTime       = 10 * time.Second // for a request to be done
	writeTime      = 5 * time.Second  // for a reply to be taken
	acceptPause    = 100 * time.Millisecond
)

// Server answers requests on a control socket. It owns the socket from Listen to the end of Run or to Close.
type Server struct {
	listener net.Listener
	handler  Handler
	log      *zap.Logger
	slots    chan struct{}
	conns    sync.WaitGroup
}

// Listen opens the socket at path, with mode 0600. A socket that a dead agent left behind is replaced; one that somebody
// listens on is an error that wraps ErrInUse.
func Listen(path string, handler Handler, log *zap.Logger) (*Server, error) {
	if log == nil {
		log = zap.NewNop()
	}
	listener, err := listen(path)
	if err != nil {
		return nil, err
	}
	return &Server{listener: listener, handler: handler, log: log.Named("control"), slots: make(chan struct{}, maxConnections)}, nil
}

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
			s.log.Warn("accept on control socket", zap.Error(err)) // out of file descriptors, most likely: it may pass
			pause(ctx, acceptPause)
			continue
		}
		select {
		case s.slots <- struct{}{}:
			s.conns.Go(func() {
				s.serve(ctx, conn)
				<-s.slots
			})
		default:
			s.reply(conn, Reply{Error: fmt.Sprintf("%d control connections are open, which is the limit", maxConnections)})
			_ = conn.Close()
		}
	}
}

// Close gives up a server that was never run.
func (s *Server) Close() error { return s.listener.Close() }

// serve answers the requests of one connection.
func (s *Server) serve(ctx context.Context, conn net.Conn) {
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	defer func() { _ = conn.Close() }()
	in := bufio.NewReaderSize(conn, maxLine)
	for {
		_ = conn.SetReadDeadline(time.Now().Add(idleTime))
		line, err := in.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			s.reply(conn, Reply{Error: fmt.Sprintf("the request is longer than %d bytes", maxLine)})
			return
		case err != nil:
			if !errors.Is(err, io.EOF) && ctx.Err() == nil {
				s.log.Debug("control connection ended", zap.Error(err))
			}
			return
		}
		if !s.reply(conn, s.answer(ctx, line)) {
			return
		}
	}
}

// answer performs the request on one line.
func (s *Server) answer(ctx context.Context, line []byte) Reply {
	var r Request
	if err := json.Unmarshal(line, &r); err != nil {
		return Reply{Error: "the request is not a line of JSON: " + err.Error()}
	}
	ctx, cancel := context.WithTimeout(ctx, workTime)
	defer cancel()
	reply := s.handler.Handle(ctx, r)
	switch fields := []zap.Field{zap.String(logkey.Verb, string(r.Verb)), zap.String(logkey.Call, r.Call)}; {
	case !reply.OK:
		s.log.Info("request refused", append(fields, zap.String(logkey.Reason, reply.Error))...)
	case r.Verb != Status: // scripts ask for it many times a second
		s.log.Info("request", fields...)
	}
	return reply
}

// reply writes one line; false when it could not be written.
func (s *Server) reply(conn net.Conn, r Reply) bool {
	line, err := json.Marshal(r)
	if err != nil {
		return false
	}
	_ = conn.SetWriteDeadline(time.Now().Add(writeTime))
	_, err = conn.Write(append(line, '\n'))
	return err == nil
}

// pause waits for a while, or until ctx is done.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
