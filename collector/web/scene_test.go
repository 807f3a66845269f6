package web_test

import (
	"slices"
	"strings"
	"time"

	"sidetone/trace"
	"sidetone/trace/calltest"
)

// noon is when the calls of the tests happen, 10:42 in Toronto.
var noon = time.Date(2026, 11, 21, 15, 42, 7, 118_000_000, time.UTC)

// scripted is one of the calls that story and ladder are proved with, moved in time.
func scripted(name string, ago time.Duration) []trace.View {
	views := calltest.Calls()[name]()
	for i := range views {
		views[i].Events = slices.Clone(views[i].Events)
		for n := range views[i].Events {
			views[i].Events[n].At = views[i].Events[n].At.Add(-ago)
		}
	}
	return views
}

// firstSent finds the first message that a device sent and that fits.
func firstSent(view trace.View, fits func(trace.SIP) bool) trace.EventRef {
	for _, e := range view.Events {
		if m, is := e.Data.(trace.SIP); is && e.Kind == trace.SIPSent && fits(m) {
			return trace.EventRef{Device: view.Device, Boot: e.Boot, Seq: e.Seq}
		}
	}
	return trace.EventRef{}
}

// reinvite is the request that puts the answered call on hold.
var reinvite = firstSent(scripted("answered", 0)[0], func(m trace.SIP) bool { return m.IsRequest() && m.InDialog() && m.Method == "INVITE" })

// hostile is what somebody who wants to harm the reader can put into a call.
func hostile() []trace.View {
	const evil = "</title><script>alert(1)</script>\u202e\x00\x1b[31m\"'><img src=x onerror=alert(1)>"
	to := trace.Party{URI: "sip:" + evil + "@example.com", Name: evil}
	v := trace.View{Device: "reception-1", Name: evil}
	for i, e := range []struct {
		kind trace.Kind
		data trace.Payload
	}{
		{trace.CallInitiated, trace.Initiated{Direction: trace.In, From: to, To: to, Account: evil, SIPCallID: evil, SessionID: evil}},
		{trace.SIPReceived, trace.SIP{
			Transport: evil, Local: evil, Remote: evil, Method: evil, CSeq: 1, Branch: evil, FromTag: evil, ToTag: evil, SDP: trace.MediaDirection(evil),
			Raw: "INVITE " + evil + "\r\nX-Huge: " + strings.Repeat("A<b>", 40_000) + "\r\nTo: " + evil + ";tag=" + evil + "\r\n\r\na=sendonly" + evil,
		}},
		{trace.SIPSent, trace.SIP{Transport: "udp", Remote: evil, Method: "INVITE", Status: 200, Reason: evil, CSeq: 1, Branch: evil, Raw: evil}},
		{trace.Kind(evil), trace.Unknown(`{"a":"</script><script>alert(1)</script>"}`)},
		{trace.DeviceKey, trace.Key{Keys: evil}},
		{trace.HoldConfirmed, trace.Hold{By: trace.Side(evil), Method: evil, Direction: trace.MediaDirection(evil)}},
		{trace.MediaStarted, trace.Media{Codec: evil, Direction: trace.MediaDirection(evil)}},
		{trace.CallEnded, trace.Ended{Side: trace.Side(evil), LastResponse: 999, Reason: evil, Result: trace.Result(evil)}},
	} {
		v.Events = append(v.Events, trace.Event{
			Boot: 1, Seq: uint64(i + 1), N: i + 1, At: noon.Add(time.Duration(i) * time.Millisecond), Mono: time.Duration(i) * time.Millisecond,
			Clock: trace.Clock(evil), Call: "evil", Leg: 1, Kind: e.kind, Data: e.data,
		})
	}
	return []trace.View{v}
}
