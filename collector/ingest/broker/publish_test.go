package broker

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
	"go.uber.org/zap"

	"sidetone/collector/ingest"
)

func TestWhatIsForDevicesIsPublishedToTheBroker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var mu sync.Mutex
		var heard []string
		err := w.broker.Subscribe("st/v1/+/+/dn/#", 1, func(_ *mqtt.Client, _ packets.Subscription, pk packets.Packet) {
			mu.Lock()
			defer mu.Unlock()
			heard = append(heard, pk.TopicName+" "+string(pk.Payload))
		})
		if err != nil {
			t.Fatal(err)
		}
		handler := ingest.New(w.store, zap.NewNop())
		client := New(Options{
			URL: "mqtt://broker.example:1883", ClientID: "collector-1", Dial: w.dial, Handler: handler, Logger: zap.NewNop(),
			Retained: func(context.Context) ([]ingest.Outgoing, error) {
				return []ingest.Outgoing{ingest.ConfigTo("default", "b", []byte("wish"))}, nil
			},
		})
		command := ingest.CommandTo("default", "a", []byte("echo"))
		if err := client.Publish(t.Context(), command); !errors.Is(err, ErrNotConnected) {
			t.Errorf("before: %v", err)
		}
		ctx, stop := context.WithCancel(context.Background())
		var parts sync.WaitGroup
		parts.Go(func() { handler.Run(ctx) })
		parts.Go(func() { client.Run(ctx) })
		settle()
		if err := client.Publish(t.Context(), command); err != nil {
			t.Error(err)
		}
		settle()
		stop()
		parts.Wait()
		if err := client.Publish(t.Context(), command); !errors.Is(err, ErrNotConnected) {
			t.Errorf("after: %v", err)
		}
		mu.Lock()
		defer mu.Unlock()
		if diff := cmp.Diff([]string{"st/v1/default/b/dn/cfg wish", "st/v1/default/a/dn/cmd echo"}, heard); diff != "" {
			t.Error(diff)
		}
		kept, there := w.broker.Topics.Retained.Get("st/v1/default/b/dn/cfg")
		if _, command := w.broker.Topics.Retained.Get("st/v1/default/a/dn/cmd"); !there || string(kept.Payload) != "wish" || command {
			t.Errorf("the broker keeps %q, and the command %v", kept.Payload, command)
		}
	})
}
