package sipua

import (
	"testing"
	"testing/synctest"
	"time"

	"sidetone/hold"
	"sidetone/internal/siptest"
)

// refreshing is a phone in a call that it refreshes by UPDATE after 45 s; it holds by the method.
func refreshing(t *testing.T, m hold.Method) (*siptest.Peer, *Call, *log) {
	t.Helper()
	peer, c, l := answeredBy(t, func(o *Options) { o.Hold.Method, o.SessionTimer = m, 90*time.Second }, "Allow: INVITE, ACK, BYE, UPDATE")
	peer.SetPatience(time.Minute)
	return peer, c, l
}

// accepts answers an offer of ours, or a refresh.
func accepts(peer *siptest.Peer, req *siptest.Message) {
	r := siptest.Reply{Status: 200, Reason: "OK", Headers: []string{"Require: timer", "Supported: timer", "Session-Expires: 90;refresher=uac"}}
	if req.Body() != "" {
		r.Body = answer(peer, "a=recvonly")
	}
	peer.Reply(req, r)
	synctest.Wait()
}

func TestHoldWaitsForARefreshThatIsUnderWay(t *testing.T) {
	for _, m := range []hold.Method{hold.ReINVITE, hold.UPDATE} {
		synctest.Test(t, func(t *testing.T) {
			peer, c, l := refreshing(t, m)
			refresh := peer.Expect(siptest.Is("UPDATE"))
			do(t, c.Hold())
			peer.ExpectNone(func(r *siptest.Message) bool { return r.Body() != "" }, 10*time.Second)
			accepts(peer, refresh)
			accepts(peer, peer.Expect(func(r *siptest.Message) bool { return r.Body() != "" }))
			if !l.has("hold.confirmed by local") {
				t.Errorf("%s: %v", m, l.told())
			}
		})
	}
}

func TestRefreshThatIsDueWaitsForAHoldThatIsUnderWay(t *testing.T) {
	for _, m := range []hold.Method{hold.ReINVITE, hold.UPDATE} {
		for _, granted := range []bool{true, false} {
			synctest.Test(t, func(t *testing.T) {
				peer, c, _ := refreshing(t, m)
				after(44900 * time.Millisecond)
				do(t, c.Hold())
				offer := peer.Expect(func(r *siptest.Message) bool { return r.Body() != "" })
				refresh := func(r *siptest.Message) bool { return r.Method() == "UPDATE" && r.Status() == 0 && r.Body() == "" }
				peer.ExpectNone(refresh, time.Second)
				if granted { // which refreshes the session as well
					accepts(peer, offer)
					peer.ExpectNone(refresh, 44*time.Second)
					return
				}
				peer.Reply(offer, siptest.Reply{Status: 488, Reason: "No"})
				accepts(peer, peer.Expect(refresh))
			})
		}
	}
}
