package http

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestHeaderKnowsItsFieldsInAnyCase(t *testing.T) {
	h := Header{}
	h.Set("content-type", "a")
	h.Set("Content-Type", "b")
	if h.Get("CONTENT-TYPE") != "b" || len(h["Content-Type"]) != 1 || h.Get("Host") != "" {
		t.Error(h)
	}
}

func TestNothingIsReadOrWritten(t *testing.T) {
	in := bufio.NewReader(strings.NewReader("GET / HTTP/1.1\r\nHost: h\r\n\r\n"))
	request, asked := ReadRequest(in)
	response, answered := ReadResponse(in, nil)
	conn, _, hijacked := NewResponseController(nil).Hijack()
	if request != nil || response != nil || conn != nil {
		t.Errorf("%v, %v, %v", request, response, conn)
	}
	for _, err := range []error{asked, answered, hijacked, Header{}.Write(io.Discard), (&Response{}).Write(io.Discard)} {
		if !errors.Is(err, ErrNotSupported) || !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("error %v", err)
		}
	}
	if got := (&Request{}).FormValue("x"); got != "" {
		t.Error(got)
	}
}
