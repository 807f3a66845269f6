package siptest

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Peer is a SIP party that does what its test says and nothing by itself: no retransmission, no 100, no ACK. It is used
// by the goroutine of the test.
type Peer struct {
	tb       testing.TB
	conn     net.PacketConn
	addr     netip.AddrPort
	inbox    []*Message // received and not yet expected
	all      []*Message
	count    int
	patience time.Duration
}

// NewPeer makes a peer on a connection, which it closes when the test ends.
func NewPeer(tb testing.TB, conn net.PacketConn) *Peer {
	tb.Helper()
	tb.Cleanup(func() { _ = conn.Close() }) // closed by the test, perhaps
	return &Peer{tb: tb, conn: conn, addr: mustAddr(conn.LocalAddr().String()), patience: 10 * time.Second}
}

// Addr is where the peer is.
func (p *Peer) Addr() netip.AddrPort { return p.addr }

// SetPatience sets how long Expect waits: 10 s at first.
func (p *Peer) SetPatience(d time.Duration) { p.patience = d }

// Close closes the connection before the test ends.
func (p *Peer) Close() { _ = p.conn.Close() }

// Send sends text as it is, but that a bare line feed becomes CRLF.
func (p *Peer) Send(to netip.AddrPort, text string) {
	p.tb.Helper()
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")
	if _, err := p.conn.WriteTo([]byte(text), net.UDPAddrFromAddrPort(to)); err != nil {
		p.tb.Fatalf("peer %s: send to %s: %v", p.addr, to, err)
	}
}

// Request sends a request and returns it as it was sent.
func (p *Peer) Request(to netip.AddrPort, r Request) *Message {
	p.tb.Helper()
	m := &Message{Raw: p.text(to, r), From: p.addr, At: time.Now()}
	p.Send(to, m.Raw)
	return m
}

// Reply answers a request, to where it came from, and returns the response as it was sent.
func (p *Peer) Reply(req *Message, r Reply) *Message {
	p.tb.Helper()
	m := &Message{Raw: p.replyText(req, r), From: p.addr, At: time.Now()}
	p.Send(req.From, m.Raw)
	return m
}

// ACK acknowledges a final response to an INVITE that was sent by Request: in the transaction of the INVITE above 2xx
// (RFC 3261 17.1.1.3), else by itself, to the Contact of the response (13.2.2.4).
func (p *Peer) ACK(invite, final *Message) *Message {
	p.tb.Helper()
	ack := Request{
		Method: "ACK", URI: requestURI(invite), From: invite.Header("From"), To: final.Header("To"),
		CallID: invite.Header("Call-ID"), CSeq: invite.CSeq(), Contact: "-",
	}
	if final.Status() >= 300 {
		ack.Branch = invite.Param("Via", "branch")
	} else if target := final.ContactURI(); target != "" {
		ack.URI = target
	}
	return p.Request(final.From, ack)
}

// InDialog fills a request of the dialog that an INVITE of this peer and its 2xx have made.
func (p *Peer) InDialog(invite, ok *Message, method string, cseq int) Request {
	return Request{
		Method: method, URI: ok.ContactURI(), From: invite.Header("From"), To: ok.Header("To"),
		CallID: invite.Header("Call-ID"), CSeq: cseq,
	}
}

// Expect waits for a message that matches, and takes it. What arrives in between is kept for a later Expect. On a Network, whoever
// sent it has also told its observers when Expect returns.
func (p *Peer) Expect(match Match) *Message {
	p.tb.Helper()
	m := p.wait(match, p.patience)
	if m == nil {
		p.tb.Fatalf("peer %s: what was expected did not come in %s; received:\n%s", p.addr, p.patience, p.history())
	}
	if _, simulated := p.conn.(*packetConn); simulated {
		synctest.Wait()
	}
	return m
}

// ExpectNone waits for as long as d, and fails if a message that matches is there or comes.
func (p *Peer) ExpectNone(match Match, d time.Duration) {
	p.tb.Helper()
	if m := p.wait(match, d); m != nil {
		p.tb.Fatalf("peer %s: unexpected %s", p.addr, m)
	}
}

// Received are all messages so far, expected or not, that were read while expecting one.
func (p *Peer) Received() []*Message { return p.all }

func (p *Peer) wait(match Match, d time.Duration) *Message {
	p.tb.Helper()
	for i, m := range p.inbox {
		if match(m) {
			p.inbox = append(p.inbox[:i:i], p.inbox[i+1:]...)
			return m
		}
	}
	if err := p.conn.SetReadDeadline(time.Now().Add(d)); err != nil {
		p.tb.Fatalf("peer %s: %v", p.addr, err)
	}
	for {
		m := p.read()
		if m == nil || match(m) {
			return m
		}
		p.inbox = append(p.inbox, m)
	}
}

func (p *Peer) read() *Message {
	p.tb.Helper()
	buf := make([]byte, 65535)
	n, from, err := p.conn.ReadFrom(buf)
	if err != nil {
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			p.tb.Fatalf("peer %s: read: %v", p.addr, err)
		}
		return nil
	}
	m := &Message{Raw: string(buf[:n]), From: mustAddr(from.String()), At: time.Now()}
	p.all = append(p.all, m)
	return m
}

func (p *Peer) history() string {
	if len(p.all) == 0 {
		return "  nothing"
	}
	var b strings.Builder
	for _, m := range p.all {
		fmt.Fprintf(&b, "  %s\n", m)
	}
	return b.String()
}

func (p *Peer) text(to netip.AddrPort, r Request) string {
	p.count++
	set := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	contact := fmt.Sprintf("<sip:peer@%s>", p.addr)
	set(&r.Method, "INVITE")
	set(&r.URI, fmt.Sprintf("sip:peer@%s", to))
	set(&r.From, contact+";tag=peer")
	set(&r.To, "<"+r.URI+">")
	set(&r.CallID, fmt.Sprintf("call-%d@%s", p.count, p.addr.Addr()))
	set(&r.Branch, fmt.Sprintf("z9hG4bK-%d-%d", p.addr.Port(), p.count))
	set(&r.Contact, contact)
	fields := []string{
		fmt.Sprintf("Via: SIP/2.0/UDP %s;branch=%s", p.addr, r.Branch),
		"Max-Forwards: 70",
		"From: " + r.From,
		"To: " + r.To,
		"Call-ID: " + r.CallID,
		fmt.Sprintf("CSeq: %d %s", max(r.CSeq, 1), r.Method),
	}
	if r.Contact != "-" {
		fields = append(fields, "Contact: "+r.Contact)
	}
	return Text(r.Method+" "+r.URI+" SIP/2.0", typed(append(fields, r.Headers...), r.Body), r.Body)
}

func (p *Peer) replyText(req *Message, r Reply) string {
	var fields []string
	for _, v := range req.Headers("Via") {
		fields = append(fields, "Via: "+v)
	}
	for _, v := range req.Headers("Record-Route") {
		fields = append(fields, "Record-Route: "+v)
	}
	to := req.Header("To")
	if req.Param("To", "tag") == "" && r.ToTag != "-" && r.Status > 100 {
		tag := r.ToTag
		if tag == "" {
			tag = "peer"
		}
		to += ";tag=" + tag
	}
	fields = append(fields, "From: "+req.Header("From"), "To: "+to, "Call-ID: "+req.Header("Call-ID"), "CSeq: "+req.Header("CSeq"))
	if r.Contact == "" && r.Status > 100 && r.Status < 300 {
		r.Contact = fmt.Sprintf("<sip:peer@%s>", p.addr)
	}
	if r.Contact != "" && r.Contact != "-" {
		fields = append(fields, "Contact: "+r.Contact)
	}
	start := fmt.Sprintf("SIP/2.0 %d %s", r.Status, r.Reason)
	return Text(start, typed(append(fields, r.Headers...), r.Body), r.Body)
}

func requestURI(m *Message) string {
	words := strings.Fields(m.StartLine())
	if len(words) < 2 {
		return ""
	}
	return words[1]
}
