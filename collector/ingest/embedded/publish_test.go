package embedded

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/mochi-mqtt/server/v2/packets"

	"sidetone/collector/ingest"
)

// listen subscribes to what is for a device and takes what comes with it.
func (c *client) listen(filter string) {
	c.t.Helper()
	c.send((&packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, ProtocolVersion: 4, PacketID: 9,
		Filters: packets.Subscriptions{{Filter: filter, Qos: 1}},
	}).SubscribeEncode)
	if pk, ok := c.next(); !ok || pk.FixedHeader.Type != packets.Suback || pk.ReasonCodes[0] > 1 {
		c.t.Fatalf("%s: not granted", filter)
	}
}

// hears expects a message, "" for none.
func (c *client) hears(topic, payload string, retained bool) {
	c.t.Helper()
	synctest.Wait()
	select {
	case pk := <-c.got:
		if pk.FixedHeader.Type != packets.Publish || pk.TopicName != topic || string(pk.Payload) != payload || pk.FixedHeader.Retain != retained || pk.FixedHeader.Qos != 1 {
			c.t.Errorf("heard %s %q, retained %v; want %s %q, %v", pk.TopicName, pk.Payload, pk.FixedHeader.Retain, topic, payload, retained)
		}
	default:
		if topic != "" {
			c.t.Errorf("%s was not heard", topic)
		}
	}
}

func TestWhatIsForADeviceReachesThatDeviceOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := startWith(t, Options{Retained: func(context.Context) ([]ingest.Outgoing, error) {
			return []ingest.Outgoing{ingest.ConfigTo("default", "b", []byte("wish"))}, nil
		}})
		one, other := b.dial(t), b.dial(t)
		one.hello("a", will{})
		one.listen("st/v1/default/a/dn/#")
		other.hello("b", will{})
		if err := b.server.Publish(t.Context(), ingest.CommandTo("default", "b", []byte("missed"))); err != nil {
			t.Fatal(err)
		}
		other.listen("st/v1/default/b/dn/#")
		other.hears("st/v1/default/b/dn/cfg", "wish", true)
		if err := b.server.Publish(t.Context(), ingest.CommandTo("default", "a", []byte("echo"))); err != nil {
			t.Fatal(err)
		}
		one.hears("st/v1/default/a/dn/cmd", "echo", false)
		other.hears("", "", false)
		if n := b.store.batches(); n != 0 {
			t.Errorf("%d batches: it was taken for a device's", n)
		}
		b.end(t)
	})
}
