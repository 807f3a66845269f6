package wire

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// cut feeds a stream in pieces of a size, and writes down what comes out.
func cut(stream string, size int, limits Limits) []string {
	f := framer{limits: limits.withDefaults()}
	var got []string
	for len(stream) > 0 {
		n := min(size, len(stream))
		f.write([]byte(stream[:n]))
		stream = stream[n:]
		for {
			frame, ok, err := f.next()
			if err != nil {
				var r *refusal
				if errors.As(err, &r) {
					return append(got, "refused: "+r.reason)
				}
				return append(got, err.Error())
			}
			if !ok {
				break
			}
			switch {
			case frame.ping:
				got = append(got, "ping")
			case frame.fault != nil:
				return append(got, fmt.Sprintf("%s: %d %s", firstLine(frame.raw), frame.fault.Status, frame.fault.Reason))
			default:
				got = append(got, fmt.Sprintf("%s: %q", firstLine(frame.raw), bodyOf(frame.raw)))
			}
		}
	}
	if f.begun() {
		got = append(got, "begun")
	}
	return got
}

func firstLine(raw []byte) string {
	line, _, _ := strings.Cut(string(raw), "\r\n")
	return line
}

func bodyOf(raw []byte) string {
	_, body, _ := strings.Cut(string(raw), "\r\n\r\n")
	return body
}

func TestStreamIsCutTheSameHoweverItArrives(t *testing.T) {
	msg := func(n int, fields, body string) string {
		return fmt.Sprintf("OPTIONS sip:%d SIP/2.0\r\n%s\r\n\r\n%s", n, fields, body)
	}
	tests := []struct {
		name, stream string
		want         []string
	}{
		{"nothing", "", nil},
		{"one message", msg(1, "Content-Length: 0", ""), []string{`OPTIONS sip:1 SIP/2.0: ""`}},
		{
			"two messages with bodies", msg(1, "l: 3", "abc") + msg(2, "CONTENT-LENGTH : 2", "de"),
			[]string{`OPTIONS sip:1 SIP/2.0: "abc"`, `OPTIONS sip:2 SIP/2.0: "de"`},
		},
		{
			"body that looks like a message", msg(1, "l: 20", "\r\n\r\nSIP/2.0 200 OK\r\n"[:20]),
			[]string{`OPTIONS sip:1 SIP/2.0: "\r\n\r\nSIP/2.0 200 OK\r\n"`},
		},
		{"folded Content-Length", msg(1, "Content-Length:\r\n 1", "x"), []string{`OPTIONS sip:1 SIP/2.0: "x"`}},
		{"ping", "\r\n\r\n", []string{"ping"}},
		{"pong", "\r\n", nil},
		{
			"keep-alives around messages", "\r\n\r\n" + msg(1, "l: 0", "") + "\r\n\r\n\r\n\r\n" + msg(2, "l: 0", ""),
			[]string{"ping", `OPTIONS sip:1 SIP/2.0: ""`, "ping", "ping", `OPTIONS sip:2 SIP/2.0: ""`},
		},
		{
			"one CRLF too many", msg(1, "l: 0", "") + "\r\n" + msg(2, "l: 0", ""),
			[]string{`OPTIONS sip:1 SIP/2.0: ""`, `OPTIONS sip:2 SIP/2.0: ""`},
		},
		{"incomplete header", "OPTIONS sip:1 SIP/2.0\r\nTo:", []string{"begun"}},
		{"incomplete body", msg(1, "l: 9", "abc"), []string{"begun"}},
		{"no Content-Length", msg(1, "To: x", ""), []string{"OPTIONS sip:1 SIP/2.0: 400 Missing Content-Length"}},
		{"negative Content-Length", msg(1, "l: -1", ""), []string{"OPTIONS sip:1 SIP/2.0: 400 Malformed Content-Length"}},
		{"two Content-Length", msg(1, "l: 1\r\nContent-Length: 2", "ab"), []string{"OPTIONS sip:1 SIP/2.0: 400 Conflicting Content-Length"}},
		{"the same Content-Length twice", msg(1, "l: 1\r\nContent-Length: 1", "a"), []string{`OPTIONS sip:1 SIP/2.0: "a"`}},
		{"body too long", msg(1, "l: 70000", ""), []string{"OPTIONS sip:1 SIP/2.0: 513 Message Too Large"}},
		{"HTTP", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", []string{"refused: junk"}},
		{"TLS", "\x16\x03\x01\x02\x00", []string{"refused: junk"}},
		{"endless line", strings.Repeat("x", 20<<10), []string{"refused: oversized"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, size := range []int{1, 2, 3, 7, 64, 1 << 20} {
				if diff := cmp.Diff(tt.want, cut(tt.stream, size, Limits{})); diff != "" {
					t.Errorf("in pieces of %d (-want +got):\n%s", size, diff)
				}
			}
		})
	}
}

func TestFramerHoldsNoMoreThanItsLimits(t *testing.T) {
	f := framer{limits: Limits{Header: 100, Message: 200}.withDefaults()}
	f.write([]byte("OPTIONS sip:1 SIP/2.0\r\nl: 150\r\n\r\n"))
	for range 4096 {
		f.write([]byte("x"))
		frame, ok, err := f.next()
		if err != nil {
			return
		}
		if ok && len(frame.raw) > 200 {
			t.Fatalf("frame of %d bytes", len(frame.raw))
		}
		if len(f.buf) > 300 {
			t.Fatalf("%d bytes held", len(f.buf))
		}
	}
}
