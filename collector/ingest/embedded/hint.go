package embedded

import (
	"encoding/json"
	"strings"
	"sync"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"sidetone/collector/ingest"
	"sidetone/trace"
)

// How fast devices are asked to come back after a restart of the collector.
const (
	returnRate  = 500 // devices a second
	returnLeast = time.Second
	hintWithin  = time.Second // all hints at the end are written, or left
)

const hintChannel = "/dn/hint"

// advise writes a hint to a client. One that has gone needs none.
func advise(cl *mqtt.Client, topic string, advice ingest.Hint) {
	payload, err := json.Marshal(advice)
	if err != nil {
		return
	}
	_ = cl.WritePacket(packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Publish}, ProtocolVersion: 4, TopicName: topic, Payload: payload,
	})
}

// adviseAll asks every device to stay away for a moment that grows with their number, so that they do not all come back
// at once. A connection that takes nothing is left.
func (h *hook) adviseAll() {
	h.mu.Lock()
	topics := map[*mqtt.Client]string{}
	for _, cl := range h.current {
		for filter := range cl.State.Subscriptions.GetAll() {
			if strings.HasSuffix(filter, hintChannel) {
				topics[cl] = filter
			}
		}
	}
	wait := max(returnLeast, time.Duration(len(h.current))*time.Second/returnRate)
	h.mu.Unlock()
	var wg sync.WaitGroup
	for cl, topic := range topics {
		wg.Go(func() { advise(cl, topic, ingest.Hint{WaitUS: trace.MicrosOf(wait)}) })
	}
	written := make(chan struct{})
	go func() { wg.Wait(); close(written) }()
	timer := time.NewTimer(hintWithin)
	defer timer.Stop()
	select {
	case <-written:
	case <-timer.C: // closing the connections ends the rest
	}
}
