package story

import (
	"time"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// ruleLinkFlapped finds network links that went down during the call, or in the minute before it. Whether the call went over
// that link the events do not say.
var ruleLinkFlapped = rule{code: "link-flapped", severity: Warning, find: func(r *record) []found {
	var out []found
	for _, o := range r.outages() {
		begin, down := r.startOf(o.view), r.at(o.downs[0])
		from, to := "ago", begin-down
		variant := ".many"
		switch {
		case len(o.downs) > 1:
		case down >= begin && o.up < 0:
			variant = ".open"
		case down >= begin:
			variant = ".during"
		case o.up < 0 || r.at(o.up) > begin:
			variant = ".across"
		default:
			variant = ".before"
		}
		if down >= begin {
			from, to = "after", down-begin
		}
		out = append(out, found{
			variant: variant, evidence: r.refs(append(o.downs, o.ups...)...),
			args: args(r.who(r.local(o.view)), phrase.With("interface", phrase.Clean(o.name)), phrase.Count("n", len(o.downs)),
				r.took(from, max(to, time.Microsecond)), r.took("down", max(o.down, time.Microsecond))),
		})
	}
	return out
}}

// outage is what a link went through: its downs and, for as far as they are known, the ups after them.
type outage struct {
	view       int
	name       string
	downs, ups []int
	up         int           // after the last down, -1 for none
	down       time.Duration // in all, as far as known
}

// outages lists the links that went down before the call was over, in the order in which they first did.
func (r *record) outages() []*outage {
	type key struct {
		view int
		name string
	}
	links := map[key]*outage{}
	var out []*outage
	for i, l := range r.all {
		d, ok := l.Event.Data.(trace.Link)
		if !ok || r.at(i) > r.endAt() {
			continue
		}
		o := links[key{l.View, d.Interface}]
		switch {
		case !d.Up && o == nil:
			o = &outage{view: l.View, name: d.Interface, downs: []int{i}, up: -1}
			links[key{l.View, d.Interface}] = o
			out = append(out, o)
		case o == nil: // it came up, and nothing tells when it had gone down
		case !d.Up && o.up >= 0:
			o.downs, o.up = append(o.downs, i), -1
		case d.Up && o.up < 0:
			o.up, o.ups = i, append(o.ups, i)
			o.down += r.at(i) - r.at(o.downs[len(o.downs)-1])
		}
	}
	return out
}
