package telemetry

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"sidetone/trace"
)

func TestBatchIsBoundedInEventsAndBytes(t *testing.T) {
	line := bytes.Repeat([]byte("{"), 400)
	for name, c := range map[string]struct {
		line []byte
		want int
	}{
		"small lines": {line[:10], batchEvents},
		"lines":       {line, batchBytes / 401},
		"one line":    {bytes.Repeat(line, 100), 1},
	} {
		var b batch
		var z packer
		n := 0
		for b.fits(c.line) {
			b.add(c.line)
			n++
		}
		if n != c.want {
			t.Errorf("%s: %d, want %d", name, n, c.want)
		}
		for range 2 {
			payload, err := b.take(&z)
			if err != nil || len(payload) == 0 || !b.empty() {
				t.Fatalf("%s: %v", name, err)
			}
			if (payload[0] == 0x78) != (n*(len(c.line)+1) > deflateAbove) {
				t.Errorf("%s: begins with %#x", name, payload[0])
			}
			b.add(c.line)
			n = 1
		}
	}
}

// BenchmarkBatch tells what an event costs on the wire when SIP is captured in full.
func BenchmarkBatch(b *testing.B) {
	var all [][]byte
	for i := range 20 {
		raw := fmt.Sprintf("INVITE sip:102@10.0.0.2:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK%08x\r\n", i*7919) +
			"From: <sip:101@10.0.0.1>;tag=5d1f\r\nTo: <sip:102@10.0.0.2>\r\nCall-ID: 1f00aa37@10.0.0.1\r\n" +
			fmt.Sprintf("CSeq: %d INVITE\r\nContact: <sip:101@10.0.0.1:5060>\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n", i)
		line, err := trace.Event{
			Boot: 0x9f3c21aa00000001, Seq: uint64(i + 1), At: time.Unix(1e9, int64(i)*1e7), Clock: trace.ClockSynced, Call: "01JD7Q0000000000000000004F",
			Leg: 1, N: i + 1, Kind: trace.SIPSent, Data: trace.SIP{Transport: "udp", Method: "INVITE", Branch: "z9hG4bK", Raw: raw, Size: len(raw)},
		}.Encode()
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, line)
	}
	var batch batch
	var z packer
	var wire, plain int
	b.ReportAllocs()
	for b.Loop() {
		for _, line := range all {
			batch.add(line)
		}
		payload, err := batch.take(&z)
		if err != nil {
			b.Fatal(err)
		}
		wire = len(payload)
	}
	for _, line := range all {
		plain += len(line)
	}
	b.ReportMetric(float64(wire)/float64(len(all)), "wire-B/event")
	b.ReportMetric(float64(plain)/float64(len(all)), "line-B/event")
}

// BenchmarkHead reads the front of a line, once for every record at the start of the agent.
func BenchmarkHead(b *testing.B) {
	line, err := trace.Event{
		Boot: 1, Seq: 1, At: time.Unix(1e9, 0), Call: "01JD7Q0000000000000000004F", N: 1, Kind: trace.SIPSent, Data: trace.SIP{Raw: strings.Repeat("x", 300)},
	}.Encode()
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := parseHead(line); !ok {
			b.Fatal("no head")
		}
	}
}
