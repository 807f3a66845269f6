package wire

import (
	"bytes"
	"strings"
)

// framer cuts a stream into messages (RFC 3261 7.5, 18.3) and keep-alives (RFC 5626 4.4.1). It holds at most one
// message and what was read with it.
type framer struct {
	buf    []byte
	limits Limits
	pong   bool // a Ping waits for its answer, a single CRLF
}

// frame is what next found.
type frame struct {
	raw   []byte // a message, or nil
	ping  bool   // a double CRLF between messages: to be answered by a single one
	fault *Fault // raw is a header whose body cannot be told from what follows: the stream is lost behind it
}

func (f *framer) write(p []byte) { f.buf = append(f.buf, p...) }

// begun says whether a message has begun and is not complete.
func (f *framer) begun() bool { return len(bytes.TrimLeft(f.buf, "\r\n")) > 0 }

// next takes one frame off the stream, and returns false when more must be read. An error ends the stream.
func (f *framer) next() (frame, bool, error) {
	if f.pong && bytes.HasPrefix(f.buf, crlf) {
		f.drop(len(crlf))
		f.pong = false
	}
	if bytes.HasPrefix(f.buf, blankLine) {
		f.drop(len(blankLine))
		return frame{ping: true}, true, nil
	}
	// One CRLF is a pong, or the end of a message whose sender counts badly; it may also be half a ping.
	for len(f.buf) > len(crlf) && bytes.HasPrefix(f.buf, crlf) && f.buf[len(crlf)] != '\r' {
		f.drop(len(crlf))
	}
	if len(f.buf) == 0 || bytes.HasPrefix(blankLine, f.buf) {
		return frame{}, false, nil
	}
	if isJunk(f.buf[:min(len(f.buf), f.limits.Header+1)]) { // however much has arrived at once
		return frame{}, false, refuse(RefusedJunk, "not a SIP message")
	}
	end := bytes.Index(f.buf, blankLine)
	switch {
	case end > f.limits.Header, end < 0 && len(f.buf) > f.limits.Header:
		return frame{}, false, refuse(RefusedOversized, "header too long")
	case end < 0:
		return frame{}, false, nil
	}
	header := end + len(blankLine)
	length, fault := bodyLength(f.buf[:header], f.limits.Message-header)
	if fault != nil {
		raw := bytes.Clone(f.buf[:header])
		f.buf = nil
		return frame{raw: raw, fault: fault}, true, nil
	}
	if len(f.buf) < header+length {
		return frame{}, false, nil
	}
	raw := bytes.Clone(f.buf[:header+length])
	f.drop(header + length)
	return frame{raw: raw}, true, nil
}

// drop takes n bytes off the front, and gives the memory back once nothing is left.
func (f *framer) drop(n int) {
	if n == len(f.buf) {
		f.buf = nil
		return
	}
	f.buf = f.buf[n:]
}

// bodyLength reads the Content-Length of a header. Without one that can be trusted there is no telling where the
// next message begins (RFC 4475 3.1.2.3, 3.3.9).
func bodyLength(header []byte, most int) (int, *Fault) {
	length, found := uint64(0), false
	var fault *Fault
	eachField(header, func(name, value string) bool {
		if !strings.EqualFold(name, "Content-Length") && !strings.EqualFold(name, "l") {
			return true
		}
		number, ok := readNumber(value, 1<<31-1)
		switch {
		case !ok:
			fault = badRequest("Malformed Content-Length")
		case found && number != length:
			fault = badRequest("Conflicting Content-Length")
		}
		length, found = number, true
		return fault == nil
	})
	switch {
	case fault != nil:
		return 0, fault
	case !found:
		return 0, badRequest("Missing Content-Length")
	case length > uint64(max(most, 0)):
		return 0, &Fault{513, "Message Too Large"} // RFC 3261 21.5.7
	}
	return int(length), nil
}
