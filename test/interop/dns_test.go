//go:build interop

package interop

import (
	"fmt"
	"net"
	"net/url"
	"strings"
	"testing"

	"github.com/miekg/dns"

	"sidetone/test/fleet"
)

// startNameServer starts a name server that knows these records, in the form of a zone file, and returns its address.
func startNameServer(t *testing.T, records ...string) string {
	t.Helper()
	var zone []dns.RR
	for _, text := range records {
		record, err := dns.NewRR(text)
		if err != nil {
			t.Fatal(err)
		}
		zone = append(zone, record)
	}
	socket, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &dns.Server{PacketConn: socket, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, query *dns.Msg) {
		reply := (&dns.Msg{}).SetReply(query)
		for _, record := range zone {
			q := query.Question[0]
			if h := record.Header(); h.Rrtype == q.Qtype && strings.EqualFold(h.Name, q.Name) {
				reply.Answer = append(reply.Answer, record)
			}
		}
		_ = w.WriteMsg(reply)
	})}
	ended := make(chan struct{})
	go func() {
		_ = server.ActivateAndServe() // until its socket is closed
		close(ended)
	}()
	t.Cleanup(func() {
		_ = socket.Close()
		<-ended
	})
	return socket.LocalAddr().String()
}

// firstServerIsDead gives the phone a name server that knows two SIP servers of the domain: nobody is at the first one, and
// peer is the second one (RFC 3263 section 4.3).
func firstServerIsDead(t *testing.T, c fleet.Config, peer string) {
	t.Helper()
	uri, err := url.Parse(strings.Replace(peer, "sip:", "sip://", 1))
	if err != nil {
		t.Fatal(err)
	}
	srv := fmt.Sprintf("_sip._udp.%s. 60 IN SRV %%d 0 %s %%s.%s.", domain, uri.Port(), domain)
	c.Set("sip.dns", []string{startNameServer(t, fmt.Sprintf(srv, 1, "dead"), fmt.Sprintf(srv, 2, "alive"),
		"dead."+domain+". 60 IN A 127.0.0.2", "alive."+domain+". 60 IN A 127.0.0.1")})
}
