package sipua

import (
	"testing"
	"testing/synctest"
	"time"

	"sidetone/internal/siptest"
)

func TestInfosInACallAreAnsweredByTheRules(t *testing.T) {
	for name, tc := range map[string]struct {
		headers []string
		body    string
		status  int
		header  string // of the answer
		keyed   bool
	}{
		"a relayed key":      {[]string{"Content-Type: application/dtmf-relay"}, "Signal=5\r\nDuration=160\r\n", 200, "", true},
		"a key":              {[]string{"Content-Type: application/dtmf"}, "5", 200, "", true},
		"no key":             {[]string{"Content-Type: application/dtmf"}, "five", 400, "", false},
		"nothing":            {nil, "", 200, "", false},
		"another body":       {[]string{"Content-Type: application/media_control+xml"}, "<media_control/>", 415, "Accept", false},
		"an unknown package": {[]string{"Info-Package: dance"}, "", 469, "Recv-Info", false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				bob, peer, invite, ok, _, l := peerTalking(t)
				info := peer.InDialog(invite, ok, "INFO", 2)
				info.Headers, info.Body = append(info.Headers, tc.headers...), tc.body
				peer.Request(bob.addr, info)
				res := peer.Expect(siptest.Status(tc.status, "INFO"))
				if tc.header != "" && len(res.Headers(tc.header)) == 0 {
					t.Errorf("no %s in\n%s", tc.header, res.Raw)
				}
				after(time.Second)
				if l.has("key 5") != tc.keyed {
					t.Error(l.said())
				}
			})
		})
	}
}
