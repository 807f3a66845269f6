package embedded

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
	"go.uber.org/zap"

	"sidetone/collector/ingest"
	"sidetone/collector/store/sqlite"
	"sidetone/collector/store/storetest"
	"sidetone/trace"
)

// The measure of the front end: devices on real sockets, each with one message under way, events of calls with raw
// messages of 400 bytes, every acknowledged one durable on the disk of the temporary folder.
func BenchmarkDurableSingleEvents(b *testing.B) { benchmarkDurable(b, 200, 1) }
func BenchmarkDurableBatchesOf20(b *testing.B)  { benchmarkDurable(b, 200, 20) }

func benchmarkDurable(b *testing.B, devices, perMessage int) {
	address := serveForBenchmark(b)
	messages := (b.N + devices - 1) / devices
	work := make([][][]byte, devices)
	for i := range work {
		work[i] = published(storetest.NewPhone(fmt.Sprintf("phone-%d", i), trace.Boot(i+1)), messages, perMessage)
	}
	b.ResetTimer()
	var wg sync.WaitGroup
	for i, packets := range work {
		wg.Go(func() {
			if err := publishAll(address, fmt.Sprintf("phone-%d", i), packets); err != nil {
				b.Error(err)
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	seconds := b.Elapsed().Seconds()
	b.ReportMetric(float64(messages*devices)/seconds, "messages/s")
	b.ReportMetric(float64(messages*devices*perMessage)/seconds, "events/s")
}

func serveForBenchmark(b *testing.B) string {
	b.Helper()
	st, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "sidetone.db"))
	if err != nil {
		b.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	handler := ingest.New(st, zap.NewNop())
	s, err := New(Options{Listener: l, Handler: handler, Known: st, Logger: zap.NewNop()})
	if err != nil {
		b.Fatal(err)
	}
	serving, stopServing := context.WithCancel(context.Background())
	handling, stopHandling := context.WithCancel(context.Background())
	var serves, handles sync.WaitGroup
	handles.Go(func() { handler.Run(handling) })
	serves.Go(func() {
		if err := s.Run(serving); err != nil {
			b.Error(err)
		}
	})
	b.Cleanup(func() {
		stopServing()
		serves.Wait()
		stopHandling()
		handles.Wait()
		if err := st.Close(); err != nil {
			b.Error(err)
		}
	})
	return l.Addr().String()
}

// published encodes the packets of a device's messages: calls of ten events, cut into messages of so many.
func published(p *storetest.Phone, messages, perMessage int) [][]byte {
	raw := "INVITE sip:102@example.com SIP/2.0\r\n" + strings.Repeat("Header: value\r\n", 25)
	var lines [][]byte
	for call := 0; len(lines) < messages*perMessage; call++ {
		script := storetest.Script{Call: fmt.Sprintf("%s-%d", p.ID, call), From: "sip:101@example.com", SIPCallID: fmt.Sprintf("%s-%d", p.ID, call)}
		all := p.Begin(script)
		for range 7 {
			all = append(all, p.Event(script.Call, trace.SIPSent, trace.SIP{Transport: "udp", Method: "INVITE", Raw: raw}))
		}
		for _, l := range append(all, p.End(script)) {
			lines = append(lines, l.Raw)
		}
	}
	out := make([][]byte, messages)
	for i := range out {
		var packet bytes.Buffer
		err := (&packets.Packet{
			FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: 1}, ProtocolVersion: 4, PacketID: 1,
			TopicName: "st/v1/default/" + p.ID + "/up/ev", Payload: bytes.Join(lines[i*perMessage:(i+1)*perMessage], []byte("\n")),
		}).PublishEncode(&packet)
		if err != nil {
			panic(err) // only for a packet that a test should not make
		}
		out[i] = packet.Bytes()
	}
	return out
}

// publishAll sends one message after the other, each when the one before is acknowledged.
func publishAll(address, id string, messages [][]byte) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	r := bufio.NewReader(conn)
	var hello bytes.Buffer
	err = (&packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Connect}, ProtocolVersion: 4,
		Connect: packets.ConnectParams{ProtocolName: []byte("MQTT"), Clean: true, Keepalive: 60, ClientIdentifier: id},
	}).ConnectEncode(&hello)
	if err != nil {
		return err
	}
	for _, packet := range append([][]byte{hello.Bytes()}, messages...) {
		if _, err := conn.Write(packet); err != nil {
			return err
		}
		if _, err := readPacket(r); err != nil {
			return err
		}
	}
	return nil
}
