package capture_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"sidetone/capture"
)

// BenchmarkRead reads a thousand calls of six messages.
func BenchmarkRead(b *testing.B) {
	w := newBuilder()
	for i := range 1000 {
		d := newDialogue()
		d.callID, d.fromTag = fmt.Sprint("call", i), fmt.Sprint("tag", i)
		w.after(time.Second).udp(ann, bob, d.request("INVITE", ann, sdp("192.0.2.1", 4000+2*i, "sendrecv")))
		d.toTag = "b"
		w.udp(bob, ann, d.response(180, "Ringing", "INVITE", ann, ""))
		w.udp(bob, ann, d.response(200, "OK", "INVITE", ann, sdp("192.0.2.2", 6000+2*i, "sendrecv")))
		w.udp(ann, bob, d.request("ACK", ann, ""))
		d.seq = 2
		w.udp(ann, bob, d.request("BYE", ann, "")).udp(bob, ann, d.response(200, "OK", "BYE", ann, ""))
	}
	file := w.file()
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		if r, err := capture.Read(bytes.NewReader(file), capture.Options{}); err != nil || len(r.Calls) != 1000 {
			b.Fatal(err)
		}
	}
}
