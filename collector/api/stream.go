package api

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"sidetone/collector/store"
)

// The pace of a stream.
const (
	streamBeat  = 15 * time.Second // a comment, so that nobody in between takes the connection for dead
	streamWrite = 10 * time.Second // that a client may take to read
)

// maxStreams bounds the streams that are open at once.
const maxStreams = 256

type changed struct {
	ID string `json:"id"`
}

func (s *server) registerStream(api huma.API) {
	op := operation("stream", "/stream", "Server-sent events: call.updated and device.updated, with the id of what has something new to read")
	op.Responses = map[string]*huma.Response{"200": {
		Description: "A stream that goes on until the client ends it. It begins with a comment once changes are being watched.",
		Content:     map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}}},
	}}
	op.Errors = []int{http.StatusServiceUnavailable}
	huma.Register(api, op, func(context.Context, *struct{}) (*huma.StreamResponse, error) {
		if s.streams.Add(1) > maxStreams {
			s.streams.Add(-1)
			return nil, huma.Error503ServiceUnavailable("too many streams are open")
		}
		return &huma.StreamResponse{Body: func(c huma.Context) {
			defer s.streams.Add(-1)
			r, w := humago.Unwrap(c)
			w.Header().Set("Content-Type", "text/event-stream")
			w.Header().Set("Cache-Control", "no-store")
			w.Header().Set("X-Accel-Buffering", "no") // proxies that buffer would hold a change back
			// An error means that the client is gone; there is nobody to tell.
			_ = s.stream(r.Context(), w)
		}}, nil
	})
}

// stream writes changes until ctx is done or the client does not read.
func (s *server) stream(ctx context.Context, w http.ResponseWriter) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	control := http.NewResponseController(w)
	send := func(format string, args ...any) error {
		if err := control.SetWriteDeadline(time.Now().Add(streamWrite)); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, format, args...); err != nil {
			return err
		}
		return control.Flush()
	}
	changes := s.reader.Watch(ctx)
	if err := send(": watching\n\n"); err != nil {
		return err
	}
	beat := time.NewTicker(streamBeat)
	defer beat.Stop()
	for {
		select {
		case <-beat.C:
			if err := send(": still here\n\n"); err != nil {
				return err
			}
		case c, open := <-changes:
			if !open {
				return io.EOF
			}
			if err := sendChange(send, c); err != nil {
				return err
			}
		}
	}
}

func sendChange(send func(string, ...any) error, c store.Change) error {
	data, err := json.Marshal(changed{ID: c.ID})
	if err != nil {
		return err
	}
	return send("event: %s\ndata: %s\n\n", c.Kind, data)
}
