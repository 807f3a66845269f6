package locate

import (
	"bufio"
	"io"
	"net/netip"
	"strings"
)

// hosts are the names of the hosts file.
type hosts map[string][]netip.Addr

// readHosts reads a hosts(5) file. What makes no sense is left out.
func readHosts(r io.Reader) hosts {
	all := hosts{}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line, _, _ := strings.Cut(lines.Text(), "#")
		words := strings.Fields(line)
		if len(words) < 2 {
			continue
		}
		addr, err := netip.ParseAddr(words[0])
		if err != nil {
			continue
		}
		for _, name := range words[1:] {
			if name = plain(name); name != "" && !strings.HasSuffix(name, ".") {
				all[name] = append(all[name], addr.Unmap())
			}
		}
	}
	return all
}

// find finds a name. localhost is known without a file (RFC 6761 section 6.3).
func (h hosts) find(name string) ([]netip.Addr, bool) {
	name = plain(name)
	if addrs, ok := h[name]; ok {
		return addrs, true
	}
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}, true
	}
	return nil, false
}

func plain(name string) string { return strings.TrimSuffix(strings.ToLower(name), ".") }
