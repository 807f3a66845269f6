package capture_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"sidetone/capture"
	"sidetone/trace"
	"sidetone/trace/ladder"
	"sidetone/trace/story"
)

// small are limits that a fuzzed input can reach.
var small = capture.Limits{Calls: 4, Messages: 32, Bytes: 64 << 10, Media: 4, Streams: 4, Fragments: 4, Lines: 8}

// check reads a file and proves what every reader of the result relies on.
func check(t *testing.T, file []byte) {
	r, err := capture.Read(bytes.NewReader(file), capture.Options{Limits: small})
	var format *capture.FormatError
	if err != nil {
		if !errors.As(err, &format) || format.Offset > int64(len(file)) {
			t.Fatal(err)
		}
		return
	}
	for _, d := range r.Devices {
		for i, e := range d.Events {
			line, err := e.Encode()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := trace.Decode(line); err != nil || e.Seq != uint64(i+1) {
				t.Fatalf("event %d, seq %d: %v\n%s", i+1, e.Seq, err, line)
			}
		}
	}
	for _, c := range r.Calls {
		for _, v := range c.Views {
			if f := trace.Summarize(v.Events); f.Missing > 0 || f.Result != "" && !f.Complete {
				t.Fatalf("%d events of %d missing", f.Missing, len(v.Events))
			}
		}
		story.Tell(c.Views, story.FrCA)
		ladder.Build(c.Views, story.En).Text(80)
	}
}

func FuzzPcap(f *testing.F) {
	f.Add(simpleCall(newBuilder()).file())
	f.Add(throughProxy(newBuilder()).pcap(binary.BigEndian, true))
	if known, err := os.ReadFile(filepath.Join("testdata", "sipp-hold-update.pcap")); err == nil {
		f.Add(known)
	}
	f.Fuzz(check)
}

func FuzzPcapng(f *testing.F) {
	p := &pcapng{order: binary.LittleEndian}
	p.section()
	p.netif(101, 9, 0, 1, 0, 6, 0, 0, 0)
	for _, k := range simpleCall(newBuilder()).packets {
		p.packet(0, uint64(k.at.UnixMicro()), k.data)
	}
	f.Add(p.file)
	if known, err := os.ReadFile(filepath.Join("testdata", "baresip-hold.pcapng")); err == nil {
		f.Add(known)
	}
	f.Fuzz(check)
}

// FuzzPackets has one packet after the other of a link type: the layers below SIP.
func FuzzPackets(f *testing.F) {
	for i, b := range []*builder{simpleCall(newBuilder()), fragmented(64, func(p [][]byte) [][]byte { return p }), spoken(true, true, nil)} {
		var all []byte
		for _, p := range b.packets {
			all = append(binary.BigEndian.AppendUint16(all, uint16(len(p.data))), p.data...)
		}
		f.Add([]byte{101, 1, 113}[i], all)
	}
	f.Fuzz(func(t *testing.T, link byte, packets []byte) {
		b := newBuilder()
		b.link = uint32(link)
		for len(packets) >= 2 {
			n := min(int(binary.BigEndian.Uint16(packets)), len(packets)-2)
			b.raw(packets[2 : 2+n])
			packets = packets[2+n:]
		}
		check(t, b.file())
	})
}

// FuzzTCP cuts a stream into segments and shuffles them.
func FuzzTCP(f *testing.F) {
	d := newDialogue()
	f.Add([]byte(d.request("INVITE", ann, sdp("192.0.2.1", 4000, "sendrecv"))+d.request("CANCEL", ann, "")), []byte{7, 1, 90, 0, 200, 1})
	f.Fuzz(func(t *testing.T, stream, cuts []byte) {
		b := newBuilder()
		seq := uint32(0xffffff00)
		for i := 0; len(stream) > 0; i++ {
			n := len(stream)
			if i < len(cuts) {
				n = min(n, 1+int(cuts[i]))
			}
			b.tcp(ann, bob, seq, string(stream[:n]))
			seq, stream = seq+uint32(n), stream[n:]
			if last := len(b.packets) - 1; i < len(cuts) && cuts[i]%2 == 1 && last > 0 {
				b.packets[last], b.packets[last-1] = b.packets[last-1], b.packets[last]
			}
		}
		check(t, b.file())
	})
}

// FuzzSIP has the messages of a call be anything.
func FuzzSIP(f *testing.F) {
	for _, p := range spoken(true, true, nil).packets[:4] {
		f.Add(string(p.data[28:]), "BYE sip:x SIP/2.0\r\n\r\n")
	}
	f.Fuzz(func(t *testing.T, one, two string) {
		if len(one) > 60000 || len(two) > 60000 {
			return
		}
		b := simpleCall(newBuilder())
		ends := b.packets[3:]
		b.packets = b.packets[:3:3]
		b.udp(ann, bob, one).udp(bob, ann, two).udp(bob, ann, one)
		b.packets = append(b.packets, ends...)
		check(t, b.file())
	})
}
