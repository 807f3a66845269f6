package embedded

import (
	"bytes"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"sidetone/collector/ingest"
	"sidetone/trace"
)

const hints = "st/v1/default/a/dn/hint"

// asksForHints subscribes and gives the first hint.
func (c *client) asksForHints() ingest.Hint {
	c.t.Helper()
	c.send((&packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, ProtocolVersion: 4, PacketID: 9,
		Filters: packets.Subscriptions{{Filter: hints}},
	}).SubscribeEncode)
	got := c.hinted()
	if pk, ok := c.next(); !ok || pk.FixedHeader.Type != packets.Suback {
		c.t.Errorf("no SUBACK but %v", pk.FixedHeader.Type)
	}
	return got
}

// hinted expects a hint.
func (c *client) hinted() ingest.Hint {
	c.t.Helper()
	pk, ok := c.next()
	if !ok || pk.FixedHeader.Type != packets.Publish || pk.TopicName != hints || pk.FixedHeader.Retain {
		c.t.Fatalf("no hint but %v %s", pk.FixedHeader, pk.TopicName)
	}
	var h ingest.Hint
	if err := json.Unmarshal(pk.Payload, &h); err != nil {
		c.t.Fatal(err)
	}
	return h
}

func TestWhoAsksForHintsLearnsOfTheDictionary(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t)
		c := b.dial(t)
		c.hello("a", will{})
		if h := c.asksForHints(); h.Dictionary != trace.DictionaryID || h.WaitUS != 0 || h.Missing != nil {
			t.Errorf("hint %+v", h)
		}
		_ = c.conn.Close()
		synctest.Wait()
		b.end(t)
	})
}

func TestAtTheEndDevicesAreAskedToStayAwayForAMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t)
		c, deaf := b.dial(t), b.dial(t)
		c.hello("a", will{})
		deaf.hello("b", will{}) // asks for no hints
		c.asksForHints()
		synctest.Wait()
		began := time.Now()
		b.end(t)
		if took := time.Since(began); took > 0 {
			t.Errorf("the end took %v", took)
		}
		if h := c.hinted(); h.WaitUS != trace.MicrosOf(time.Second) {
			t.Errorf("hint %+v", h)
		}
		c.ended()
		deaf.ended()
	})
}

func TestAConnectionThatTakesNothingDoesNotHoldUpTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t)
		c := b.dial(t)
		c.hello("a", will{})
		c.asksForHints()
		for range cap(c.got) + 1 { // and then nobody reads
			var ping bytes.Buffer
			if err := (&packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pingreq}}).PingreqEncode(&ping); err != nil {
				t.Fatal(err)
			}
			_, _ = c.conn.Write(ping.Bytes())
			synctest.Wait()
		}
		began := time.Now()
		_ = b.stop()
		if took := time.Since(began); took > hintWithin+drainWithin+time.Second {
			t.Errorf("the end took %v", took)
		}
		for range c.got { // until it is over
		}
	})
}

func TestOneDeviceTooManyIsToldToComeBackLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t)
		b.server.hook.maxDevices = 1
		first := b.dial(t)
		first.hello("a", will{})
		synctest.Wait()
		second := b.dial(t)
		second.connect("b", will{})
		if pk, ok := second.next(); !ok || pk.FixedHeader.Type != packets.Connack || pk.ReasonCode != packets.Err3ServerUnavailable.Code {
			t.Errorf("%v, code %#x", pk.FixedHeader.Type, pk.ReasonCode)
		}
		again := b.dial(t)
		again.hello("a", will{}) // is no other device
		if n := b.handler.Stats().Snapshot().Refused[refusedDevices]; n != 1 {
			t.Errorf("%d were counted", n)
		}
		synctest.Wait()
		b.end(t)
	})
}
