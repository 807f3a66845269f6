package offer

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sidetone/trace"
)

var local = Local{Address: netip.MustParseAddr("10.0.0.2"), Port: 4000, SessionID: 7}

func describe(lines ...string) []byte {
	return []byte(strings.Join(append([]string{"v=0", "o=- 1 1 IN IP4 10.0.0.1", "s=-"}, lines...), "\r\n") + "\r\n")
}

var plain = describe("c=IN IP4 10.0.0.1", "t=0 0", "m=audio 3000 RTP/AVP 0 8 96", "a=rtpmap:96 telephone-event/8000", "a=ptime:30")

func lines(body []byte, prefix string) (found []string) {
	for l := range strings.Lines(string(body)) {
		if strings.HasPrefix(l, prefix) {
			found = append(found, strings.TrimSpace(l))
		}
	}
	return found
}

func receive(t *testing.T, n *Negotiation, body []byte) Remote {
	t.Helper()
	r, err := n.Receive(body)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func answer(t *testing.T, n *Negotiation, d trace.MediaDirection) []byte {
	t.Helper()
	body, err := n.Answer(d)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func diff(t *testing.T, want, got Media) {
	t.Helper()
	if d := cmp.Diff(want, got, cmpopts.EquateComparable(netip.AddrPort{})); d != "" {
		t.Errorf("media (-want +got):\n%s", d)
	}
}

func TestOfferIsAnsweredWithOneCodecAndThePeersNumbers(t *testing.T) {
	n := New(local)
	if r := receive(t, n, plain); r != (Remote{Direction: trace.SendRecv}) {
		t.Errorf("%+v", r)
	}
	body := answer(t, n, trace.SendRecv)
	want := []string{"m=audio 4000 RTP/AVP 0 96"}
	if got := lines(body, "m="); !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	diff(t, Media{
		Codec: "PCMU", PayloadType: 0, DTMF: 96, Ptime: 30 * time.Millisecond, Direction: trace.SendRecv,
		Remote: netip.MustParseAddrPort("10.0.0.1:3000"), Local: netip.MustParseAddrPort("10.0.0.2:4000"),
	}, n.Media())
}

func TestOfferAndAnswerOfOurOwnAgree(t *testing.T) {
	a, b := New(Local{Address: netip.MustParseAddr("10.0.0.1"), Port: 3000, Codecs: []Codec{G722, PCMU}}), New(local)
	body, err := a.Offer(trace.SendOnly)
	if err != nil {
		t.Fatal(err)
	}
	if r := receive(t, b, body); r.Direction != trace.SendOnly {
		t.Errorf("%+v", r)
	}
	r, err := a.Answered(answer(t, b, trace.RecvOnly))
	if err != nil || r.Direction != trace.RecvOnly {
		t.Fatalf("%+v, %v", r, err)
	}
	m, other := a.Media(), b.Media()
	if m.Codec != "PCMU" || other.Codec != "PCMU" || m.Direction != trace.SendOnly || other.Direction != trace.RecvOnly || m.DTMF != 101 || m.Remote != other.Local {
		t.Errorf("\n%+v\n%+v", m, other)
	}
}

func TestWhatTheDescriptionSaysIsRead(t *testing.T) {
	for name, tc := range map[string]struct {
		body []byte
		want Remote
	}{
		"nothing said":             {plain, Remote{Direction: trace.SendRecv}},
		"direction of the session": {describe("c=IN IP4 10.0.0.1", "t=0 0", "a=sendonly", "m=audio 3000 RTP/AVP 0"), Remote{Direction: trace.SendOnly}},
		"direction of the stream":  {describe("c=IN IP4 10.0.0.1", "t=0 0", "a=sendonly", "m=audio 3000 RTP/AVP 0", "a=inactive"), Remote{Direction: trace.Inactive}},
		"zero address":             {describe("c=IN IP4 0.0.0.0", "t=0 0", "m=audio 3000 RTP/AVP 0"), Remote{Direction: trace.SendRecv, ZeroAddress: true}},
		"address of the stream":    {describe("c=IN IP4 0.0.0.0", "t=0 0", "m=audio 3000 RTP/AVP 0", "c=IN IP4 10.0.0.1"), Remote{Direction: trace.SendRecv}},
		"video first":              {describe("c=IN IP4 10.0.0.1", "t=0 0", "m=video 9 RTP/AVP 31", "m=audio 3000 RTP/AVP 8"), Remote{Direction: trace.SendRecv}},
		"secure or not":            {describe("c=IN IP4 10.0.0.1", "t=0 0", "m=audio 9 RTP/SAVP 0", "m=audio 3000 RTP/AVP 8"), Remote{Direction: trace.SendRecv}},
		"codec by name":            {describe("c=IN IP4 10.0.0.1", "t=0 0", "m=audio 3000 RTP/AVP 97", "a=rtpmap:97 pcma/8000"), Remote{Direction: trace.SendRecv}},
		"IPv6":                     {describe("c=IN IP6 fd00::1", "t=0 0", "m=audio 3000 RTP/AVP 0"), Remote{Direction: trace.SendRecv}},
	} {
		n := New(local)
		r, err := n.Receive(tc.body)
		if err != nil || r != tc.want {
			t.Errorf("%s: %+v, %v", name, r, err)
			continue
		}
		body := answer(t, n, trace.SendRecv)
		if streams, _ := parse(tc.body); len(lines(body, "m=")) != len(streams) {
			t.Errorf("%s: another number of streams:\n%s", name, body)
		}
	}
}

func TestOfferThatCannotBeMetIsRefusedWithTheCode(t *testing.T) {
	for name, tc := range map[string]struct {
		body []byte
		code int
	}{
		"no codec":       {describe("c=IN IP4 10.0.0.1", "t=0 0", "m=audio 3000 RTP/AVP 18"), warnMediaFormat},
		"renamed codec":  {describe("c=IN IP4 10.0.0.1", "t=0 0", "m=audio 3000 RTP/AVP 0", "a=rtpmap:0 G726/8000"), warnMediaFormat},
		"secure":         {describe("c=IN IP4 10.0.0.1", "t=0 0", "m=audio 3000 RTP/SAVP 0"), warnTransport},
		"video":          {describe("c=IN IP4 10.0.0.1", "t=0 0", "m=video 3000 RTP/AVP 31"), warnMediaType},
		"no stream":      {describe("c=IN IP4 10.0.0.1", "t=0 0"), warnMediaType},
		"port 0":         {describe("c=IN IP4 10.0.0.1", "t=0 0", "m=audio 0 RTP/AVP 0"), warnMediaType},
		"no address":     {describe("t=0 0", "m=audio 3000 RTP/AVP 0"), warnMiscellaneous},
		"a name":         {describe("c=IN IP4 example.com", "t=0 0", "m=audio 3000 RTP/AVP 0"), warnNetworkAddress},
		"multicast":      {describe("c=IN IP4 224.2.1.1/127", "t=0 0", "m=audio 3000 RTP/AVP 0"), warnMulticast},
		"other clock":    {describe("c=IN IP4 10.0.0.1", "t=0 0", "m=audio 3000 RTP/AVP 97", "a=rtpmap:97 PCMU/16000"), warnMediaFormat},
		"stereo":         {describe("c=IN IP4 10.0.0.1", "t=0 0", "m=audio 3000 RTP/AVP 97", "a=rtpmap:97 PCMU/8000/2"), warnMediaFormat},
		"events alone":   {describe("c=IN IP4 10.0.0.1", "t=0 0", "m=audio 3000 RTP/AVP 101", "a=rtpmap:101 telephone-event/8000"), warnMediaFormat},
		"number too big": {describe("c=IN IP4 10.0.0.1", "t=0 0", "m=audio 3000 RTP/AVP 256"), warnMediaFormat},
	} {
		n := New(local)
		_, err := n.Receive(tc.body)
		refused, ok := errors.AsType[*NotAcceptableError](err)
		if !ok || refused.Code != tc.code {
			t.Errorf("%s: want code %d, got %v", name, tc.code, err)
		}
		if n.State() != Stable {
			t.Errorf("%s: left %s", name, n.State())
		}
	}
}

func TestRefusedOfferLeavesEverythingAsItWas(t *testing.T) {
	n := New(local)
	receive(t, n, plain)
	answer(t, n, trace.SendRecv)
	before := n.Media()
	if _, err := n.Offer(trace.SendOnly); err != nil {
		t.Fatal(err)
	}
	n.Rollback()
	diff(t, before, n.Media())
	if n.State() != Stable {
		t.Error(n.State())
	}
}

func TestVersionRisesWithEveryChangeAndOnlyThen(t *testing.T) {
	n := New(local)
	var versions []string
	for _, d := range []trace.MediaDirection{trace.SendRecv, trace.SendRecv, trace.SendOnly, trace.SendRecv} {
		body, err := n.Offer(d)
		if err != nil {
			t.Fatal(err)
		}
		n.Rollback()
		versions = append(versions, strings.Fields(lines(body, "o=")[0])[2])
	}
	if want := []string{"1", "1", "2", "3"}; !slices.Equal(versions, want) {
		t.Errorf("%v", versions)
	}
}

func TestStreamsKeepTheirPlaceInLaterOffers(t *testing.T) {
	n := New(local)
	receive(t, n, describe("c=IN IP4 10.0.0.1", "t=0 0", "m=video 9 RTP/AVP 31", "m=audio 3000 RTP/AVP 8"))
	answer(t, n, trace.SendRecv)
	body, err := n.Offer(trace.SendOnly)
	if err != nil {
		t.Fatal(err)
	}
	if got := lines(body, "m="); len(got) != 2 || got[0] != "m=video 0 RTP/AVP 31" || !strings.HasPrefix(got[1], "m=audio 4000 RTP/AVP ") {
		t.Errorf("%v", got)
	}
}

func TestAudioMayBeRemovedAndComeBack(t *testing.T) {
	n := New(local)
	receive(t, n, plain)
	answer(t, n, trace.SendRecv)
	if r := receive(t, n, describe("c=IN IP4 10.0.0.1", "t=0 0", "m=audio 0 RTP/AVP 0")); !r.ZeroAddress || r.Direction != trace.Inactive {
		t.Errorf("%+v", r)
	}
	body := answer(t, n, trace.Inactive)
	if got := lines(body, "m="); got[0] != "m=audio 0 RTP/AVP 0" || n.Media().Direction != trace.Inactive || n.Media().Remote.IsValid() {
		t.Errorf("%v, %+v", got, n.Media())
	}
	receive(t, n, plain)
	answer(t, n, trace.SendRecv)
	if n.Media().Direction != trace.SendRecv || !n.Media().Remote.IsValid() {
		t.Errorf("%+v", n.Media())
	}
}

func TestCodecInUseIsKept(t *testing.T) {
	n := New(local)
	receive(t, n, describe("c=IN IP4 10.0.0.1", "t=0 0", "m=audio 3000 RTP/AVP 8"))
	answer(t, n, trace.SendRecv)
	receive(t, n, plain) // offers PCMU first
	answer(t, n, trace.SendRecv)
	if n.Media().Codec != "PCMA" {
		t.Errorf("%+v", n.Media())
	}
}

func TestStepsOutOfTurnAreErrors(t *testing.T) {
	steps := map[string]func(*Negotiation) error{
		"offer":   func(n *Negotiation) error { _, err := n.Offer(trace.SendRecv); return err },
		"answer":  func(n *Negotiation) error { _, err := n.Answer(trace.SendRecv); return err },
		"receive": func(n *Negotiation) error { _, err := n.Receive(plain); return err },
		"preview": func(n *Negotiation) error { _, err := n.Preview(plain); return err },
		"final":   func(n *Negotiation) error { _, err := n.Answered(plain); return err },
	}
	legal := map[State][]string{
		Stable: {"offer", "receive"}, LocalOffer: {"preview", "final"}, RemoteOffer: {"answer"},
	}
	for state, ok := range legal {
		for name, step := range steps {
			n := New(local)
			switch state {
			case LocalOffer:
				_ = steps["offer"](n)
			case RemoteOffer:
				_ = steps["receive"](n)
			case Stable:
			}
			err := step(n)
			var wrong *StateError
			if slices.Contains(ok, name) != (err == nil) || err != nil && !errors.As(err, &wrong) {
				t.Errorf("%s while %s: %v", name, state, err)
			}
		}
	}
}

func TestDirectionOfTellsTheFirstAudio(t *testing.T) {
	for body, want := range map[string]trace.MediaDirection{
		string(plain): trace.SendRecv, "": "", "junk": "",
		string(describe("t=0 0", "m=video 9 RTP/AVP 31", "a=sendonly", "m=audio 1 RTP/AVP 0", "a=recvonly")): trace.RecvOnly,
	} {
		if got := DirectionOf([]byte(body)); got != want {
			t.Errorf("%q: %q", body, got)
		}
	}
}

func TestCodecsAreFoundByName(t *testing.T) {
	for _, name := range []string{"pcmu", "PCMA", "g722"} {
		if _, ok := CodecNamed(name); !ok {
			t.Error(name)
		}
	}
	if _, ok := CodecNamed("opus"); ok {
		t.Error("opus")
	}
}

func FuzzDescription(f *testing.F) {
	f.Add(plain, plain)
	f.Add(describe("c=IN IP6 ::", "t=0 0", "m=audio 3000/2 RTP/AVP 0 0 0", "a=rtpmap:0 PCMU/8000/1", "a=maxptime:5"), plain)
	f.Add(plain, describe("t=0 0", "m=audio 0 RTP/AVP 0"))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		n := New(local)
		if _, err := n.Offer(trace.SendRecv); err != nil {
			t.Fatal(err)
		}
		_, _ = n.Preview(first)
		if _, err := n.Answered(first); err != nil {
			n.Rollback()
		}
		for _, body := range [][]byte{first, second} {
			r, err := n.Receive(body)
			if err != nil {
				continue
			}
			switch r.Direction {
			case trace.SendRecv, trace.SendOnly, trace.RecvOnly, trace.Inactive:
			default:
				t.Fatalf("direction %q", r.Direction)
			}
			out := answer(t, n, trace.SendRecv)
			streams, err := parse(out)
			if err != nil {
				t.Fatalf("our answer cannot be read: %v\n%s", err, out)
			}
			if offered, _ := parse(body); len(offered) != len(streams) {
				t.Fatalf("%d streams for %d", len(streams), len(offered))
			}
			if m := n.Media(); m.Codec == "" || m.Ptime < 0 || m.Remote.IsValid() && m.Remote.Port() == 0 {
				t.Fatalf("%+v", m)
			}
		}
		if body, err := n.Offer(trace.SendOnly); err != nil || DirectionOf(body) == "" {
			t.Fatalf("%v\n%s", err, body)
		}
	})
}
