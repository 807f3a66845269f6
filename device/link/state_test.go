package link

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOnlyNewsIsTold(t *testing.T) {
	ipv4, ipv6 := netip.MustParsePrefix("192.0.2.7/24"), netip.MustParsePrefix("2001:db8::7/64")
	eth := func(up bool) message { return message{link: true, index: 2, name: "eth0", up: up} }
	s := newState()
	for _, step := range []struct {
		what string
		in   message
		want Change
	}{
		{"a link comes up", eth(true), Change{Links: []Link{{"eth0", true}}}},
		{"the kernel repeats itself", eth(true), Change{}},
		{"an address comes", message{index: 2, address: ipv4}, Change{Addresses: true}},
		{"and is renewed", message{index: 2, address: ipv4}, Change{}},
		{"another one", message{index: 2, address: ipv6}, Change{Addresses: true}},
		{"one of this link only", message{index: 2, address: netip.MustParsePrefix("fe80::1/64")}, Change{}},
		{"one goes", message{index: 2, address: ipv4, gone: true}, Change{Addresses: true}},
		{"one that nobody knew goes", message{index: 3, address: ipv4, gone: true}, Change{}},
		{"the cable is pulled", eth(false), Change{Links: []Link{{"eth0", false}}}},
		{"a link is made and is down", message{link: true, index: 4, name: "wlan0"}, Change{}},
		{"the loopback comes up", message{link: true, index: 1, name: "lo", up: true}, Change{}},
		{"the cable is plugged in", eth(true), Change{Links: []Link{{"eth0", true}}}},
		{"the interface is taken out", message{link: true, index: 2, gone: true}, Change{Links: []Link{{"eth0", false}}}},
	} {
		var got Change
		s.take(step.in, &got)
		if diff := cmp.Diff(step.want, got); diff != "" {
			t.Errorf("%s: %s", step.what, diff)
		}
	}
}
