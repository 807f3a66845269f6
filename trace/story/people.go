package story

import (
	"strings"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// findParties names both parties as people know them: display name, else account or device name, else number. A name
// that both share is told apart by the number, or by their part in the call.
func (r *record) findParties() {
	for v, view := range r.views {
		r.outgoing[v] = directionOf(view) != trace.In
	}
	caller, callee := r.collect()
	r.caller, r.callee = caller.person(r.lang.Say("name.caller")), callee.person(r.lang.Say("name.callee"))
	if strings.EqualFold(r.caller.Name, r.callee.Name) {
		r.tellApart()
	}
	r.findSeats(callee.number)
}

// findSeats names who is at a called device that is not the callee's: a call that is sent on comes to somebody else, though its
// messages still name whom it was for.
func (r *record) findSeats(callee string) {
	r.seats = map[string]Person{}
	for v, view := range r.views {
		i := initiatedOf(view)
		number := phrase.User(i.Account)
		if r.outgoing[v] || number == "" || number == callee {
			continue
		}
		n := names{display: []string{accountName(i.Account), view.Name}, number: number, device: view.Device}
		r.seats[number] = n.person("")
	}
}

func (r *record) tellApart() {
	if r.caller.Number != r.callee.Number {
		r.caller.Name, r.callee.Name = qualified(r.caller), qualified(r.callee)
	}
	if strings.EqualFold(r.caller.Name, r.callee.Name) {
		r.caller.Name = r.lang.Say("name.as.caller", phrase.With("name", r.caller.Name))
		r.callee.Name = r.lang.Say("name.as.callee", phrase.With("name", r.callee.Name))
	}
}

func qualified(p Person) string {
	if p.Number == "" {
		return p.Name
	}
	return p.Name + " (" + p.Number + ")"
}

// names are what a party might be called, best first.
type names struct {
	display []string // display names, account names, names of devices
	number  string
	device  string
}

func (n names) person(unknown string) Person {
	p := Person{Number: n.number, Device: n.device}
	for _, name := range append(n.display, n.number, n.device, unknown) {
		if name = phrase.Clean(name); name != "" {
			p.Name = name
			break
		}
	}
	if p.Number == p.Name {
		p.Number = ""
	}
	return p
}

// collect takes what every view knows of both parties. A device knows its own user better than the other end does, but
// a display name in the message goes before what a device is called.
func (r *record) collect() (caller, callee names) {
	for v, view := range r.views {
		i := initiatedOf(view)
		addParty(&caller, i.From)
		addParty(&callee, i.To)
		if r.outgoing[v] {
			caller.device = first(caller.device, view.Device)
		} else {
			callee.device = first(callee.device, view.Device)
		}
	}
	for v, view := range r.views {
		own := &callee
		if r.outgoing[v] {
			own = &caller
		}
		own.display = append(own.display, accountName(initiatedOf(view).Account), view.Name)
		if own.number == "" {
			own.number = phrase.User(initiatedOf(view).Account)
		}
	}
	for _, l := range r.all {
		if l.Event.Kind == trace.FlowForward { // from here on it is somebody else
			break
		}
		if who := whoOf(l.Event); who != "" && who != callee.number && r.outgoing[l.View] && !isAddress(who) {
			callee.display = append(callee.display, who)
			break
		}
	}
	return caller, callee
}

func addParty(n *names, p trace.Party) {
	if p.Name != "" {
		n.display = append(n.display, p.Name)
	}
	n.number = first(n.number, phrase.User(p.URI))
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// accountName is an account's name, "" when it is known by its address only.
func accountName(account string) string {
	if strings.ContainsAny(account, "@:") {
		return ""
	}
	return account
}

// isAddress tells a host or an address from a name.
func isAddress(s string) bool {
	return strings.Trim(s, "0123456789.:[]abcdefABCDEF") == "" && strings.ContainsAny(s, ".:")
}

// whoOf is who rang or answered, as the other side named itself.
func whoOf(e trace.Event) string {
	switch d := e.Data.(type) {
	case trace.Alerting:
		return d.Who
	case trace.Answered:
		return d.Who
	default:
		return ""
	}
}

func initiatedOf(v trace.View) trace.Initiated {
	for _, e := range v.Events {
		if d, ok := e.Data.(trace.Initiated); ok {
			return d
		}
	}
	return trace.Initiated{}
}

// directionOf is the direction of a view's call. Without call.initiated the first INVITE tells.
func directionOf(v trace.View) trace.Direction {
	if d := initiatedOf(v).Direction; d != "" {
		return d
	}
	for _, e := range v.Events {
		if m, ok := e.Data.(trace.SIP); ok && m.Method == "INVITE" && !m.InDialog() {
			if (e.Kind == trace.SIPReceived) == m.IsRequest() {
				return trace.In
			}
			return trace.Out
		}
	}
	return trace.Out
}
