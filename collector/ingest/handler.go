package ingest

import (
	"context"
	"maps"
	"strings"
	"time"

	"go.uber.org/zap"

	"sidetone/collector/store"
)

// reportEvery is how often counts of bad input are logged at most.
const reportEvery = time.Second

// Message is what a device published, as a front end received it.
type Message struct {
	Topic   string
	Payload []byte // not changed, and not kept after the message is done
	At      time.Time
}

// Handler is the way from any front end into the store. Make one with New; it works while Run runs.
type Handler struct {
	stats    *Stats
	commits  *committer
	logger   *zap.Logger
	resender *Resender // nil asks for nothing
	reported Counts    // owned by report
}

// New makes a handler that writes to w.
func New(w writer, logger *zap.Logger) *Handler {
	stats := &Stats{}
	return &Handler{stats: stats, commits: newCommitter(w, stats), logger: logger.Named("ingest")}
}

// Run commits until ctx is done, and then what was handed in by then. Handle fails with ErrStopped from then on.
func (h *Handler) Run(ctx context.Context) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.report(ctx)
	}()
	h.commits.run(ctx)
	<-done
}

// Stats are the handler's counters, which its front ends add to.
func (h *Handler) Stats() *Stats { return h.stats }

// Err tells why the last commit was not possible, nil when it was or none was tried.
func (h *Handler) Err() error { return h.commits.err() }

// Handle returns nil once everything usable in the message is durable: then it may be acknowledged. After an error it
// must not be; the device will send it again.
func (h *Handler) Handle(ctx context.Context, m Message) error {
	done := make(chan error, 1)
	if err := h.Submit(ctx, m, func(err error) { done <- err }); err != nil {
		return err
	}
	return <-done
}

// Submit is Handle for a front end that goes on meanwhile: done is called with Handle's result, in the order of the
// submissions of one goroutine, and must not block. After an error done is not called.
func (h *Handler) Submit(ctx context.Context, m Message, done func(error)) error {
	updates, faults := decode(m)
	h.stats.received(faults)
	if len(updates) == 0 {
		done(nil) // nothing to keep, and it would be no better the next time
		return nil
	}
	return h.commits.submit(ctx, job{updates: updates, weight: weigh(updates), done: func(err error) {
		if h.resender != nil && err == nil {
			h.resender.hear(updates)
		}
		done(err)
	}})
}

// Present tells what a front end itself knows of a device's connection.
func (h *Handler) Present(ctx context.Context, p store.Presence) error {
	done := make(chan error, 1)
	if err := h.commits.submit(ctx, job{updates: []store.Update{p}, weight: 1, done: func(err error) { done <- err }}); err != nil {
		return err
	}
	return <-done
}

func weigh(updates []store.Update) int {
	n := 0
	for _, u := range updates {
		if b, ok := u.(store.Batch); ok {
			n += len(b.Lines)
		}
	}
	return max(n, 1)
}

// decode reads what is usable of a message.
func decode(m Message) ([]store.Update, Faults) {
	a, err := ParseTopic(m.Topic)
	if err != nil {
		return nil, Faults{FaultTopic: 1}
	}
	origin := store.Origin{Tenant: a.Tenant, Device: a.Device, At: m.At.UTC()}
	if strings.HasPrefix(a.Channel, channelLine) {
		r, err := decodeRegistration(a.Channel, m.Payload)
		if err != nil {
			return nil, Faults{FaultReport: 1}
		}
		return []store.Update{store.LineReport{Origin: origin, Registration: r}}, nil
	}
	if strings.HasPrefix(a.Channel, channelAnswer) && len(m.Payload) > 0 {
		answer, err := decodeAnswer(a.Channel, m.Payload)
		if err != nil {
			return nil, Faults{FaultAnswer: 1}
		}
		answer.Origin = origin
		return []store.Update{answer}, nil
	}
	if len(m.Payload) == 0 {
		return nil, nil // how a retained message is taken back
	}
	switch a.Channel {
	case ChannelEvents:
		lines, faults := DecodeBatch(m.Payload)
		if len(lines) == 0 {
			return nil, faults
		}
		return []store.Update{store.Batch{Origin: origin, Lines: lines}}, faults
	case ChannelState:
		p, err := DecodeState(m.Payload, origin.At)
		if err != nil {
			return nil, Faults{FaultState: 1}
		}
		p.Origin = origin
		return []store.Update{p}, nil
	case ChannelHealth:
		h, err := decodeHealth(m.Payload)
		if err != nil {
			return nil, Faults{FaultHealth: 1}
		}
		h.Origin = origin
		return []store.Update{h}, nil
	default:
		return nil, Faults{FaultChannel: 1}
	}
}

// report logs once a second at most what was not used or not possible.
func (h *Handler) report(ctx context.Context) {
	tick := time.NewTicker(reportEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := h.stats.Snapshot()
		if maps.Equal(now.Faults, h.reported.Faults) && maps.Equal(now.Refused, h.reported.Refused) && now.Failed == h.reported.Failed {
			continue
		}
		h.reported = now
		fields := []zap.Field{
			zap.Any("faults", now.Faults), zap.Any("refused", now.Refused), zap.Int("failed_commits", now.Failed), zap.Error(h.Err()),
		}
		if last := h.stats.Refusals(); len(last) > 0 {
			fields = append(fields, zap.Any("last_refused", last[0]))
		}
		h.logger.Warn("input that could not be used, totals since the start", fields...)
	}
}
