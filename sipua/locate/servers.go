package locate

import (
	"bufio"
	"io"
	"net"
	"net/netip"
	"strings"
)

const maxServers = 3 // as resolv.conf(5) has it

// readServers reads the name servers of resolv.conf(5). Nothing else of it is used: a SIP domain is a full name, so there
// is nothing to search.
func readServers(r io.Reader) []string {
	var servers []string
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if words := strings.Fields(lines.Text()); len(words) > 1 && words[0] == "nameserver" {
			servers = append(servers, words[1])
		}
	}
	return withPorts(servers)
}

// withPorts gives each server the port 53 where it has none, and leaves out what is no address.
func withPorts(servers []string) []string {
	var all []string
	for _, s := range servers {
		if full, ok := ServerAddress(s); ok && len(all) < maxServers {
			all = append(all, full)
		}
	}
	return all
}

// ServerAddress reads the address of a name server, with or without a port, and tells whether it is one.
func ServerAddress(s string) (string, bool) {
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return net.JoinHostPort(a.String(), "53"), true
	}
	a, err := netip.ParseAddrPort(s)
	return a.String(), err == nil && a.Port() != 0
}
