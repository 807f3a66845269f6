package telemetry

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"os"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/journal"
	"sidetone/trace"
)

// The held call as baresip 4.10 publishes it with its mqtt module: eleven events, each a message of its own.
const (
	peerBytes  = 5066 // payloads
	peerEvents = 11
	peerFacts  = 7 // in an event at most: type, class, accountaor, direction, peeruri, id, param
)

// heldCall is what a called phone recorded of INVITE, 183, 180, 200, hold by re-INVITE, resume and BYE, between it and
// SIPp. The pauses between its steps are longer than a batch waits, so that every step is sent by itself.
func heldCall(t testing.TB) []trace.Event {
	t.Helper()
	text, err := os.ReadFile("../trace/testdata/real/held-reinvite/1-desk-1.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	var all []trace.Event
	for line := range bytes.Lines(text) {
		e, err := trace.Decode(line)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

// cost is what a call takes.
type cost struct {
	events, messages, facts int
	payload                 int   // bytes of the messages on up/ev, as the peer's are counted
	sent, received          int64 // bytes over TCP during the call: with topics, packet headers and acknowledgements
	session                 int64 // sent before it: login, last will, subscription, birth, health
	flash                   int64 // bytes in the journal
}

// countingConn counts what crosses it.
type countingConn struct {
	net.Conn
	sent, received *atomic.Int64
}

func (c countingConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.sent.Add(int64(n))
	return n, err
}

func (c countingConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.received.Add(int64(n))
	return n, err
}

// publish plays the call at its own pace and tells what it took.
func publishHeldCall(t testing.TB, capture trace.Capture, hint string) cost {
	call := heldCall(t)
	b := newTestBroker(t)
	b.hint = hint
	b.start()
	var sent, received atomic.Int64
	a := startAgent(t, b, 1, journal.Options{}, func(o *UplinkOptions) {
		o.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := b.dial(ctx, network, address)
			return countingConn{conn, &sent, &received}, err
		}
	})
	a.SetLevel(capture, a.level.Load().mask)
	a.settled()
	<-time.After(500 * time.Millisecond) // the subscription is granted
	var c cost
	session, heard, flash, before := sent.Load(), received.Load(), a.journal.Stats().Bytes, len(b.received())
	for i, e := range call {
		if i > 0 {
			<-time.After(max(e.Mono-call[i-1].Mono, 0))
		}
		a.Record(trace.Event{Call: e.Call, Leg: e.Leg, Kind: e.Kind, Data: e.Data})
	}
	a.settled()
	c.session, c.sent, c.received = session, sent.Load()-session, received.Load()-heard
	c.flash = a.journal.Stats().Bytes - flash
	for _, p := range b.received()[before:] {
		c.messages++
		c.payload += len(p)
	}
	for _, e := range events(t, a.journal)[1:] {
		c.events++
		line, err := e.Encode()
		if err != nil {
			t.Fatal(err)
		}
		var fields any
		if err := json.Unmarshal(line, &fields); err != nil {
			t.Fatal(err)
		}
		c.facts += values(fields)
	}
	return c
}

func (b *testBroker) received() [][]byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.payloads
}

// values counts what is neither a name nor a bracket. A SIP message counts as one.
func values(v any) int {
	n := 0
	switch v := v.(type) {
	case map[string]any:
		for _, field := range v {
			n += values(field)
		}
	default:
		n = 1
	}
	return n
}

var ways = []struct {
	name, hint string
}{
	{"plain", ""}, {"dictionary", `{"dict":"` + trace.DictionaryID + `"}`},
}

func TestHeldCallIsPublishedInHalfOfThePeersBytesWithThreeTimesItsFacts(t *testing.T) {
	for _, way := range ways {
		for _, capture := range []trace.Capture{trace.CaptureFull, trace.CaptureHeaders, trace.CaptureNone} {
			t.Run(way.name+"/"+string(capture), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c := publishHeldCall(t, capture, way.hint)
					t.Logf("%+v, %d %% of the peer's bytes", c, 100*c.payload/peerBytes)
					if c.facts < 3*peerEvents*peerFacts || c.events != 26 {
						t.Errorf("%d facts in %d events", c.facts, c.events)
					}
					most := peerBytes // plain zlib is no more than the peer in any case
					if way.hint != "" {
						most = peerBytes / 2
					}
					if c.payload > most {
						t.Errorf("%d bytes of payload, want %d at most", c.payload, most)
					}
				})
			})
		}
	}
}

// BenchmarkPublishingTheHeldCall tells what the call costs on the network and on flash.
func BenchmarkPublishingTheHeldCall(b *testing.B) {
	for _, way := range ways {
		for _, capture := range []trace.Capture{trace.CaptureFull, trace.CaptureHeaders, trace.CaptureNone} {
			b.Run(way.name+"/"+string(capture), func(b *testing.B) {
				var c cost
				for b.Loop() {
					c = publishHeldCall(b, capture, way.hint)
				}
				b.ReportMetric(float64(c.payload), "payload-B/call")
				b.ReportMetric(float64(c.sent), "sent-B/call")
				b.ReportMetric(float64(c.received), "received-B/call")
				b.ReportMetric(float64(c.flash), "flash-B/call")
				b.ReportMetric(float64(c.session), "session-B")
				b.ReportMetric(float64(c.facts), "facts")
				b.ReportMetric(float64(c.messages), "messages")
			})
		}
	}
}
