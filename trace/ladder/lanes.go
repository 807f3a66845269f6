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
	known := b.addresses()
	var left, middle, right []lane
	for v := range b.views {
		own := lane{view: v, Lane: Lane{Name: b.local(v).Name, Address: b.ownAddress(v), Device: b.views[v].Device}}
		if b.setting.Outgoing[v] {
			left = append(left, own)
		} else {
			right = append(right, own)
		}
		for _, address := range b.strangers(v, known) {
			middle = append(middle, lane{view: v, stranger: true, Lane: Lane{Name: b.remote(v).Name, Address: address}})
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

// lane is a lane in the making.
type lane struct {
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

func (b *builder) meet(view int, address string, place int) {
	if b.address[view] == nil {
		b.address[view] = map[string]int{}
	}
	b.address[view][address] = place
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

// strangers lists the addresses that a view talks to and that are no device of the call, in order of appearance.
func (b *builder) strangers(view int, known []map[string]int) []string {
	seen := map[string]bool{}
	var out []string
	for _, l := range b.all {
		m, ok := l.Event.Data.(trace.SIP)
		if !ok || l.View != view {
			continue
		}
		address := phrase.Clean(m.Remote)
		if _, device := known[view][address]; device || seen[address] || b.sameHost(m, address, out) {
			continue
		}
		seen[address] = true
		out = append(out, address)
	}
	return out
}

// sameHost tells of a stream connection from another port of a host that has a lane: the port is the connection's.
func (b *builder) sameHost(m trace.SIP, address string, lanes []string) bool {
	if m.Transport == "udp" {
		return false
	}
	for _, l := range lanes {
		if host(l) == host(address) {
			return true
		}
	}
	return false
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
	for known, place := range b.address[view] {
		if m.Transport != "udp" && host(known) == host(address) {
			return place
		}
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
