package sipua

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"sidetone/internal/siptest"
	"sidetone/sipua/message"
	"sidetone/trace"
)

func TestARedirectedCallerIsToldWhereTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, peer, invite, c, l := invited(t, "offer")
		if c.Reject(302, "") == nil || c.Redirect() == nil || c.Redirect("103") == nil {
			t.Error("a redirection to nowhere")
		}
		do(t, c.Redirect("sip:carol@10.0.0.3", "sip:dora@10.0.0.4;transport=tcp"))
		res := peer.Expect(siptest.Status(302, "INVITE"))
		peer.ACK(invite, res)
		want := []string{"<sip:carol@10.0.0.3>;q=1.0", "<sip:dora@10.0.0.4;transport=tcp>;q=0.9"}
		if got := res.Headers("Contact"); !slices.Equal(got, want) {
			t.Errorf("%q", got)
		}
		if got := res.Header("Diversion"); got != "<sip:peer@10.0.0.2:5060>;reason=deflection" {
			t.Error(got)
		}
		synctest.Wait()
		if e, ok := l.ended(); !ok || e.LastResponse != 302 || e.Side != trace.Local {
			t.Errorf("%+v", e)
		}
		want = []string{"session.Forwarded", "ended local last=302", "settled"}
		expectLines(t, "callee", l.told(), want...)
		if f, ok := l.signals[0].(Forwarded); !ok || f.To.URI != "sip:carol@10.0.0.3" || f.Status != 302 {
			t.Errorf("%+v", l.signals)
		}
	})
}

// untransferable is a phone that nobody may transfer.
func untransferable(o *Options) { o.Referral = nil }

// TestAllowListsExactlyTheMethodsThatAreServed asks for every method there is, in a call and outside of it.
func TestAllowListsExactlyTheMethodsThatAreServed(t *testing.T) {
	known := []string{"INVITE", "OPTIONS", "BYE", "PRACK", "UPDATE", "REFER", "NOTIFY", "INFO", "MESSAGE", "SUBSCRIBE", "PUBLISH", "REGISTER", "DANCE"}
	for name, change := range map[string][]func(*Options){"transfers allowed": nil, "transfers refused": {untransferable}} {
		for _, method := range known {
			t.Run(name+" "+method, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					bob, peer, invite, ok, _, _ := peerTalking(t, change...)
					listed := slices.Contains(methodsOf(ok.Header("Allow")), method)
					if method == "REFER" && listed == (change != nil) {
						t.Errorf("Allow: %s", ok.Header("Allow"))
					}
					for where, req := range map[string]siptest.Request{"inside": peer.InDialog(invite, ok, method, 2), "outside": {Method: method}} {
						sent := peer.Request(bob.addr, req)
						res := peer.Expect(func(m *siptest.Message) bool {
							return m.Status() >= 100 && m.Method() == method && m.Param("Via", "branch") == sent.Param("Via", "branch")
						})
						if refused := res.Status() == 405 || res.Status() == 501; refused == listed {
							t.Errorf("%s: listed %t, answered %d", where, listed, res.Status())
						}
						if res.Status() == 405 && res.Header("Allow") != ok.Header("Allow") {
							t.Errorf("%s: Allow: %s", where, res.Header("Allow"))
						}
					}
				})
			})
		}
	}
}

func TestSupportedListsExactlyTheExtensionsThatAreNotRefused(t *testing.T) {
	for name, change := range map[string][]func(*Options){"transfers allowed": nil, "transfers refused": {untransferable}} {
		for _, tag := range message.Extensions {
			t.Run(name+" "+tag, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					reliable := func(o *Options) { o.Reliable = ReliableSupported }
					bob, peer, invite, ok, _, _ := peerTalking(t, append(change, reliable)...)
					supported := slices.Contains(methodsOf(ok.Header("Supported")), tag)
					if transfers := tag == "replaces" || tag == "norefersub"; supported != (change == nil || !transfers) {
						t.Errorf("Supported: %s", ok.Header("Supported"))
					}
					inside := peer.InDialog(invite, ok, "OPTIONS", 2)
					for where, req := range map[string]siptest.Request{
						"inside": inside, "outside": {Method: "OPTIONS"}, "a call": {Headers: []string{"Replaces: x;to-tag=a;from-tag=b"}},
					} {
						req.Headers = append(req.Headers, "Require: "+tag)
						sent := peer.Request(bob.addr, req)
						res := peer.Expect(func(m *siptest.Message) bool {
							return m.Status() > 100 && m.Param("Via", "branch") == sent.Param("Via", "branch")
						})
						if refused := res.Status() == 420; refused == supported {
							t.Errorf("%s: supported %t, answered %d", where, supported, res.Status())
						}
					}
				})
			})
		}
	}
}

func methodsOf(allow string) []string {
	var all []string
	for name := range strings.SplitSeq(allow, ",") {
		all = append(all, strings.TrimSpace(name))
	}
	return all
}
