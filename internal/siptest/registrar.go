package siptest

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"
)

// Registrar is a registrar that grants every binding, unless its test tells it otherwise. It answers by itself, over UDP
// and over streams, until the test ends.
type Registrar struct {
	group sync.WaitGroup

	mu       sync.Mutex
	password string // "" challenges nobody
	nonce    int
	granted  time.Duration
	headers  []string
	bound    string // the last Contact
	others   string // Contacts of others
	seen     netip.AddrPort
	replies  []Reply
	silent   bool
	deaf     bool
	requests []*Message
	pings    int
	streams  []net.Conn
}

// NewRegistrar makes a registrar on a connection, which it closes when the test ends. It grants an hour.
func NewRegistrar(tb testing.TB, conn net.PacketConn) *Registrar {
	tb.Helper()
	r := &Registrar{granted: time.Hour}
	r.group.Go(func() { r.serve(conn) })
	tb.Cleanup(func() { _ = conn.Close(); r.group.Wait() })
	return r
}

// ListenStreams serves streams as well.
func (r *Registrar) ListenStreams(tb testing.TB, l net.Listener) {
	tb.Helper()
	r.group.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			r.mu.Lock()
			r.streams = append(r.streams, conn)
			r.mu.Unlock()
			r.group.Go(func() { r.serveStream(conn) })
		}
	})
	tb.Cleanup(func() { _ = l.Close(); r.CutStreams() })
}

// Challenge asks everybody for the password, by MD5 with qop auth.
func (r *Registrar) Challenge(password string) { r.set(func() { r.password = password }) }

// ForgetNonce makes every nonce so far a stale one.
func (r *Registrar) ForgetNonce() { r.set(func() { r.nonce++ }) }

// Grant sets how long bindings live, and what else a 200 says.
func (r *Registrar) Grant(expires time.Duration, headers ...string) {
	r.set(func() { r.granted, r.headers = expires, headers })
}

// BindElsewhere has the account reached by other phones too: what a Contact says after ours.
func (r *Registrar) BindElsewhere(contacts string) { r.set(func() { r.others = contacts }) }

// SeeAt has every request come from an address, as behind a NAT.
func (r *Registrar) SeeAt(addr netip.AddrPort) { r.set(func() { r.seen = addr }) }

// Next answers the next requests with the replies, in order, whatever they bring.
func (r *Registrar) Next(replies ...Reply) {
	r.set(func() { r.replies = append(r.replies, replies...) })
}

// Silence stops or resumes all answers.
func (r *Registrar) Silence(silent bool) { r.set(func() { r.silent = silent }) }

// Deafen stops or resumes the answers to pings.
func (r *Registrar) Deafen(deaf bool) { r.set(func() { r.deaf = deaf }) }

// CutStreams ends every stream.
func (r *Registrar) CutStreams() {
	r.set(func() {
		for _, s := range r.streams {
			_ = s.Close()
		}
		r.streams = nil
	})
}

// Requests are all requests so far.
func (r *Registrar) Requests() []*Message {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]*Message(nil), r.requests...)
}

// Pings counts the keep-alives so far.
func (r *Registrar) Pings() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.pings
}

func (r *Registrar) set(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
}

func (r *Registrar) serve(conn net.PacketConn) {
	buf := make([]byte, 65535)
	for {
		n, from, err := conn.ReadFrom(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if strings.TrimSpace(string(buf[:n])) == "" {
			r.set(func() { r.pings++ })
			continue
		}
		m := &Message{Raw: string(buf[:n]), From: mustAddr(from.String()), At: time.Now()}
		if answer := r.answer(m); answer != "" {
			_, _ = conn.WriteTo([]byte(answer), from) // a network in memory takes all
		}
	}
}

// serveStream cuts a stream into requests without a body, and pings.
func (r *Registrar) serveStream(conn net.Conn) {
	var stream []byte
	buf := make([]byte, 4096)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			_ = conn.Close()
			return
		}
		stream = append(stream, buf[:n]...)
		for {
			head, rest, ok := bytes.Cut(stream, []byte("\r\n\r\n"))
			if !ok {
				break
			}
			stream = rest
			if answer := r.hear(string(head), mustAddr(conn.RemoteAddr().String())); answer != "" {
				_, _ = conn.Write([]byte(answer)) // a peer that is gone ends the reading
			}
		}
	}
}

// hear answers what came over a stream.
func (r *Registrar) hear(head string, from netip.AddrPort) string {
	if head != "" {
		return r.answer(&Message{Raw: head + "\r\n\r\n", From: from, At: time.Now()})
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pings++
	if r.deaf {
		return ""
	}
	return "\r\n"
}

func (r *Registrar) answer(req *Message) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests = append(r.requests, req)
	switch {
	case r.silent:
		return ""
	case len(r.replies) > 0:
		next := r.replies[0]
		r.replies = r.replies[1:]
		return r.text(req, next)
	case r.password != "" && !r.proved(req):
		stale := ""
		if req.Header("Authorization") != "" && !strings.Contains(req.Header("Authorization"), r.nonceNow()) {
			stale = ", stale=true"
		}
		return r.text(req, Reply{Status: 401, Reason: "Unauthorized", Headers: []string{
			`WWW-Authenticate: Digest realm="siptest", nonce="` + r.nonceNow() + `", qop="auth"` + stale,
		}})
	}
	return r.text(req, r.grant(req))
}

func (r *Registrar) grant(req *Message) Reply {
	ok := Reply{Status: 200, Reason: "OK", Headers: r.headers}
	contact := req.Header("Contact")
	if contact == "" { // a question for what is bound
		contact = r.bound
	} else if req.Header("Expires") != "0" {
		r.bound = contact
	}
	if req.Header("Expires") != "0" && contact != "" {
		ok.Contact = fmt.Sprintf("%s;expires=%d", contact, int(r.granted.Seconds()))
		if r.others != "" {
			ok.Contact += ", " + r.others
		}
	}
	return ok
}

func (r *Registrar) nonceNow() string { return fmt.Sprintf("nonce-%d", r.nonce) }

// proved tells whether the credentials of a request are right (RFC 7616 section 3.4.1).
func (r *Registrar) proved(req *Message) bool {
	p := map[string]string{}
	for _, part := range strings.Split(strings.TrimPrefix(req.Header("Authorization"), "Digest "), ", ") {
		name, value, _ := strings.Cut(part, "=")
		p[name] = strings.Trim(value, `"`)
	}
	h := func(parts ...string) string {
		sum := md5.Sum([]byte(strings.Join(parts, ":")))
		return hex.EncodeToString(sum[:])
	}
	want := h(h(p["username"], "siptest", r.password), r.nonceNow(), p["nc"], p["cnonce"], "auth", h(req.Method(), p["uri"]))
	return p["response"] == want
}

// text is a response; its Via says where the request came from (RFC 3581 section 4).
func (r *Registrar) text(req *Message, reply Reply) string {
	seen := req.From
	if r.seen.IsValid() {
		seen = r.seen
	}
	via := strings.Replace(req.Header("Via"), ";rport", fmt.Sprintf(";rport=%d;received=%s", seen.Port(), seen.Addr()), 1)
	fields := []string{
		"Via: " + via, "From: " + req.Header("From"), "To: " + req.Header("To") + ";tag=registrar",
		"Call-ID: " + req.Header("Call-ID"), "CSeq: " + req.Header("CSeq"),
	}
	if reply.Contact != "" {
		fields = append(fields, "Contact: "+reply.Contact)
	}
	return Text(fmt.Sprintf("SIP/2.0 %d %s", reply.Status, reply.Reason), append(fields, reply.Headers...), "")
}
