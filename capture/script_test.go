package capture_test

import (
	"fmt"
	"strings"
	"time"

	"sidetone/capture"
	"sidetone/trace"
	"sidetone/trace/story"
)

// dialogue writes the messages of one call between hosts.
type dialogue struct {
	callID, session  string
	branch           string
	fromTag, toTag   string
	seq              int
	from, to, target string
}

func newDialogue() *dialogue {
	return &dialogue{callID: "call@ann", branch: "z9hG4bK1", fromTag: "a1", seq: 1, from: `"Ann" <sip:101@192.0.2.1>`, to: "<sip:102@192.0.2.9>", target: "sip:102@192.0.2.9"}
}

// request is one of the caller's, through hops that each have added a Via.
func (d *dialogue) request(method, via, body string) string {
	return d.message(fmt.Sprintf("%s %s SIP/2.0", method, d.target), method, via, body)
}

func (d *dialogue) response(status int, reason, method, via, body string) string {
	return d.message(fmt.Sprintf("SIP/2.0 %d %s", status, reason), method, via, body)
}

func (d *dialogue) message(start, method, vias, body string) string {
	var b strings.Builder
	b.WriteString(start + "\r\n")
	for _, via := range strings.Fields(vias) {
		fmt.Fprintf(&b, "Via: SIP/2.0/UDP %s;branch=%s%s%s%d\r\n", via, d.branch, strings.NewReplacer(".", "", ":", "").Replace(via), method, d.seq)
	}
	to := d.to
	if d.toTag != "" {
		to += ";tag=" + d.toTag
	}
	fmt.Fprintf(&b, "From: %s;tag=%s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\n", d.from, d.fromTag, to, d.callID, d.seq, method)
	if d.session != "" {
		fmt.Fprintf(&b, "Session-ID: %s\r\n", d.session)
	}
	if body != "" {
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return b.String()
}

func sdp(host string, port int, direction string) string {
	return fmt.Sprintf("v=0\r\no=- 1 %d IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d RTP/AVP 8\r\na=%s\r\n", port, host, host, port, direction)
}

// The hosts of the calls that are written here.
const (
	ann   = "192.0.2.1:5060"
	bob   = "192.0.2.2:5060"
	proxy = "192.0.2.9:5060"
)

// simpleCall is one from Ann to Bob that is answered after a second, and ended by Ann after ten.
func simpleCall(b *builder) *builder {
	d := newDialogue()
	b.udp(ann, bob, d.request("INVITE", ann, sdp("192.0.2.1", 4000, "sendrecv")))
	d.toTag = "b1"
	b.after(100*time.Millisecond).udp(bob, ann, d.response(180, "Ringing", "INVITE", ann, ""))
	b.after(900*time.Millisecond).udp(bob, ann, d.response(200, "OK", "INVITE", ann, sdp("192.0.2.2", 6000, "sendrecv")))
	b.after(10*time.Millisecond).udp(ann, bob, d.request("ACK", ann, ""))
	d.seq = 2
	b.after(10*time.Second).udp(ann, bob, d.request("BYE", ann, ""))
	b.after(5*time.Millisecond).udp(bob, ann, d.response(200, "OK", "BYE", ann, ""))
	return b
}

// kinds are what the views of the calls tell, without the messages.
func kinds(r *capture.Result) string {
	var all []string
	for _, c := range r.Calls {
		for _, v := range c.Views {
			for _, e := range v.Events {
				if _, ok := e.Data.(trace.SIP); !ok {
					all = append(all, string(e.Kind))
				}
			}
		}
	}
	return strings.Join(all, " ")
}

// simple is what simpleCall is told as.
const simple = "call.initiated call.ringing call.answered media.started call.ended"

func findings(views []trace.View) (codes []string) {
	for _, f := range story.Tell(views, story.En).Findings {
		codes = append(codes, f.Code)
	}
	return codes
}
