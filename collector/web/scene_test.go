package web_test

import (
	"fmt"
	"strings"
	"time"

	"sidetone/trace"
)

// scene writes what devices record of one call, so that pages can be tested with events as they come from phones.
type scene struct {
	id      string
	start   time.Time
	session string
	phones  []*phone
}

// phone is one device in a scene.
type phone struct {
	scene                      *scene
	device, name, number, addr string
	boot                       trace.Boot
	seq                        uint64
	n                          int
	call                       string
	skew                       time.Duration
	events                     []trace.Event
}

func newScene(id string, start time.Time) *scene {
	return &scene{id: id, start: start, session: fmt.Sprintf("%032x", len(id)+int(start.Unix()))}
}

func (s *scene) phone(device, name, number, addr string, skew time.Duration) *phone {
	p := &phone{
		scene: s, device: device, name: name, number: number, addr: addr, boot: trace.Boot(0xb001 + len(s.phones)), seq: 40,
		call: s.id + fmt.Sprint(len(s.phones)), skew: skew,
	}
	s.phones = append(s.phones, p)
	return p
}

func (s *scene) views() []trace.View {
	var views []trace.View
	for _, p := range s.phones {
		views = append(views, trace.View{Device: p.device, Name: p.name, Events: p.events})
	}
	return views
}

// note records that something happened, at milliseconds after the start of the call.
func (p *phone) note(ms float64, kind trace.Kind, data trace.Payload) {
	at := time.Duration(ms * float64(time.Millisecond))
	p.seq++
	p.n++
	if ended, is := data.(trace.Ended); is {
		ended.Events = p.n
		data = ended
	}
	p.events = append(p.events, trace.Event{
		Boot: p.boot, Seq: p.seq, At: p.scene.start.Add(at + p.skew).UTC(), Mono: time.Minute + at, Clock: trace.ClockSynced,
		Call: p.call, Leg: 1, N: p.n, Kind: kind, Data: data,
	})
}

// message is a SIP message between two phones.
type message struct {
	method, branch, fromTag, toTag string
	status                         int
	reason                         string
	cseq                           uint32
	sdp                            trace.MediaDirection
	again                          int
}

// crosses records a message at both ends, delay milliseconds apart. A nil receiver is a stranger at addr.
func (p *phone) crosses(ms, delay float64, to *phone, addr string, m message) {
	remote := addr
	if to != nil {
		remote = to.addr
	}
	sip := trace.SIP{
		Transport: "udp", Local: p.addr, Remote: remote, Method: m.method, Status: m.status, Reason: m.reason, CSeq: m.cseq, Branch: m.branch,
		FromTag: m.fromTag, ToTag: m.toTag, SDP: m.sdp, Retransmission: m.again,
	}
	sip.Raw = p.raw(m, to, remote)
	sip.Size = len(sip.Raw)
	p.note(ms, trace.SIPSent, sip)
	if to != nil {
		sip.Local, sip.Remote = remote, p.addr
		to.note(ms+delay, trace.SIPReceived, sip)
	}
}

// hears records a message from a stranger.
func (p *phone) hears(ms float64, addr string, m message) {
	sip := trace.SIP{
		Transport: "udp", Local: p.addr, Remote: addr, Method: m.method, Status: m.status, Reason: m.reason, CSeq: m.cseq, Branch: m.branch,
		FromTag: m.fromTag, ToTag: m.toTag, SDP: m.sdp,
	}
	sip.Raw = p.raw(m, nil, addr)
	sip.Size = len(sip.Raw)
	p.note(ms, trace.SIPReceived, sip)
}

func (p *phone) raw(m message, to *phone, remote string) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\r\n", args...) }
	near, far, number := p.name, "", "102"
	if to != nil {
		far, number = to.name, to.number
	}
	tag := ""
	if m.toTag != "" {
		tag = ";tag=" + m.toTag
	}
	if m.status == 0 {
		line("%s sip:%s@%s SIP/2.0", m.method, number, remote)
	} else {
		line("SIP/2.0 %d %s", m.status, m.reason)
	}
	line("Via: SIP/2.0/UDP %s;branch=%s;rport", p.addr, m.branch)
	line("Max-Forwards: 70")
	line(`From: "%s" <sip:%s@example.com>;tag=%s`, near, p.number, m.fromTag)
	line(`To: "%s" <sip:%s@example.com>%s`, far, number, tag)
	line("Call-ID: 4f1e0b2c@%s", p.addr)
	line("CSeq: %d %s", m.cseq, m.method)
	line("Session-ID: %s;remote=00000000000000000000000000000000", p.scene.session)
	line("Contact: <sip:%s@%s>", p.number, p.addr)
	if m.sdp == "" {
		line("Content-Length: 0")
		line("")
		return b.String()
	}
	line("Content-Type: application/sdp")
	line("Content-Length: 160")
	line("")
	line("v=0")
	line("o=- 71 72 IN IP4 10.1.0.5")
	line("s=-")
	line("c=IN IP4 10.1.0.5")
	line("t=0 0")
	line("m=audio 10004 RTP/AVP 0 8 101")
	line("a=rtpmap:101 telephone-event/8000")
	line("a=%s", m.sdp)
	return b.String()
}

func (p *phone) party() trace.Party {
	return trace.Party{URI: "sip:" + p.number + "@example.com", Name: p.name}
}

func number(f float64) *float64 { return &f }

// heldCall is the call of the specification's picture: answered after early media, one hold, hung up by the callee.
func heldCall(id string, start time.Time) *scene {
	s := newScene(id, start)
	a := s.phone("reception-1", "Reception", "101", "10.1.0.5:5060", 0)
	b := s.phone("warehouse-1", "Warehouse", "102", "10.1.0.9:5060", 3*time.Millisecond)
	call := trace.Initiated{Direction: trace.Out, From: a.party(), To: trace.Party{URI: "sip:102@example.com"}, Account: "sip:101@example.com", SIPCallID: "4f1e0b2c@10.1.0.5", SessionID: s.session}
	invite := message{method: "INVITE", branch: "z9hG4bKf3a0", fromTag: "a81c", cseq: 1, sdp: trace.SendRecv}
	a.note(-3310, trace.DeviceHook, trace.Hook{State: trace.OffHook})
	a.note(-120, trace.DeviceKey, trace.Key{Keys: "102"})
	a.note(0, trace.CallInitiated, call)
	a.crosses(0.2, 0, nil, b.addr, invite)
	invite.again = 1
	a.crosses(500.4, 0.3, b, "", invite)
	call.Direction = trace.In
	b.note(500.9, trace.CallInitiated, call)
	b.crosses(511.7, 0.3, a, "", message{method: "INVITE", branch: "z9hG4bKf3a0", status: 100, reason: "Trying", fromTag: "a81c", cseq: 1})
	b.crosses(883.1, 0.3, a, "", message{method: "INVITE", branch: "z9hG4bKf3a0", status: 183, reason: "Session Progress", fromTag: "a81c", toTag: "77b0", cseq: 1, sdp: trace.SendRecv})
	b.note(883.2, trace.CallProgress, trace.Alerting{Who: "Warehouse", Status: 183, EarlyMedia: true})
	a.note(883.6, trace.CallProgress, trace.Alerting{Who: "Warehouse", Status: 183, EarlyMedia: true})
	b.crosses(901.6, 0.3, a, "", message{method: "INVITE", branch: "z9hG4bKf3a0", status: 180, reason: "Ringing", fromTag: "a81c", toTag: "77b0", cseq: 1})
	b.note(901.8, trace.CallRinging, trace.Alerting{Who: "Warehouse", Status: 180})
	a.note(902, trace.CallRinging, trace.Alerting{Who: "Warehouse", Status: 180})
	b.note(6201, trace.DeviceHook, trace.Hook{State: trace.OffHook})
	b.crosses(6203.2, 0.3, a, "", message{method: "INVITE", branch: "z9hG4bKf3a0", status: 200, reason: "OK", fromTag: "a81c", toTag: "77b0", cseq: 1, sdp: trace.SendRecv})
	b.note(6203.4, trace.CallAnswered, trace.Answered{Who: "Warehouse", Codec: "PCMU"})
	a.note(6203.9, trace.CallAnswered, trace.Answered{Who: "Warehouse", Codec: "PCMU"})
	a.crosses(6208.7, 0.3, b, "", message{method: "ACK", branch: "z9hG4bKf3a1", fromTag: "a81c", toTag: "77b0", cseq: 1})
	a.note(6210, trace.MediaStarted, trace.Media{Codec: "PCMU", Direction: trace.SendRecv, Local: "10.1.0.5:10004", Remote: "10.1.0.9:10006", PtimeUS: 20000})
	b.note(6211, trace.MediaStarted, trace.Media{Codec: "PCMU", Direction: trace.SendRecv, Local: "10.1.0.9:10006", Remote: "10.1.0.5:10004", PtimeUS: 20000})
	a.hold(47118, b, 2, trace.SendOnly)
	a.hold(75121, b, 3, trace.SendRecv)
	mos := trace.Quality{Local: trace.QualitySide{Packets: 5102, Lost: 10, JitterUS: 2100, MOS: number(4.3)}, Remote: &trace.QualitySide{Packets: 5112, Lost: 9, JitterUS: 1900, MOS: number(4.1)}}
	a.note(136300, trace.MediaQuality, mos)
	b.note(136330, trace.DeviceHook, trace.Hook{State: trace.OnHook})
	b.crosses(136340, 0.4, a, "", message{method: "BYE", branch: "z9hG4bKb001", fromTag: "77b0", toTag: "a81c", cseq: 1})
	a.crosses(136343.8, 0.3, b, "", message{method: "BYE", branch: "z9hG4bKb001", status: 200, reason: "OK", fromTag: "77b0", toTag: "a81c", cseq: 1})
	a.note(136345, trace.MediaStopped, trace.Media{Codec: "PCMU", Direction: trace.SendRecv, Local: "10.1.0.5:10004", Remote: "10.1.0.9:10006", Sent: 5112, Received: 5102})
	b.note(136345, trace.MediaStopped, trace.Media{Codec: "PCMU", Direction: trace.SendRecv, Local: "10.1.0.9:10006", Remote: "10.1.0.5:10004", Sent: 5112, Received: 5102})
	ended := trace.Ended{Side: trace.Remote, LastResponse: 200, Q850: 16, Reason: "Normal clearing", Result: trace.ResultAnswered, SetupUS: 883_600, RingingUS: 5_320_000, TalkingUS: 102_134_000, HeldUS: 28_003_000, TotalUS: 136_340_000}
	a.note(136346, trace.CallEnded, ended)
	ended.Side = trace.Local
	b.note(136346, trace.CallEnded, ended)
	return s
}

// hold is a re-INVITE of this phone, answered by the other.
func (p *phone) hold(ms float64, other *phone, cseq uint32, d trace.MediaDirection) {
	answer := map[trace.MediaDirection]trace.MediaDirection{trace.SendOnly: trace.RecvOnly, trace.SendRecv: trace.SendRecv}[d]
	branch := fmt.Sprintf("z9hG4bKf3b%d", cseq)
	holding := d != trace.SendRecv
	by := trace.Hold{By: trace.Local, Method: "re-INVITE", Direction: d}
	seen := trace.Hold{By: trace.Remote, Method: "re-INVITE", Direction: answer}
	if holding {
		p.note(ms-0.4, trace.HoldRequested, by)
	}
	p.crosses(ms, 0.3, other, "", message{method: "INVITE", branch: branch, fromTag: "a81c", toTag: "77b0", cseq: cseq, sdp: d})
	other.crosses(ms+30.6, 0.3, p, "", message{method: "INVITE", branch: branch, status: 200, reason: "OK", fromTag: "a81c", toTag: "77b0", cseq: cseq, sdp: answer})
	kind := trace.HoldConfirmed
	if !holding {
		kind = trace.HoldResumed
	}
	other.note(ms+30.8, kind, seen)
	p.note(ms+31, kind, by)
	p.crosses(ms+33, 0.3, other, "", message{method: "ACK", branch: branch + "a", fromTag: "a81c", toTag: "77b0", cseq: cseq})
	p.note(ms+33.5, trace.MediaChanged, trace.Media{Codec: "PCMU", Direction: d, Local: "10.1.0.5:10004", Remote: "10.1.0.9:10006"})
}

// refusedCall is a call that one final response ended.
func refusedCall(id string, start time.Time, status int, reason string, end trace.Ended) *scene {
	s := newScene(id, start)
	a := s.phone("reception-1", "Reception", "101", "10.1.0.5:5060", 0)
	to := trace.Party{URI: "sip:103@example.com", Name: "Workshop"}
	a.note(0, trace.CallInitiated, trace.Initiated{Direction: trace.Out, From: a.party(), To: to, Account: "sip:101@example.com", SIPCallID: id + "@10.1.0.5", SessionID: s.session})
	a.crosses(0.3, 0, nil, "10.1.0.12:5060", message{method: "INVITE", branch: "z9hG4bKr1", fromTag: "r1", cseq: 1, sdp: trace.SendRecv})
	a.hears(12, "10.1.0.12:5060", message{method: "INVITE", branch: "z9hG4bKr1", status: 100, reason: "Trying", fromTag: "r1", cseq: 1})
	a.hears(420, "10.1.0.12:5060", message{method: "INVITE", branch: "z9hG4bKr1", status: status, reason: reason, fromTag: "r1", toTag: "w1", cseq: 1})
	a.crosses(421, 0, nil, "10.1.0.12:5060", message{method: "ACK", branch: "z9hG4bKr1", fromTag: "r1", toTag: "w1", cseq: 1})
	a.note(425, trace.CallEnded, end)
	return s
}

// unreachableCall never hears anything back.
func unreachableCall(id string, start time.Time) *scene {
	s := newScene(id, start)
	a := s.phone("workshop-1", "Workshop", "103", "10.1.0.12:5060", 0)
	a.note(0, trace.CallInitiated, trace.Initiated{Direction: trace.Out, From: a.party(), To: trace.Party{URI: "sip:199@10.1.0.77"}, SIPCallID: id, SessionID: s.session})
	for again, at := range []float64{0.3, 500, 1500, 3500, 7500, 15500, 31500} {
		a.crosses(at, 0, nil, "10.1.0.77:5060", message{method: "INVITE", branch: "z9hG4bKu1", fromTag: "u1", cseq: 1, sdp: trace.SendRecv, again: again})
	}
	a.note(32000, trace.CallEnded, trace.Ended{Side: trace.Network, Reason: "timeout", Result: trace.ResultFailed, SetupUS: 32_000_000, TotalUS: 32_000_000})
	return s
}

// liveCall rings and is not over.
func liveCall(id string, start time.Time) *scene {
	s := newScene(id, start)
	a := s.phone("warehouse-1", "Warehouse", "102", "10.1.0.9:5060", 0)
	a.note(0, trace.CallInitiated, trace.Initiated{Direction: trace.Out, From: a.party(), To: trace.Party{URI: "sip:101@example.com", Name: "Reception"}, SIPCallID: id, SessionID: s.session})
	a.crosses(0.3, 0, nil, "10.1.0.5:5060", message{method: "INVITE", branch: "z9hG4bKl1", fromTag: "l1", cseq: 1, sdp: trace.SendRecv})
	a.hears(12, "10.1.0.5:5060", message{method: "INVITE", branch: "z9hG4bKl1", status: 180, reason: "Ringing", fromTag: "l1", toTag: "m1", cseq: 1})
	a.note(12.4, trace.CallRinging, trace.Alerting{Who: "Reception", Status: 180})
	return s
}
