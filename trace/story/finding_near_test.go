package story_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sidetone/trace"
	"sidetone/trace/calltest"
	"sidetone/trace/story"
)

// message changes the messages of the views.
func message(views []trace.View, change func(kind trace.Kind, m *trace.SIP)) []trace.View {
	return edit(views, func(_ int, e *trace.Event) bool {
		if m, ok := e.Data.(trace.SIP); ok {
			change(e.Kind, &m)
			e.Data = m
		}
		return true
	})
}

// replaced puts other text into the raw messages of a kind, method and status; status 0 is the request.
func replaced(views []trace.View, kind trace.Kind, method string, status int, from, to string) []trace.View {
	return message(views, func(k trace.Kind, m *trace.SIP) {
		if k == kind && m.Method == method && m.Status == status {
			m.Raw = strings.ReplaceAll(m.Raw, from, to)
			m.Size = len(m.Raw)
		}
	})
}

// ended changes call.ended.
func ended(views []trace.View, change func(*trace.Ended)) []trace.View {
	return edit(views, func(_ int, e *trace.Event) bool {
		if d, ok := e.Data.(trace.Ended); ok {
			change(&d)
			e.Data = d
		}
		return true
	})
}

// later moves all that comes after the answer, the BYE and what follows, by a time.
func later(views []trace.View, d time.Duration) []trace.View {
	moved := false
	return edit(views, func(_ int, e *trace.Event) bool {
		m, ok := e.Data.(trace.SIP)
		if moved = moved || ok && m.Method == "BYE"; moved {
			e.Mono, e.At = e.Mono+d, e.At.Add(d)
		}
		return true
	})
}

// unrepeated is CutAt32 in which no 200 is seen to be sent again.
func unrepeated() []trace.View {
	acks := 0
	return edit(calltest.CutAt32(), func(_ int, e *trace.Event) bool {
		m, ok := e.Data.(trace.SIP)
		if ok && m.Method == "ACK" {
			acks++
		}
		keep := !ok || m.Retransmission == 0 && (m.Method != "ACK" || acks == 1)
		return keep
	})
}

// renumbered counts the events of a view anew, so that those taken out are not missing.
func renumbered(views []trace.View) []trace.View {
	for v := range views {
		for i := range views[v].Events {
			views[v].Events[i].N = i + 1
			if d, ok := views[v].Events[i].Data.(trace.Ended); ok {
				d.Events = i + 1
				views[v].Events[i].Data = d
			}
		}
	}
	return views
}

// rang has a 180 come before the silent 183.
func rang(views []trace.View) []trace.View {
	return message(views, func(_ trace.Kind, m *trace.SIP) {
		if m.Status == 100 {
			m.Status, m.ToTag = 180, "77b0"
		}
	})
}

func TestNearMissesOfSignallingTriggerNothing(t *testing.T) {
	for name, c := range map[string]struct {
		code  string
		views []trace.View
	}{
		"a call that could not be sent for want of a socket": {"dns-failure", ended(calltest.UnknownName(), func(e *trace.Ended) {
			e.Reason = "this side has no socket for the transport: tls"
		})},
		"silence is no refused connection": {"destination-unreachable", calltest.Unreachable()},
		"a refused connection is no silence": {
			"unreachable", calltest.RefusedConnection(),
		},
		"a nonce that was stale": {"wrong-credentials", replaced(calltest.WrongPassword(), trace.SIPReceived, "INVITE", 407, "algorithm=", "stale=TRUE, algorithm=")},
		"a second server with a realm of its own": {"wrong-credentials", func() []trace.View {
			n := 0
			return message(calltest.WrongPassword(), func(_ trace.Kind, m *trace.SIP) {
				if m.Status == 407 {
					if n++; n == 2 {
						m.Raw = strings.ReplaceAll(m.Raw, "example.com\", nonce", "carrier.example\", nonce")
					}
				}
			})
		}()},
		"403 that no password came before":              {"wrong-credentials", message(calltest.UnknownNumber(), func(_ trace.Kind, m *trace.SIP) { m.Status = min(m.Status, 403) })},
		"a challenge that was answered well":            {"wrong-credentials", calltest.Challenged()},
		"a hold that is refused with 488":               {"codec-mismatch", calltest.HoldRefused()},
		"488 from which nothing is known of codecs":     {"codec-mismatch", message(calltest.NoCodec(), func(_ trace.Kind, m *trace.SIP) { m.Raw = "" })},
		"a call hung up 30 s after the answer":          {"cut-at-32s", later(unrepeated(), -2*time.Second)},
		"an answer without an ACK told by who sent it":  {"cut-at-32s", calltest.NoACK()},
		"a call that the user ended at 32 s":            {"cut-at-32s", ended(unrepeated(), func(e *trace.Ended) { e.Side = trace.Local })},
		"a BYE a minute before the session ends":        {"cut-at-session-timer", later(calltest.SessionTimer(), -28*time.Second)},
		"a session that never expires":                  {"cut-at-session-timer", replaced(calltest.SessionTimer(), trace.SIPReceived, "INVITE", 200, "Session-Expires", "X-Session-Expires")},
		"an address translator that only adds received": {"alg-suspected", replaced(calltest.Busy()[:1], trace.SIPReceived, "INVITE", 486, ";rport", ";received=203.0.113.9;rport=40112")},
		"a mask that has shortened a message": {"alg-suspected", message(calltest.Answered()[1:], func(_ trace.Kind, m *trace.SIP) {
			m.Raw, m.Size = strings.Replace(m.Raw, "a=sendrecv", "", 1), m.Size+1
		})},
		"an empty line behind a body":                {"alg-suspected", message(calltest.Answered()[1:], func(_ trace.Kind, m *trace.SIP) { m.Raw += "\r\n"; m.Size += 2 })},
		"a private address within a private network": {"private-address", calltest.Answered()},
		"an address that the other device saw rewritten": {"private-address", message(calltest.Rewritten(), func(_ trace.Kind, m *trace.SIP) {
			if m.Remote = "203.0.113.8:5060"; m.Status > 0 {
				m.SDP = ""
			}
		})},
		"a set-up of 7.2 s":                         {"slow-setup", calltest.Branched()},
		"a 180 rings by itself":                     {"no-ringback", rang(calltest.SlowSilent())},
		"sound that is not known to have not come":  {"no-ringback", calltest.Challenged()},
		"sound that came from a branch of the call": {"no-ringback", calltest.Branched()},
		"busy for a reason that nothing shows":      {"busy-elsewhere", calltest.Busy()},
	} {
		if got := codes(story.Tell(c.views, story.En)); slices.Contains(got, c.code) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// Every variant of a sentence, and what makes it so.
func TestFindingsSayNoMoreThanTheEventsProve(t *testing.T) {
	public := func(views []trace.View) []trace.View {
		return message(views, func(k trace.Kind, m *trace.SIP) { m.Remote = "203.0.113.8:5060" })
	}
	for name, c := range map[string]struct {
		code  string
		views []trace.View
		want  string
	}{
		"one end suspects": {
			"alg-suspected", replaced(calltest.Busy()[:1], trace.SIPReceived, "INVITE", 100, "UDP 10.1.0.5", "UDP 203.0.113.9"),
			"sent its INVITE as 10.1.0.5:5060, and the response brought it back as 203.0.113.9:5060: something on the way may rewrite",
		},
		"both ends know": {"alg-suspected", calltest.Rewritten(), "left with the address 10.1.0.5:5060 and arrived with 192.168.8.2:5060 (Via): something on the way rewrites"},
		"a body of another length": {
			"alg-suspected", replaced(calltest.Answered()[1:], trace.SIPReceived, "INVITE", 0, "IN IP4 10.1.0.5", "IN IP4 203.0.113.99"), "something on the way may have rewritten it",
		},
		"200 again and again":   {"cut-at-32s", calltest.CutAt32(), "the 200 came 11 times, so the ACK did not get through"},
		"32 s and nothing else": {"cut-at-32s", unrepeated(), "may have been lost"},
		"the other side says so": {
			"cut-at-32s", replaced(unrepeated(), trace.SIPReceived, "BYE", 0, "Max-Forwards: 70", "Reason: SIP;text=\"no ACK received\""), "as the other side says",
		},
		"the timer of this side": {"cut-at-session-timer", ended(calltest.SessionTimer(), func(e *trace.Ended) {
			e.Side, e.Q850, e.Reason = trace.Timer, 102, "session timer expired"
		}), "Reception’s device ended the call because the session was not refreshed in time: 30 min"},
		"the timer of the other side": {"cut-at-session-timer", ended(calltest.SessionTimer(), func(e *trace.Ended) {
			e.Q850, e.Reason = 102, "session timer expired"
		}), "says that its session timer ran out: 30 min"},
		"a BYE in time": {"cut-at-session-timer", calltest.SessionTimer(), "that is when a device gives up on a session of 30 min"},
		"403 after a password": {"wrong-credentials", func() []trace.View {
			n := 0
			return message(calltest.WrongPassword(), func(_ trace.Kind, m *trace.SIP) {
				if m.Status == 407 {
					if n++; n == 2 {
						m.Status, m.Reason = 403, "Forbidden"
					}
				}
			})
		}(), "the password may be wrong, or the account may not be allowed"},
		"asked again":               {"wrong-credentials", calltest.WrongPassword(), "10.1.0.1:5060 asked for the user name and password again"},
		"both lists are known":      {"codec-mismatch", calltest.NoCodec(), "G.722 was offered, and G.729 was named in return"},
		"only the warning is known": {"codec-mismatch", replaced(calltest.NoCodec(), trace.SIPReceived, "INVITE", 488, "m=audio", "x=audio"), "says that it has none of the codecs"},
		"only the refusal is known": {
			"codec-mismatch", replaced(replaced(calltest.NoCodec(), trace.SIPReceived, "INVITE", 488, "m=audio", "x=audio"), trace.SIPReceived, "INVITE", 488, "Warning: 305", "Warning: 399"),
			"refused with 488 (not acceptable here) for what was offered",
		},
		"an answer that takes nothing": {"codec-mismatch", replaced(calltest.Answered()[:1], trace.SIPReceived, "INVITE", 200, "RTP/AVP 9 101", "RTP/AVP 0 101"), "G.722 was offered, and G.711 µ was named"},
		"the name does not exist":      {"dns-failure", calltest.UnknownName(), "The name sip.exampel.com does not exist"},
		"no name server": {"dns-failure", ended(calltest.UnknownName(), func(e *trace.Ended) {
			e.Reason = trace.NameNotFound + ": no name server answers"
		}), "No name server answered when the address of sip.exampel.com"},
		"another fault of the look-up": {"dns-failure", ended(calltest.UnknownName(), func(e *trace.Ended) { e.Reason = trace.NameNotFound + ": odd" }), "could not be looked up"},
		"refused":                      {"destination-unreachable", calltest.RefusedConnection(), "10.1.0.77:5060 refused the connection"},
		"no route": {"destination-unreachable", ended(calltest.RefusedConnection(), func(e *trace.Ended) {
			e.Reason = "cannot be reached: send to 10.1.0.77:5060: network is unreachable"
		}), "there is no way to 10.1.0.77:5060"},
		"TLS": {"destination-unreachable", ended(calltest.RefusedConnection(), func(e *trace.Ended) {
			e.Reason = "cannot be reached: certificate of pbx.example.com has expired on 2026-01-02"
		}), "No encrypted connection (TLS)"},
		"no way is known before anything is sent": {"destination-unreachable", ended(calltest.UnknownName(), func(e *trace.Ended) {
			e.Reason = "local address toward 192.0.2.1:5060 over udp: network is unreachable"
		}), "there is no way to sip.exampel.com"},
		"a private address for sound": {"private-address", public(calltest.NoACK()), "Warehouse’s device asked for its audio at 10.1.0.9, an address of a private network"},
		"one that did no harm":        {"private-address", public(calltest.Answered()[:1]), "Audio arrived all the same."},
		"one for messages only": {
			"private-address", replaced(public(calltest.Answered()[:1]), trace.SIPSent, "INVITE", 0, "IN IP4 10.1.0.5", "IN IP4 198.51.100.5"), "gave 10.1.0.5:5060, an address of a private network, for further messages",
		},
		"beyond the next server": {"slow-setup", calltest.SlowSilent(), "It took 11 s until the called side rang or reported progress, 11 s of it beyond 10.1.0.1:5060"},
		"at the next server": {"slow-setup", renumbered(edit(calltest.SlowSilent(), func(_ int, e *trace.Event) bool {
			m, ok := e.Data.(trace.SIP)
			return !ok || m.Status != 100
		})), "answered the call request at all"},
		"no sound in what was announced": {"no-ringback", calltest.SlowSilent(), "Reception could hear nothing for 10 s: audio was announced"},
		"nothing announced": {"no-ringback", renumbered(edit(message(calltest.CutAt32(), func(_ trace.Kind, m *trace.SIP) {
			if m.Status == 180 {
				m.Status = 100
			}
		}), func(_ int, e *trace.Event) bool {
			if e.Kind != trace.CallInitiated && (e.Kind != trace.SIPSent || e.Mono >= 81_300*time.Millisecond) {
				e.Mono, e.At = e.Mono+4*time.Second, e.At.Add(4*time.Second)
			}
			return e.Kind != trace.CallRinging
		})), "Reception could hear no ringing for 7.0 s"},
		"all lines in use": {"busy-elsewhere", calltest.LinesBusy(), "Warehouse’s phone was in other calls"},
		"every device":     {"busy-elsewhere", message(calltest.Busy(), func(_ trace.Kind, m *trace.SIP) { m.Status = m.Status / 486 * 600 }), "none would take the call (600)"},
		"a branch": {"busy-elsewhere", message(calltest.Declined480()[:1], func(_ trace.Kind, m *trace.SIP) {
			if m.Status == 480 {
				m.Status, m.ToTag = 486, "90d2"
			}
		}), "One of the called devices rang"},
	} {
		told := ""
		for _, f := range story.Tell(c.views, story.En).Findings {
			if f.Code == c.code {
				told += f.Sentence
				if len(f.Evidence) == 0 || strings.ContainsAny(f.Sentence+f.Advice+f.Show, "{}⟦⟧") {
					t.Errorf("%s: %+v", name, f)
				}
			}
		}
		if !strings.Contains(plain(told), c.want) {
			t.Errorf("%s: %q, want %q", name, plain(told), c.want)
		}
	}
}
