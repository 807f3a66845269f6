package ladder

import (
	"strings"

	"sidetone/trace"
	"sidetone/trace/phrase"
	"sidetone/trace/story"
)

// layLanes finds the lanes: one for each device that told of the call, and one for each address that a device exchanged
// messages with and that is none of the other devices. Callers stand left of what they call.
func (b *builder) layLanes() {
	b.own = make([]int, len(b.views))
	b.address = make([]map[string]int, len(b.views))
	b.hosts = make([]map[string]int, len(b.views))
	known := b.addresses()
	var left, middle, right []lane
	for _, v := range b.inOrder() {
		own := lane{view: v, Lane: Lane{Name: b.local(v).Name, Address: b.ownAddress(v), Transport: b.transports(v), Device: b.views[v].Device}}
		var beyond []lane // whom a called device calls in turn
		strangers := b.strangers(v, known)
		for _, s := range strangers {
			l := lane{view: v, stranger: true, Lane: Lane{Name: b.nameOf(v, s, strangers), Address: s.address, Transport: s.transports}}
			if s.called && !b.setting.Outgoing[v] {
				beyond = append(beyond, l)
			} else {
				middle = append(middle, l)
			}
		}
		if b.setting.Outgoing[v] {
			left = append(left, own)
		} else {
			right = append(append(right, own), beyond...)
		}
	}
	for i := range middle {
		if len(left) > 0 && len(right) > 0 { // both ends are devices: what stands between them is a server
			middle[i].Name = b.lang.Say("ladder.server")
		}
	}
	if len(left) == 0 { // only the called device tells: the stranger is the caller
		left, middle = middle, nil
	}
	b.number(append(append(left, middle...), right...), known)
}

// inOrder lists the views by when they first saw the call, so that who passes it on stands before whom it is passed to.
func (b *builder) inOrder() []int {
	seen := make([]bool, len(b.views))
	var out []int
	for _, l := range b.all {
		if !seen[l.View] {
			seen[l.View] = true
			out = append(out, l.View)
		}
	}
	for v := range b.views {
		if !seen[v] {
			out = append(out, v)
		}
	}
	return out
}

// lane is a lane in the making.
type lane struct {
	_ [0]func() // not to be compared, so no code is made for it
	Lane
	view     int // whose device it is, or who exchanged messages with it
	stranger bool
}

// number gives the lanes their places; strangers of the same address are one lane.
func (b *builder) number(all []lane, known []map[string]int) {
	places := map[string]int{}
	for _, l := range all {
		if place, twice := places[l.Address]; l.stranger && twice {
			b.meet(l.view, l.Address, place)
			continue
		}
		if l.stranger && len(places) >= mostStrangers { // an import of anybody's capture may have any number of them
			place, twice := places[others]
			if !twice {
				place, l.Name = len(b.lanes), b.lang.Say("ladder.others")
				places[others] = place
				b.lanes = append(b.lanes, Lane{Name: l.Name, Address: others})
			}
			b.meet(l.view, l.Address, place)
			continue
		}
		if l.stranger {
			places[l.Address] = len(b.lanes)
			b.meet(l.view, l.Address, len(b.lanes))
		} else {
			b.own[l.view] = len(b.lanes)
		}
		b.lanes = append(b.lanes, l.Lane)
	}
	for v, addresses := range known {
		for address, other := range addresses {
			b.meet(v, address, b.own[other])
		}
	}
	if len(b.lanes) == 1 { // nothing ever left the device
		b.lanes = append(b.lanes, Lane{Name: b.remote(0).Name})
	}
}

// mostStrangers is how many addresses get a lane of their own; others stands for the rest.
const (
	mostStrangers = 16
	others        = "…"
)

func (b *builder) meet(view int, address string, place int) {
	if b.address[view] == nil {
		b.address[view] = map[string]int{}
	}
	b.address[view][address] = place
	if b.hosts[view] == nil {
		b.hosts[view] = map[string]int{}
	}
	if before, twice := b.hosts[view][host(address)]; !twice || place < before {
		b.hosts[view][host(address)] = place
	}
}

// addresses tells, for each view, which of the addresses it talks to are another view's device: messages that both have
// prove it, whatever an address translator wrote.
func (b *builder) addresses() []map[string]int {
	known := make([]map[string]int, len(b.views))
	for v := range known {
		known[v] = map[string]int{}
	}
	for _, l := range b.all {
		m, ok := l.Event.Data.(trace.SIP)
		if ok && l.Pair >= 0 {
			known[l.View][phrase.Clean(m.Remote)] = b.all[l.Pair].View
		}
	}
	return known
}

// stranger is an address that a view talks to and that is no device of the call.
type stranger struct {
	address, transports string
	called              bool   // the device began a dialog with it
	late                bool   // it came up only when there was a dialog: its Contact, not the server in between (RFC 3261 section 12.1.2)
	number              string // whom the device called there, as far as the message was captured
}

// strangers lists them in order of appearance.
func (b *builder) strangers(view int, known []map[string]int) []*stranger {
	seen, hosts := map[string]*stranger{}, map[string]*stranger{}
	var out []*stranger
	for _, l := range b.all {
		m, ok := l.Event.Data.(trace.SIP)
		if !ok || l.View != view {
			continue
		}
		address := phrase.Clean(m.Remote)
		if _, device := known[view][address]; device {
			continue
		}
		s := seen[address]
		if s == nil && m.Transport != "udp" {
			s = hosts[host(address)] // a stream connection from another port: the port is the connection's
		}
		if s == nil {
			s = &stranger{address: address, late: len(out) > 0 && m.IsRequest() && m.InDialog()}
			seen[address], hosts[host(address)] = s, s
			out = append(out, s)
		}
		s.transports = withTransport(s.transports, m.Transport)
		if l.Event.Kind == trace.SIPSent && m.Method == "INVITE" && m.IsRequest() && !m.InDialog() && !s.called {
			s.called, s.number = true, phrase.User(requestURI(m.Raw))
		}
	}
	for _, s := range out {
		if s.transports == "UDP" { // goes without saying
			s.transports = ""
		}
	}
	return out
}

// nameOf is what a stranger is called: the other party, or the server before it, or whom the device called there.
func (b *builder) nameOf(view int, s *stranger, all []*stranger) string {
	if !b.setting.Outgoing[view] && s.called {
		if s.number != "" {
			return s.number
		}
		return s.address
	}
	if first := all[0]; s != first && s.called && s.number != "" && s.number != first.number {
		return s.number
	}
	for _, other := range all {
		if other.late && !s.late {
			return b.lang.Say("ladder.server")
		}
	}
	return b.remote(view).Name
}

func withTransport(list, transport string) string {
	name := transportName(transport)
	if name == "" || strings.Contains(list, name) {
		return list
	}
	if list == "" {
		return name
	}
	return list + ", " + name
}

// transports are those of a view's own messages, "" for UDP alone.
func (b *builder) transports(view int) string {
	list := ""
	for _, l := range b.all {
		if m, ok := l.Event.Data.(trace.SIP); ok && l.View == view {
			list = withTransport(list, m.Transport)
		}
	}
	return pick(list == "UDP", "", list)
}

func host(address string) string {
	if i := strings.LastIndexByte(address, ':'); i >= 0 {
		return address[:i]
	}
	return address
}

func (b *builder) ownAddress(view int) string {
	for _, l := range b.all {
		if m, ok := l.Event.Data.(trace.SIP); ok && l.View == view && m.Local != "" {
			return phrase.Clean(m.Local)
		}
	}
	return ""
}

// laneOf is the lane of an address that a view talks to.
func (b *builder) laneOf(view int, m trace.SIP) int {
	address := phrase.Clean(m.Remote)
	if place, ok := b.address[view][address]; ok {
		return place
	}
	if place, ok := b.hosts[view][host(address)]; ok && m.Transport != "udp" {
		return place
	}
	return b.opposite(view)
}

// opposite is the lane of whoever is at the other end of a view, as far as a drawing can tell.
func (b *builder) opposite(view int) int {
	if b.setting.Outgoing[view] {
		return len(b.lanes) - 1
	}
	return 0
}

func (b *builder) local(view int) story.Person {
	if b.setting.Outgoing[view] {
		return b.setting.Caller
	}
	return b.setting.Callee
}

func (b *builder) remote(view int) story.Person {
	if b.setting.Outgoing[view] {
		return b.setting.Callee
	}
	return b.setting.Caller
}
