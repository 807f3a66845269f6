package capture

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"sidetone/sipua/wire"
	"sidetone/trace"
)

// registration is one message of an attempt to register (RFC 3261 section 10), as far as it is told.
type registration struct {
	_        [0]func() // not to be compared, so no code is made for it
	at       time.Time
	src, dst netip.AddrPort
	callID   string
	aor      string
	server   string
	status   int // 0 for the request
	reason   string
	expires  time.Duration
	known    bool // expires was given
}

// register notes a REGISTER or its response, on the hop of the phone itself.
func (t *tracker) register(m *overheard, o wire.Overheard, id string) {
	if m.vias != 1 || m.Status > 0 && m.Status < 200 {
		return
	}
	if len(t.registrations) >= t.limits.Lines {
		t.left[leftLines]++
		return
	}
	r := registration{at: m.at, src: m.src, dst: m.dst, callID: id, server: field(m.target), status: m.Status, reason: m.Reason}
	if to := o.To(); to != nil {
		r.aor = field(to.Address.Addr())
	}
	values := []string{}
	for _, h := range o.GetHeaders("Contact") {
		_, params, _ := strings.Cut(h.Value(), ">")
		for p := range strings.SplitSeq(params, ";") {
			if name, v, _ := strings.Cut(p, "="); strings.EqualFold(strings.TrimSpace(name), "expires") {
				values = append(values, v)
			}
		}
	}
	for _, h := range o.GetHeaders("Expires") {
		values = append(values, h.Value())
	}
	for _, v := range values {
		if n, err := strconv.ParseUint(strings.TrimSpace(v), 10, 32); err == nil {
			r.expires, r.known = time.Duration(n)*time.Second, true
			break
		}
	}
	t.registrations = append(t.registrations, r)
}

// line is how an attempt to register stands.
type line struct {
	_          [0]func() // not to be compared, so no code is made for it
	number     int
	device     *device
	server     string
	pending    bool
	remove     bool
	challenged *registration
}

// registered tells the registrations. An attempt is told when it begins and when it has its outcome; a challenge is none, unless
// nothing follows.
func (n *numberer) registered() {
	lines := map[string]*line{}
	order := []*line{}
	numbers := map[*device]int{}
	aors := map[*line]string{}
	for i := range n.registrations {
		r := &n.registrations[i]
		client := r.src
		if r.status > 0 {
			client = r.dst
		}
		host := netip.AddrPortFrom(client.Addr(), 0)
		if r.src.Addr() == r.dst.Addr() {
			host = client
		}
		key := host.String() + " " + r.aor
		l := lines[key]
		if l == nil {
			if r.status > 0 {
				continue
			}
			d := n.device(host)
			numbers[d]++
			l = &line{number: numbers[d], device: d}
			lines[key], aors[l] = l, r.aor
			order = append(order, l)
		}
		switch {
		case r.status == 0:
			l.challenged = nil
			l.remove, l.server = r.known && r.expires == 0, r.server
			if !l.pending {
				l.pending = true
				n.line(l, r, trace.LineRegistering)
			}
		case !l.pending:
		case r.status == 401 || r.status == 407:
			l.challenged = r
		case r.status >= 300:
			n.line(l, r, trace.LineFailed)
		case l.remove:
			n.line(l, r, trace.LineUnregistered)
		default:
			n.line(l, r, trace.LineRegistered)
		}
	}
	for _, l := range order {
		if l.challenged != nil && n.end.Sub(l.challenged.at) >= timeout {
			n.line(l, l.challenged, trace.LineFailed)
		}
	}
}

// line writes an event of a registration, which belongs to no call.
func (n *numberer) line(l *line, r *registration, kind trace.Kind) {
	d := trace.Line{Line: l.number, AOR: r.aor, Registrar: l.server, Status: r.status, Reason: r.reason}
	if kind == trace.LineRegistered {
		d.ExpiresUS = trace.MicrosOf(r.expires)
	}
	if kind != trace.LineRegistering {
		l.pending, l.challenged = false, nil
	}
	l.device.events = append(l.device.events, trace.Event{
		Boot: n.boot, At: r.at, Mono: r.at.Sub(n.begin), Clock: trace.ClockSynced, Kind: kind, Data: d,
	})
}
