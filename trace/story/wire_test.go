package story

import (
	"slices"
	"strings"
	"testing"
)

func TestDescriptionIsThatOfTheFirstAudioStream(t *testing.T) {
	body := "v=0\r\nc=IN IP4 198.51.100.1\r\nm=video 9000 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\nm=audio 4000 RTP/AVP 111 8 101 13\r\n" +
		"c=IN IP4 10.0.0.1/127\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:101 telephone-event/8000\r\nm=audio 4002 RTP/AVP 0\r\nc=IN IP4 10.0.0.2\r\n"
	d, ok := describeSession("INVITE sip:a@b SIP/2.0\r\nVia: x\r\n\r\n" + body)
	if !ok || d.address != "10.0.0.1" || d.port != "4000" || !slices.Equal(d.codecs, []string{"OPUS", "PCMA"}) {
		t.Errorf("%+v, %v", d, ok)
	}
	if _, ok := describeSession("BYE sip:a@b SIP/2.0\r\n\r\n"); ok {
		t.Error("a description in no body")
	}
}

func TestFieldsAreReadAsTheyMayBeWritten(t *testing.T) {
	raw := "SIP/2.0 200 OK\r\nv: SIP/2.0/UDP [2001:db8::1]:5062;branch=x, SIP/2.0/UDP 10.0.0.9\r\nM : \"Ann, B\" <sip:ann:pw@10.0.0.1:5070;transport=udp>\r\n" +
		"x: 90;Refresher=UAC\r\n\r\nVia: in the body\r\n"
	a, port := address(sentBy(raw))
	if want, _ := address("2001:0DB8:0:0::0001"); a != want || !a.known() || port != "5062" || contact(raw) != "10.0.0.1:5070" {
		t.Errorf("%q, %q", sentBy(raw), contact(raw))
	}
	if got := parameter(field(raw, "Session-Expires", "x"), "refresher"); got != "UAC" {
		t.Errorf("refresher %q", got)
	}
	if got := parameter(`Digest realm="a, stale=true", stale=FALSE`, "stale"); got != "FALSE" {
		t.Errorf("stale %q", got)
	}
}

func TestPrivateAddressesAreTold(t *testing.T) {
	for text, private := range map[string]bool{
		"10.1.2.3": true, "172.31.0.1:5060": true, "192.168.1.1": true, "100.64.0.1": true, "100.128.0.1": false, "169.254.1.1": true, "127.0.0.1": true,
		"[fd00::1]:5060": true, "fe80::1": true, "2001:db8::1": false, "::ffff:10.0.0.1": true, "198.51.100.1": false, "172.32.0.1": false,
	} {
		if a, _ := address(text); isPrivate(a) != private || isPublic(a) == private {
			t.Errorf("%s: private %v, public %v", text, isPrivate(a), isPublic(a))
		}
	}
	for _, text := range []string{"0.0.0.0", "pbx.example.com", "", "1.2.3", "1.2.3.256", "1:2:3", "::g", "1:2:3:4:5:6:7:8:9", "[::"} {
		if a, _ := address(text); isPrivate(a) || isPublic(a) {
			t.Errorf("%q is neither", text)
		}
	}
}

func FuzzMessageIsReadWithoutPanic(f *testing.F) {
	f.Add("INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1;rport\r\nm: <sip:a@[::1]:5060>\r\n\r\nv=0\r\nm=audio 1 RTP/AVP 0\r\nc=IN IP4 1.2.3.4\r\n", "rport")
	f.Add("\n\n", "")
	f.Add("SIP/2.0 401 x\nWWW-Authenticate: Digest realm=\"", "realm")
	f.Fuzz(func(t *testing.T, raw, name string) {
		if a, _ := address(raw); isPrivate(a) && isPublic(a) {
			t.Errorf("%q is private and public", raw)
		}
		d, _ := describeSession(raw)
		for _, s := range append([]string{sentBy(raw), contact(raw), d.address, d.port, parameter(field(raw, name, "c"), name)}, fields(raw, name, "")...) {
			if len(s) > len(raw) || strings.Contains(s, "\n") {
				t.Errorf("%q from %q", s, raw)
			}
		}
	})
}
