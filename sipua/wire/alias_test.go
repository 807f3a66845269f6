package wire

import (
	"net/netip"
	"testing"
	"testing/synctest"

	"sidetone/internal/siptest"
)

// RFC 5923 8.2, 9: a request goes back over the connection that its target has opened, asked to be reused, and shown a
// certificate of the domain on.
func TestRequestsGoBackOverAConnectionThatItsPeerWantsReused(t *testing.T) {
	const own, other = "phone.example.com", "other.example.com"
	tests := map[string]struct {
		params string // of the Via that the phone sends
		shows  bool   // a certificate
		domain string // that the request of the PBX is for
		reused bool
	}{
		"asked for, with a certificate":       {";alias", true, own, true},
		"not asked for":                       {"", true, own, false},
		"without a certificate":               {";alias", false, own, false},
		"for a domain of another certificate": {";alias", true, other, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n, ca := siptest.NewNetwork(1), siptest.NewAuthority(t.TempDir())
				pbx, phone := &log{}, &log{}
				server, stopServer := securely(t, n, "10.0.0.1", pbx, issue(ca, "pbx", forNames("pbx.example.com")))
				shown := issue(ca, "phone", forNames(own))
				if !tt.shows {
					shown = Security{CAFile: ca.File}
				}
				client, stopClient := securely(t, n, "10.0.0.2", phone, shown)
				o := toPBX("1")
				o.Raw = []byte(with("Call-ID: 1", "Via: SIP/2.0/TLS phone.example.com:5061;branch=z9hG4bK1"+tt.params))
				send(t, client, o)
				send(t, server, Outbound{
					Flow: Flow{Transport: TLS, Remote: netip.MustParseAddrPort("10.0.0.2:5061"), Host: tt.domain},
					Raw:  []byte(id("2")),
				})
				if reused := phone.callIDs() == "2" && phone.inbound[0].Flow.Local == pbx.inbound[0].Flow.Remote; reused != tt.reused {
					t.Errorf("delivered %q on %+v, the connection of the phone is %s", phone.callIDs(), phone.inbound, pbx.inbound[0].Flow.Remote)
				}
				stopClient()
				stopServer()
			})
		})
	}
}

func TestConnectionThatIsGoneIsNotReused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, ca := siptest.NewNetwork(1), siptest.NewAuthority(t.TempDir())
		pbx, first, second := &log{}, &log{}, &log{}
		server, stopServer := securely(t, n, "10.0.0.1", pbx, issue(ca, "pbx", forNames("pbx.example.com")))
		shown := issue(ca, "phone", forNames("phone.example.com"))
		client, stopFirst := securely(t, n, "10.0.0.2", first, shown)
		o := toPBX("1")
		o.Raw = []byte(with("Call-ID: 1", "Via: SIP/2.0/TLS 10.0.0.2:5061;branch=z9hG4bK1;alias"))
		send(t, client, o)
		stopFirst()
		synctest.Wait() // the server has seen the end of it
		_, stopSecond := securely(t, n, "10.0.0.2", second, shown)
		send(t, server, Outbound{
			Flow: Flow{Transport: TLS, Remote: netip.MustParseAddrPort("10.0.0.2:5061"), Host: "phone.example.com"}, Raw: []byte(id("2")),
		})
		if got := second.callIDs(); got != "2" {
			t.Errorf("delivered %q, failed %v", got, pbx.failed)
		}
		stopSecond()
		stopServer()
	})
}
