package sipua

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"sidetone/internal/siptest"
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
		if got := res.Header("Diversion"); got != "<sip:peer@10.0.0.2:5060>;reason=unconditional" {
			t.Error(got)
		}
		synctest.Wait()
		if e, ok := l.ended(); !ok || e.LastResponse != 302 {
			t.Errorf("%+v", e)
		}
	})
}

// TestAllowListsExactlyTheMethodsThatAreServed asks in a call for every method there is.
func TestAllowListsExactlyTheMethodsThatAreServed(t *testing.T) {
	for _, method := range []string{"INVITE", "OPTIONS", "BYE", "PRACK", "UPDATE", "REFER", "NOTIFY", "INFO", "MESSAGE", "SUBSCRIBE", "PUBLISH", "REGISTER", "DANCE"} {
		t.Run(method, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				bob, peer, invite, ok, _, _ := peerTalking(t)
				listed := slices.Contains(methodsOf(ok.Header("Allow")), method)
				peer.Request(bob.addr, peer.InDialog(invite, ok, method, 2))
				res := peer.Expect(func(m *siptest.Message) bool { return m.Status() >= 200 && m.Method() == method && m.CSeq() == 2 })
				if refused := res.Status() == 405 || res.Status() == 501; refused == listed {
					t.Errorf("listed %t, answered %d", listed, res.Status())
				}
			})
		})
	}
}

func methodsOf(allow string) []string {
	var all []string
	for name := range strings.SplitSeq(allow, ",") {
		all = append(all, strings.TrimSpace(name))
	}
	return all
}
