package transaction

import (
	"fmt"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// parse reads a message, line by line.
func parse(tb testing.TB, lines ...string) sip.Message {
	tb.Helper()
	var text string
	for _, line := range lines {
		text += line + "\r\n"
	}
	msg, err := sip.ParseMessage([]byte(text + "\r\n"))
	if err != nil {
		tb.Fatalf("parse %q: %v", text, err)
	}
	return msg
}

func parseRequest(tb testing.TB, lines ...string) *sip.Request {
	tb.Helper()
	req, ok := parse(tb, lines...).(*sip.Request)
	if !ok {
		tb.Fatalf("no request: %q", lines)
	}
	return req
}

func parseResponse(tb testing.TB, lines ...string) *sip.Response {
	tb.Helper()
	res, ok := parse(tb, lines...).(*sip.Response)
	if !ok {
		tb.Fatalf("no response: %q", lines)
	}
	return res
}

// request is a request of one transaction, by method: an ACK has the branch of the INVITE.
func request(tb testing.TB, method sip.RequestMethod) *sip.Request {
	tb.Helper()
	return parseRequest(tb,
		fmt.Sprintf("%s sip:bob@biloxi.example SIP/2.0", method),
		"Via: SIP/2.0/UDP pc33.atlanta.example;branch=z9hG4bKkjshdyff",
		"To: Bob <sip:bob@biloxi.example>",
		"From: Alice <sip:alice@atlanta.example>;tag=88sja8x",
		"Max-Forwards: 70",
		"Call-ID: 987asjd97y7atg",
		fmt.Sprintf("CSeq: 986759 %s", method),
	)
}

// response answers request.
func response(tb testing.TB, status int, method sip.RequestMethod) *sip.Response {
	tb.Helper()
	return parseResponse(tb,
		fmt.Sprintf("SIP/2.0 %d Reason", status),
		"Via: SIP/2.0/UDP pc33.atlanta.example;branch=z9hG4bKkjshdyff;received=192.0.2.1",
		"To: Bob <sip:bob@biloxi.example>;tag=99sa0xk",
		"From: Alice <sip:alice@atlanta.example>;tag=88sja8x",
		"Call-ID: 987asjd97y7atg",
		fmt.Sprintf("CSeq: 986759 %s", method),
	)
}

// show writes effects as the tables do.
func show(effects []Effect) string {
	var s string
	for i, e := range effects {
		if i > 0 {
			s += ", "
		}
		switch e := e.(type) {
		case Transmit:
			s += fmt.Sprintf("-> %s", name(e.Message))
			if e.Retransmission > 0 {
				s += fmt.Sprintf(" (%d)", e.Retransmission)
			}
		case Deliver:
			s += "^ " + name(e.Message)
		case StartTimer:
			s += fmt.Sprintf("start %s %s", e.Timer, e.After)
		case StopTimer:
			s += fmt.Sprintf("stop %s", e.Timer)
		case Failed:
			s += "failed: " + e.Cause.String()
		case Ended:
			s += "ended"
		}
	}
	return s
}

func name(m sip.Message) string {
	switch m := m.(type) {
	case *sip.Request:
		return string(m.Method)
	case *sip.Response:
		return fmt.Sprint(m.StatusCode)
	}
	return "nothing"
}
