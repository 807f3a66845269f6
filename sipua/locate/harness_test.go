package locate

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/emiago/sipgo/sip"
	"github.com/miekg/dns"
)

// nameServers are name servers in memory. reply answers a query, nil is silence.
type nameServers struct {
	reply func(server, network string, query *dns.Msg) *dns.Msg

	mu    sync.Mutex
	asked []string // "udp 10.0.0.53:53 A example.com."
}

func (n *nameServers) dial(_ context.Context, network, address string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	go n.serve(theirs, network, address)
	return ours, nil
}

func (n *nameServers) serve(conn net.Conn, network, address string) {
	defer func() { _ = conn.Close() }()
	for {
		packed, err := receive(conn, network)
		query := &dns.Msg{}
		if err != nil || query.Unpack(packed) != nil {
			return
		}
		q := query.Question[0]
		n.mu.Lock()
		n.asked = append(n.asked, network+" "+address+" "+dns.TypeToString[q.Qtype]+" "+q.Name)
		n.mu.Unlock()
		res := n.reply(address, network, query)
		if res == nil {
			continue
		}
		packed, _ = res.Pack()
		if network == "tcp" {
			packed = append(binary.BigEndian.AppendUint16(nil, uint16(len(packed))), packed...)
		}
		if _, err := conn.Write(packed); err != nil {
			return
		}
	}
}

func receive(conn net.Conn, network string) ([]byte, error) {
	buf := make([]byte, 65535)
	if network != "tcp" {
		size, err := conn.Read(buf)
		return buf[:size], err
	}
	if _, err := io.ReadFull(conn, buf[:2]); err != nil {
		return nil, err
	}
	buf = buf[:binary.BigEndian.Uint16(buf)]
	_, err := io.ReadFull(conn, buf)
	return buf, err
}

func (n *nameServers) questions() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.asked)
}

// zone answers from records in the form of a zone file.
func zone(tb testing.TB, lines ...string) func(server, network string, query *dns.Msg) *dns.Msg {
	tb.Helper()
	var records []dns.RR
	for _, line := range lines {
		r, err := dns.NewRR(line)
		if err != nil {
			tb.Fatal(err)
		}
		records = append(records, r)
	}
	return func(_, _ string, query *dns.Msg) *dns.Msg { return lookIn(records, query) }
}

func lookIn(records []dns.RR, query *dns.Msg) *dns.Msg {
	res := &dns.Msg{}
	res.SetReply(query)
	name, exists := query.Question[0].Name, false
	for _, r := range records {
		h := r.Header()
		switch {
		case h.Rrtype == dns.TypeSOA:
			res.Ns = append(res.Ns, r)
		case !strings.EqualFold(h.Name, name):
			exists = exists || strings.HasSuffix(h.Name, "."+name)
		case h.Rrtype == query.Question[0].Qtype:
			exists = true
			res.Answer = append(res.Answer, r)
		case h.Rrtype == dns.TypeCNAME:
			exists = true
			res.Answer = append(res.Answer, r)
			if cname, ok := r.(*dns.CNAME); ok {
				name = cname.Target
			}
		default:
			exists = true
		}
	}
	if !exists {
		res.Rcode = dns.RcodeNameError
	}
	return res
}

func newTestClient(tb testing.TB, n *nameServers, servers ...string) *Client {
	tb.Helper()
	if len(servers) == 0 {
		servers = []string{"10.0.0.53"}
	}
	return NewClient(Options{Servers: servers, Folder: tb.TempDir(), Dial: n.dial})
}

func addrs(all ...string) []netip.Addr {
	var list []netip.Addr
	for _, a := range all {
		list = append(list, netip.MustParseAddr(a))
	}
	return list
}

func uri(tb testing.TB, text string) sip.Uri {
	tb.Helper()
	var u sip.Uri
	if err := sip.ParseUri(text, &u); err != nil {
		tb.Fatal(err)
	}
	return u
}
