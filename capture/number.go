package capture

import (
	"crypto/sha256"
	"net/netip"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"sidetone/trace"
)

// tell makes the events of everything that was read.
func (t *tracker) tell(boot trace.Boot) *Result {
	var legs []*leg
	for _, c := range t.calls {
		if c.unordered {
			sort.SliceStable(c.messages, func(i, j int) bool { return c.messages[i].at.Before(c.messages[j].at) })
		}
		h := newHosts(c)
		if c.replaces != "" {
			t.replaced(c)
		}
		if path := c.path(h); path != nil {
			legs = append(legs, &leg{call: c, hosts: h, path: path})
		}
	}
	sort.SliceStable(legs, func(i, j int) bool { return legs[i].messages[0].at.Before(legs[j].messages[0].at) })
	join(legs)
	n := numberer{tracker: t, boot: boot, devices: map[netip.AddrPort]*device{}, hosts: map[netip.Addr]int{}}
	n.registered()
	var calls [][]told
	for _, l := range legs {
		if l.taken {
			continue
		}
		var views []told
		for _, e := range t.ends(l) {
			views = append(views, n.call(e))
		}
		for next := l; next != nil; next = next.next {
			next.messages = nil // they have been told
		}
		if views != nil {
			calls = append(calls, views)
		}
	}
	return n.result(calls)
}

// told is the view of one end of a call. Its events have no seq yet, and are at events[from:to] of its device.
type told struct {
	_        [0]func() // not to be compared, so no code is made for it
	device   *device
	name     string
	from, to int
}

// device is a host that something is told of.
type device struct {
	host   netip.AddrPort
	events []trace.Event
	names  map[string]bool // of the parties there
}

type numberer struct {
	*tracker
	boot    trace.Boot
	devices map[netip.AddrPort]*device
	hosts   map[netip.Addr]int // how many devices have the address
	ids     int
}

func (n *numberer) device(host netip.AddrPort) *device {
	d := n.devices[host]
	if d == nil {
		d = &device{host: host, names: map[string]bool{}}
		n.devices[host] = d
		n.hosts[host.Addr()]++
	}
	return d
}

// call tells one end of a call.
func (n *numberer) call(e end) told {
	d := n.device(e.host)
	t := newTeller(n.tracker, e)
	t.callID = n.id(e.call.messages[0].at, e.call.id)
	t.run()
	v := told{device: d, name: t.localName(), from: len(d.events)}
	d.names[v.name] = true
	for i := range t.events {
		t.events[i].Boot, t.events[i].N = n.boot, i+1
	}
	d.events = append(d.events, t.events...)
	v.to = len(d.events)
	return v
}

// id makes the id of a call, the same one whenever the same content is read.
func (n *numberer) id(at time.Time, callID string) string {
	n.ids++
	sum := sha256.Sum256([]byte(n.boot.String() + strconv.Itoa(n.ids) + " " + callID))
	var id ulid.ULID
	_ = id.SetTime(uint64(at.UnixMilli())) // its year is one that fits
	_ = id.SetEntropy(sum[:10])
	return id.String()
}

// result numbers the events of each device in the order of their times, so that no number is missing and each call keeps its order.
func (n *numberer) result(calls [][]told) *Result {
	r := &Result{Boot: n.boot, Left: n.left.list()}
	names := map[*device]string{}
	for _, d := range n.devices {
		names[d] = n.name(d)
		order := make([]int, len(d.events))
		for i := range order {
			order[i] = i
		}
		sort.SliceStable(order, func(i, j int) bool { return d.events[order[i]].Mono < d.events[order[j]].Mono })
		out := Device{ID: names[d], Events: make([]trace.Event, 0, len(order))}
		for seq, i := range order {
			d.events[i].Seq = uint64(seq + 1)
			out.Events = append(out.Events, d.events[i])
		}
		if len(d.names) == 1 {
			for name := range d.names {
				out.Name = name
			}
		}
		r.Devices = append(r.Devices, out)
	}
	sort.SliceStable(r.Devices, func(i, j int) bool { return r.Devices[i].ID < r.Devices[j].ID })
	for _, views := range calls {
		var c Call
		for _, v := range views {
			c.Views = append(c.Views, trace.View{Device: names[v.device], Name: v.name, Events: v.device.events[v.from:v.to:v.to]})
		}
		r.Calls = append(r.Calls, c)
	}
	return r
}

// maxDeviceID is what a topic takes.
const maxDeviceID = 64

// name makes the id of a device: its address, with the port where others have the same address.
func (n *numberer) name(d *device) string {
	address := d.host.Addr().String()
	if n.hosts[d.host.Addr()] > 1 && d.host.Port() > 0 {
		address += "-" + strconv.Itoa(int(d.host.Port()))
	}
	address = strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r == '-' {
			return r
		}
		return '-'
	}, strings.ToLower(address))
	name := "import-" + address
	if given := n.options.Device; given != "" {
		if name = given; len(n.devices) > 1 {
			name = given[:min(len(given), maxDeviceID-1-len(address))] + "-" + address
		}
	}
	return name
}
