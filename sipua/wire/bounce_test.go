package wire

import (
	"net/netip"
	"strings"
	"testing"
)

func request(to netip.AddrPort, callID string, token any) Outbound {
	via := "Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK" + callID
	return Outbound{Flow: Flow{Transport: UDP, Remote: to}, Raw: []byte(with(via, "Call-ID: "+callID)), Token: token}
}

func TestOnlyABounceThatQuotesTheBranchCounts(t *testing.T) {
	to := netip.MustParseAddrPort("192.0.2.1:5060")
	var sent sentRequests
	first, second := request(to, "1", 1), request(to, "2", 2)
	sent.add(first)
	sent.add(second)
	sent.add(Outbound{Flow: first.Flow, Raw: []byte("SIP/2.0 200 OK\r\nVia: x\r\n"), Token: 3})
	tests := []struct {
		name  string
		to    netip.AddrPort
		quote string
		want  any
	}{
		{"too short", to, string(second.Raw[:40]), nil},
		{"made up", to, strings.Replace(string(second.Raw), "z9hG4bK2", "z9hG4bK7", 1), nil},
		{"of another peer", netip.MustParseAddrPort("192.0.2.2:5060"), string(second.Raw), nil},
		{"response", to, "SIP/2.0 200 OK\r\nVia: x\r\n", nil},
		{"part of it", to, string(second.Raw[:200]), 2},
		{"the same again", to, string(second.Raw[:200]), nil},
		{"all of it", to, string(first.Raw), 1},
	}
	for _, tt := range tests {
		if o, ok := sent.take(bounce{to: tt.to, quote: []byte(tt.quote)}); o.Token != tt.want || ok != (tt.want != nil) {
			t.Errorf("%s: took %v", tt.name, o.Token)
		}
	}
}

func TestSocketRemembersTheLastRequestsOnly(t *testing.T) {
	to := netip.MustParseAddrPort("192.0.2.1:5060")
	var sent sentRequests
	old := request(to, "old", "old")
	sent.add(old)
	for range remembered {
		sent.add(request(to, "new", "new"))
	}
	if _, ok := sent.take(bounce{to: to, quote: old.Raw}); ok {
		t.Error("it remembers too much")
	}
}
