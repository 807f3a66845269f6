package offer_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidetone/sipua/offer"
	"sidetone/trace"
)

func TestAudioOfADescriptionIsWhatItsFirstStreamSays(t *testing.T) {
	const body = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\na=sendonly\r\nm=video 5000 RTP/AVP 31\r\n" +
		"m=audio 4000 RTP/SAVP 101 96 0\r\na=rtpmap:101 telephone-event/8000\r\na=rtpmap:96 opus/48000/2\r\na=ptime:20\r\n"
	want := offer.Audio{
		Direction: trace.SendOnly, RTP: netip.MustParseAddrPort("192.0.2.1:4000"), RTCP: netip.MustParseAddrPort("192.0.2.1:4001"),
		Codec: "opus", Clock: 48000, Ptime: 20 * time.Millisecond,
	}
	multipart := "--b\r\nContent-Type: application/sdp\r\n\r\n" + body + "\r\n--b\r\nContent-Type: application/isup\r\n\r\n\x01\r\n--b--\r\n"
	for name, text := range map[string]string{"alone": body, "one of several parts": multipart} {
		got, ok := offer.ReadAudio([]byte(text))
		if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); !ok || diff != "" {
			t.Errorf("%s: %v\n%s", name, ok, diff)
		}
	}
	if got, ok := offer.ReadAudio([]byte(strings.Replace(body, "192.0.2.1\r\nt=", "0.0.0.0\r\nt=", 1))); !ok || !got.Zero {
		t.Errorf("0.0.0.0: %+v", got)
	}
	if got, ok := offer.ReadAudio([]byte(strings.Replace(body, "audio 4000", "audio 0", 1))); !ok || !got.Refused || got.RTP.IsValid() {
		t.Errorf("port 0: %+v", got)
	}
	if got, _ := offer.ReadAudio([]byte(strings.Replace(body, "101 96 0", "101 18 0", 1))); got.Codec != "G729" {
		t.Errorf("a payload type that needs no rtpmap: %+v", got)
	}
	if _, ok := offer.ReadAudio([]byte("Signal=5")); ok {
		t.Error("what is no description has audio")
	}
}
