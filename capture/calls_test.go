package capture_test

import (
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidetone/capture"
	"sidetone/trace"
	"sidetone/trace/calltest"
	"sidetone/trace/story"
)

var update = flag.Bool("update", false, "write golden files")

func TestCapturesOfRealPeersAreToldAsWritten(t *testing.T) {
	for _, name := range []string{"sipp-hold-update.pcap", "baresip-hold.pcapng"} {
		t.Run(name, func(t *testing.T) {
			f, err := os.Open(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = f.Close() }()
			r, err := capture.Read(f, capture.Options{})
			if err != nil || len(r.Left) > 0 {
				t.Fatal(err, r.Left)
			}
			var b strings.Builder
			for _, d := range r.Devices {
				fmt.Fprintf(&b, "%s %q\n", d.ID, d.Name)
				for _, e := range d.Events {
					line, err := e.Encode()
					if err != nil {
						t.Fatal(err)
					}
					b.Write(append(line, '\n'))
				}
			}
			for _, c := range r.Calls {
				if err := story.Text(&b, story.Tell(c.Views, story.En), 100); err != nil {
					t.Fatal(err)
				}
			}
			calltest.Golden(t, *update, filepath.Join("testdata", name+".golden"), b.String())
		})
	}
}

// throughProxy is the simple call with a proxy between Ann and Bob, which forks to a phone that is busy as well.
func throughProxy(b *builder) *builder {
	const other = "192.0.2.3:5060"
	d := newDialogue()
	offer, answer := sdp("192.0.2.1", 4000, "sendrecv"), sdp("192.0.2.2", 6000, "sendrecv")
	step := func() *builder { return b.after(2 * time.Millisecond) }
	both := proxy + " " + ann
	b.udp(ann, proxy, d.request("INVITE", ann, offer))
	step().udp(proxy, other, strings.Replace(d.request("INVITE", both, offer), "z9hG4bK1", "z9hG4bKfork", 1))
	step().udp(proxy, bob, d.request("INVITE", both, offer))
	d.toTag = "c1"
	step().udp(other, proxy, strings.Replace(d.response(486, "Busy Here", "INVITE", both, ""), "z9hG4bK1", "z9hG4bKfork", 1))
	d.toTag = "b1"
	step().udp(bob, proxy, d.response(180, "Ringing", "INVITE", both, ""))
	step().udp(proxy, ann, d.response(180, "Ringing", "INVITE", ann, ""))
	b.after(time.Second).udp(bob, proxy, d.response(200, "OK", "INVITE", both, answer))
	step().udp(proxy, ann, d.response(200, "OK", "INVITE", ann, answer))
	step().udp(ann, bob, d.request("ACK", ann, ""))
	d.seq = 2
	b.after(5*time.Second).udp(ann, bob, d.request("BYE", ann, ""))
	step().udp(bob, ann, d.response(200, "OK", "BYE", ann, ""))
	return b
}

func TestCallThroughAProxyIsToldFromBothEnds(t *testing.T) {
	r := throughProxy(newBuilder()).read(t, capture.Options{})
	if diff := cmp.Diff(simple+" "+simple, kinds(r)); diff != "" {
		t.Fatal(diff)
	}
	views := r.Calls[0].Views
	if diff := cmp.Diff([]string{"import-192-0-2-1", "import-192-0-2-2"}, []string{views[0].Device, views[1].Device}); diff != "" {
		t.Error(diff)
	}
	out, _ := views[0].Events[0].Data.(trace.Initiated)
	in, _ := views[1].Events[0].Data.(trace.Initiated)
	if out.Direction != trace.Out || in.Direction != trace.In || views[0].Name != "Ann" {
		t.Errorf("%s %s %q", out.Direction, in.Direction, views[0].Name)
	}
	if s := story.Tell(views, story.En).Verdict.Sentence(); !strings.Contains(s, "Ann hung up") {
		t.Error(s)
	}
	for _, e := range views[1].Events {
		if m, ok := e.Data.(trace.SIP); ok && m.Status == 486 {
			t.Error("Bob's view has what another phone said")
		}
	}
}

func TestHostThatIsNamedTellsTheCall(t *testing.T) {
	for at, want := range map[string]trace.Direction{ann: trace.Out, "192.0.2.2:0": trace.In, "192.0.2.3:0": trace.In} {
		r := throughProxy(newBuilder()).read(t, capture.Options{At: addr(at)})
		if len(r.Calls) != 1 || len(r.Calls[0].Views) != 1 {
			t.Fatalf("%s: %d calls", at, len(r.Calls))
		}
		if d, _ := r.Calls[0].Views[0].Events[0].Data.(trace.Initiated); d.Direction != want {
			t.Errorf("%s: %s", at, d.Direction)
		}
	}
	for _, at := range []string{"203.0.113.1:0", proxy} {
		if r := throughProxy(newBuilder()).read(t, capture.Options{At: addr(at)}); len(r.Calls) != 0 {
			t.Errorf("%s, which is no end of a call, has %d", at, len(r.Calls))
		}
	}
	busy := throughProxy(newBuilder()).read(t, capture.Options{At: addr("192.0.2.3:0")}).Calls[0].Views[0].Events
	if d, _ := busy[len(busy)-1].Data.(trace.Ended); d.Result != trace.ResultBusy || d.Side != trace.Local {
		t.Errorf("the other phone of the fork ends with %s by %s", d.Result, d.Side)
	}
}

// backToBack has a server between both ends that makes another call of it.
func backToBack(b *builder, session string) *builder {
	const id = "0123456789abcdef0123456789abcdef"
	first, second := newDialogue(), newDialogue()
	first.session = id + ";remote=00000000000000000000000000000000"
	second.callID, second.fromTag, second.branch, second.session = "other@server", "s1", "z9hG4bK2", session
	offer, answer := sdp("192.0.2.1", 4000, "sendrecv"), sdp("192.0.2.2", 6000, "sendrecv")
	b.udp(ann, proxy, first.request("INVITE", ann, offer))
	b.after(time.Millisecond).udp(proxy, bob, second.request("INVITE", proxy, offer))
	first.toTag, second.toTag = "s2", "b1"
	b.after(time.Second).udp(bob, proxy, second.response(200, "OK", "INVITE", proxy, answer))
	b.after(time.Millisecond).udp(proxy, ann, first.response(200, "OK", "INVITE", ann, answer))
	first.seq, second.seq = 2, 2
	b.after(time.Second).udp(ann, proxy, first.request("BYE", ann, ""))
	b.after(time.Millisecond).udp(proxy, bob, second.request("BYE", proxy, ""))
	return b
}

func TestLegsOfABackToBackUserAgentAreOneCallBySessionID(t *testing.T) {
	r := backToBack(newBuilder(), "0123456789abcdef0123456789abcdef").read(t, capture.Options{})
	if len(r.Calls) != 1 || len(r.Calls[0].Views) != 2 || r.Calls[0].Views[1].Device != "import-192-0-2-2" {
		t.Fatalf("%d calls: %s", len(r.Calls), kinds(r))
	}
	if r := backToBack(newBuilder(), "").read(t, capture.Options{}); len(r.Calls) != 2 {
		t.Errorf("without a Session-ID they are %d calls", len(r.Calls))
	}
}

// rtp is a packet of sound.
func rtp(seq int, ssrc uint32) string {
	b := []byte{0x80, 8}
	b = binary.BigEndian.AppendUint16(b, uint16(seq))
	b = binary.BigEndian.AppendUint32(b, uint32(seq)*160)
	return string(binary.BigEndian.AppendUint32(b, ssrc)) + strings.Repeat("\xd5", 160)
}

// spoken is the simple call with sound in it, each way where it has any; every tenth packet to Ann is lost.
func spoken(toAnn, toBob bool, more func(b *builder)) *builder {
	call := simpleCall(newBuilder())
	b := newBuilder()
	b.packets = append(b.packets, call.packets[:4]...)
	b.at = call.packets[3].at
	for i := range 100 {
		b.after(20 * time.Millisecond)
		if toAnn && i%10 != 5 {
			b.udp("192.0.2.2:6000", "192.0.2.1:4000", rtp(65500+i, 7))
		}
		if toBob {
			b.udp("192.0.2.1:4000", "192.0.2.2:6000", rtp(i, 9))
			b.udp("192.0.2.1:4000", "192.0.2.2:6000", rtp(i, 9)) // captured twice
		}
	}
	if more != nil {
		more(b)
	}
	b.packets = append(b.packets, call.packets[4:]...)
	return b
}

func mediaOf(t *testing.T, v trace.View) (q trace.Quality, m trace.Media) {
	t.Helper()
	for _, e := range v.Events {
		switch d := e.Data.(type) {
		case trace.Quality:
			q = d
		case trace.Media:
			m = d
		}
	}
	return q, m
}

func TestSoundIsCountedEachWayWithWhatWasLost(t *testing.T) {
	r := spoken(true, true, func(b *builder) {
		report := []byte{0x81, 201, 0, 7, 0, 0, 0, 7, 0, 0, 0, 9, 0, 0, 0, 4, 0, 0, 0, 99, 0, 0, 0, 80, 0, 0, 0, 0, 0, 0, 0, 0}
		b.udp("192.0.2.2:6001", "192.0.2.1:4001", string(report))
	}).read(t, capture.Options{})
	q, m := mediaOf(t, r.Calls[0].Views[0])
	if q.Local.Packets != 90 || q.Local.Lost != 10 || m.Received != 90 || m.Sent != 100 {
		t.Errorf("%+v %+v", q, m)
	}
	if diff := cmp.Diff(&trace.QualitySide{Packets: 96, Lost: 4, JitterUS: 10000}, q.Remote); diff != "" {
		t.Error(diff)
	}
	if codes := findings(r.Calls[0].Views); strings.Contains(fmt.Sprint(codes), "one-way") {
		t.Error(codes)
	}
}

func TestOneWayAudioIsFound(t *testing.T) {
	r := spoken(false, true, nil).read(t, capture.Options{})
	if codes := findings(r.Calls[0].Views); !strings.Contains(fmt.Sprint(codes), "one-way") {
		t.Errorf("findings %v of %s", codes, kinds(r))
	}
	other := spoken(true, false, nil).read(t, capture.Options{})
	if codes := findings(other.Calls[0].Views); !strings.Contains(fmt.Sprint(codes), "one-way") {
		t.Errorf("findings %v of %s", codes, kinds(other))
	}
	listening := spoken(true, false, nil)
	for i, p := range listening.packets { // Ann never meant to speak
		listening.packets[i].data = []byte(strings.Replace(string(p.data), "m=audio 4000 RTP/AVP 8\r\na=sendrecv", "m=audio 4000 RTP/AVP 8\r\na=recvonly", 1))
	}
	if codes := findings(listening.read(t, capture.Options{}).Calls[0].Views); strings.Contains(fmt.Sprint(codes), "one-way") {
		t.Errorf("findings %v of a call that was to go one way", codes)
	}
}

func TestCaptureWithoutSoundSaysNothingOfIt(t *testing.T) {
	r := spoken(false, false, nil).read(t, capture.Options{})
	wantSimple(t, r)
	if codes := findings(r.Calls[0].Views); len(codes) > 0 {
		t.Error(codes)
	}
}

func TestSoundBehindATranslatorIsCountedByItsOtherEnd(t *testing.T) {
	b := spoken(true, true, nil)
	for i, p := range b.packets { // Ann's address is another one outside, and only her packets show it
		if p.data[9] == 17 && binary.BigEndian.Uint16(p.data[20:]) == 4000 {
			p.data[15] = 77
		}
		if p.data[9] == 17 && binary.BigEndian.Uint16(p.data[22:]) == 4000 {
			p.data[19] = 77
		}
		b.packets[i] = p
	}
	if _, m := mediaOf(t, b.read(t, capture.Options{}).Calls[0].Views[0]); m.Sent != 100 || m.Received != 90 {
		t.Errorf("%+v", m)
	}
}

func TestSamePacketTwiceIsNoRetransmission(t *testing.T) {
	b := simpleCall(newBuilder())
	twice := newBuilder()
	for _, p := range b.packets {
		twice.packets = append(twice.packets, p, p)
	}
	r := twice.read(t, capture.Options{})
	if n := retransmissions(r); n != 0 {
		t.Errorf("%d retransmissions", n)
	}
	again := simpleCall(newBuilder())
	p := again.packets[0]
	p.at = p.at.Add(500 * time.Millisecond)
	p.data = append([]byte(nil), p.data...)
	p.data[5] = 99 // the number of an IP packet
	again.packets = append(again.packets[:2], append([]packet{p}, again.packets[2:]...)...)
	if n := retransmissions(again.read(t, capture.Options{})); n != 1 {
		t.Errorf("%d retransmissions of one", n)
	}
}

func retransmissions(r *capture.Result) (n int) {
	for _, e := range r.Calls[0].Views[0].Events {
		if m, ok := e.Data.(trace.SIP); ok && m.Retransmission > 0 {
			n++
		}
	}
	return n
}

func TestSameContentGivesTheSameEvents(t *testing.T) {
	one, two := throughProxy(newBuilder()).read(t, capture.Options{}), throughProxy(newBuilder()).read(t, capture.Options{})
	if diff := cmp.Diff(one, two); diff != "" {
		t.Error(diff)
	}
	if other := simpleCall(newBuilder()).read(t, capture.Options{}); other.Boot == one.Boot || other.Calls[0].ID() == one.Calls[0].ID() {
		t.Error("another capture has the same identity")
	}
	for _, d := range one.Devices {
		for i, e := range d.Events {
			if e.Seq != uint64(i+1) || e.Boot != one.Boot {
				t.Fatalf("%s: event %d has seq %d of %s", d.ID, i, e.Seq, e.Boot)
			}
		}
	}
	for _, c := range one.Calls {
		for _, v := range c.Views {
			if f := trace.Summarize(v.Events); !f.Complete {
				t.Errorf("%s: %d events missing", v.Device, f.Missing)
			}
		}
	}
}

func TestDeviceTakesTheNameThatIsGiven(t *testing.T) {
	if r := simpleCall(newBuilder()).read(t, capture.Options{Device: "branch"}); r.Devices[0].ID != "branch" {
		t.Error(r.Devices[0].ID)
	}
	long := strings.Repeat("b", 64)
	r := throughProxy(newBuilder()).read(t, capture.Options{Device: long})
	if id := r.Devices[0].ID; id != long[:64-len("-192-0-2-1")]+"-192-0-2-1" {
		t.Error(id)
	}
}

func TestRegistrationsAreLines(t *testing.T) {
	b := newBuilder()
	d := newDialogue()
	d.to = "<sip:101@192.0.2.9>"
	reg := func(expires string) string {
		return strings.Replace(d.request("REGISTER", ann, ""), "Content-Length", "Contact: <sip:101@192.0.2.1>;expires="+expires+"\r\nContent-Length", 1)
	}
	answer := func(status int, reason string) string {
		return strings.Replace(d.response(status, reason, "REGISTER", ann, ""), "Content-Length", "Expires: 300\r\nContent-Length", 1)
	}
	for _, status := range []int{401, 200} {
		b.after(time.Second).udp(ann, proxy, reg("300")).after(time.Millisecond).udp(proxy, ann, answer(status, "Whatever"))
		d.seq++
	}
	b.after(time.Second).udp(ann, proxy, reg("300")).after(time.Millisecond).udp(proxy, ann, answer(403, "Forbidden"))
	d.seq++
	b.after(time.Second).udp(ann, proxy, reg("0")).after(time.Millisecond).udp(proxy, ann, answer(200, "OK"))
	d.seq++
	b.after(time.Second).udp(ann, proxy, reg("300")).after(time.Millisecond).udp(proxy, ann, answer(401, "Unauthorized"))
	b.after(time.Minute).udp(ann, proxy, "hello there, nobody")
	r := b.read(t, capture.Options{})
	var got []string
	for _, e := range r.Devices[0].Events {
		l, _ := e.Data.(trace.Line)
		got = append(got, fmt.Sprintf("%s %d %s", e.Kind, l.Status, l.ExpiresUS.Duration()))
	}
	want := []string{
		"line.registering 0 0s", "line.registered 200 5m0s", "line.registering 0 0s", "line.failed 403 0s",
		"line.registering 0 0s", "line.unregistered 200 0s", "line.registering 0 0s", "line.failed 401 0s",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestCallThatNobodyAnswersIsOverWhenItsTimeIs(t *testing.T) {
	d := newDialogue()
	invite := d.request("INVITE", ann, "")
	short := newBuilder().udp(ann, bob, invite).after(20*time.Second).udp(ann, bob, invite)
	if r := short.read(t, capture.Options{}); kinds(r) != "call.initiated" {
		t.Errorf("before 64*T1: %s", kinds(r))
	}
	r := short.after(13*time.Second).udp(ann, bob, "nothing of SIP").read(t, capture.Options{})
	f := trace.Summarize(r.Calls[0].Views[0].Events)
	if f.Side != trace.Network || f.Result != trace.ResultFailed || f.LastResponse != 0 {
		t.Errorf("%+v", f.Summary)
	}
}

func TestWhatIsBeyondTheLimitsIsCounted(t *testing.T) {
	many := newBuilder()
	for i := range 5 {
		d := newDialogue()
		d.callID, d.fromTag = fmt.Sprint("call", i), fmt.Sprint("tag", i)
		many.udp(ann, bob, d.request("INVITE", ann, sdp("192.0.2.1", 4000+2*i, "sendrecv")))
		d.toTag = "x"
		for range 3 {
			many.after(time.Second).udp(bob, ann, d.response(180, "Ringing", "INVITE", ann, ""))
		}
	}
	for name, tc := range map[string]struct {
		limits capture.Limits
		calls  int
		left   []capture.Left
	}{
		"calls":    {capture.Limits{Calls: 2}, 2, []capture.Left{{Reason: "calls beyond the limit", Count: 3}, {Reason: "messages of calls beyond the limit", Count: 12}}},
		"messages": {capture.Limits{Messages: 2}, 5, []capture.Left{{Reason: "messages of calls beyond the limit", Count: 10}}},
		"media":    {capture.Limits{Media: 4}, 5, []capture.Left{{Reason: "addresses of sound beyond the limit", Count: 1}}},
	} {
		r := many.read(t, capture.Options{Limits: tc.limits})
		if diff := cmp.Diff(tc.left, r.Left); diff != "" || len(r.Calls) != tc.calls {
			t.Errorf("%s: %d calls\n%s", name, len(r.Calls), diff)
		}
	}
}

func TestCallThatAnnouncesOneAddressAfterTheOtherIsBounded(t *testing.T) {
	b := newBuilder()
	d := newDialogue()
	b.udp(ann, bob, d.request("INVITE", ann, sdp("192.0.2.1", 4000, "sendrecv")))
	d.toTag = "b1"
	for i := range 20 {
		b.after(time.Second).udp(bob, ann, d.response(183, "Session Progress", "INVITE", ann, sdp("192.0.2.2", 6000+2*i, "sendrecv")))
	}
	r := b.read(t, capture.Options{})
	if diff := cmp.Diff([]capture.Left{{Reason: "addresses of sound beyond the limit", Count: 5}}, r.Left); diff != "" {
		t.Error(diff)
	}
}

func TestMessagesOfACallThatBeganBeforeTheCaptureAreCounted(t *testing.T) {
	b := simpleCall(newBuilder())
	b.packets = b.packets[1:]
	r := b.read(t, capture.Options{})
	if len(r.Calls) != 0 || len(r.Left) != 1 || r.Left[0].Count != 5 {
		t.Errorf("%d calls, %v", len(r.Calls), r.Left)
	}
}

func TestCredentialsAndKeysAreMasked(t *testing.T) {
	b := simpleCall(newBuilder())
	d := newDialogue()
	d.toTag, d.seq = "b1", 9
	info := strings.Replace(d.request("INFO", ann, "Signal=5\r\nDuration=160\r\n"), "application/sdp", "application/dtmf-relay\r\nAuthorization: Digest username=\"ann\", response=\"0123456789abcdef\"", 1)
	last := b.packets[4:]
	b.packets = b.packets[:4:4]
	b.at = noon.Add(2 * time.Second)
	b.udp(ann, bob, info)
	b.packets = append(b.packets, last...)
	r := b.read(t, capture.Options{})
	text := fmt.Sprintf("%+v", r.Calls[0].Views[0].Events)
	if !strings.Contains(text, string(trace.DTMFSent)) || strings.Contains(text, "0123456789abcdef") || strings.Contains(text, "Signal=5") {
		t.Error(text)
	}
}

// Other packages read this capture of a call with a second hop; it is what is written here.
func TestCaptureWithAProxyIsTheOneThatIsKept(t *testing.T) {
	calltest.Golden(t, *update, filepath.Join("testdata", "proxy.pcap"), string(throughProxy(newBuilder()).file()))
}
