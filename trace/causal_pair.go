package trace

import (
	"slices"
	"time"
)

// wireKey is what a message has in common at its sender and its receiver (RFC 3261 section 17.1.3). The tag of the
// answering side tells the responses of a fork apart.
type wireKey struct {
	branch, method, toTag string
	cseq                  uint32
	status                int
}

func keyOf(m SIP) wireKey {
	k := wireKey{branch: m.Branch, method: m.Method, cseq: m.CSeq, status: m.Status}
	if !m.IsRequest() {
		k.toTag = m.ToTag
	}
	return k
}

// pairUp finds for each message the event of its other end, or -1. Of a message that was sent several times, the nth to
// arrive is paired with the nth to be sent: it cannot have arrived earlier, whichever copy it was. pairByTime knows better
// once the clocks are compared.
func pairUp(nodes []Located) []int {
	pairs := make([]int, len(nodes))
	sent := make(map[wireKey][]int)
	for i, n := range nodes {
		pairs[i] = -1
		if m, ok := n.Event.Data.(SIP); ok && n.Event.Kind == SIPSent && m.Branch != "" {
			sent[keyOf(m)] = append(sent[keyOf(m)], i)
		}
	}
	for i, n := range nodes {
		m, ok := n.Event.Data.(SIP)
		if !ok || n.Event.Kind != SIPReceived || m.Branch == "" {
			continue
		}
		for _, s := range sent[keyOf(m)] {
			if pairs[s] < 0 && nodes[s].View != n.View {
				pairs[s], pairs[i] = i, s
				break
			}
		}
	}
	return pairs
}

// copySlack is how far an estimated time may be off when copies of a message are told apart: much less than the least time
// between two of them, T1 (RFC 3261 section 17.1.1.1).
const copySlack = 100 * time.Millisecond

// pairByTime corrects the pairs of messages of which copies were lost, now that times can be compared: what arrived is the
// last copy that had been sent by then. It reports whether anything changed.
func pairByTime(nodes []Located, pairs []int) (changed bool) {
	sent, received := map[wireKey][]int{}, map[wireKey][]int{}
	for i, n := range nodes {
		m, ok := n.Event.Data.(SIP)
		switch {
		case !ok || m.Branch == "":
		case n.Event.Kind == SIPSent:
			sent[keyOf(m)] = append(sent[keyOf(m)], i)
		case pairs[i] >= 0:
			received[keyOf(m)] = append(received[keyOf(m)], i)
		}
	}
	for key, heard := range received {
		if copies := sent[key]; len(copies) > len(heard) && betweenTwo(nodes, copies, heard) {
			pairCopies(nodes, pairs, copies, heard)
			changed = true
		}
	}
	return changed
}

// betweenTwo tells whether all copies left one device and arrived at one other.
func betweenTwo(nodes []Located, copies, heard []int) bool {
	from, to := nodes[copies[0]].View, nodes[heard[0]].View
	elsewhere := func(view int) func(int) bool { return func(i int) bool { return nodes[i].View != view } }
	return from != to && !slices.ContainsFunc(copies, elsewhere(from)) && !slices.ContainsFunc(heard, elsewhere(to))
}

// pairCopies pairs from the last to the first, so that each that arrived still finds a copy.
func pairCopies(nodes []Located, pairs, copies, heard []int) {
	for _, s := range copies {
		pairs[s] = -1
	}
	last := len(copies) - 1
	for r := len(heard) - 1; r >= 0; r-- {
		for last > r && nodes[copies[last]].At.After(nodes[heard[r]].At.Add(copySlack)) {
			last--
		}
		pairs[copies[last]], pairs[heard[r]] = heard[r], copies[last]
		last--
	}
}

// milestone is a message that crosses a proxy or a back-to-back user agent with another branch, and that only the other
// end can have caused: what each end has of it first happened in a known order.
type milestone struct {
	view   int
	sent   bool
	method string
	status int
}

func milestoneOf(n Located) (milestone, bool) {
	m, ok := n.Event.Data.(SIP)
	opening := m.Method == "INVITE" && m.IsRequest() && !m.InDialog()
	answer := m.Method == "INVITE" && m.Status == 200
	ending := m.Method == "BYE" && m.IsRequest()
	return milestone{n.View, n.Event.Kind == SIPSent, m.Method, m.Status}, ok && (opening || answer || ending)
}

// follow tells, for each received message, which event of another view it cannot have come before: where it was sent, or
// the same milestone behind a server that gave it another branch. -1 is none.
func follow(nodes []Located, pairs []int, views int) []int {
	after := make([]int, len(nodes))
	tied := map[[2]int]bool{}
	first := map[milestone]int{}
	for i, n := range nodes {
		after[i] = -1
		if p := pairs[i]; p >= 0 {
			tied[[2]int{n.View, nodes[p].View}] = true
			if n.Event.Kind == SIPReceived {
				after[i] = p
			}
		}
		if m, ok := milestoneOf(n); ok {
			if _, twice := first[m]; !twice {
				first[m] = i
			}
		}
	}
	for received, i := range first {
		if received.sent {
			continue
		}
		for view := range views {
			sent := milestone{view, true, received.method, received.status}
			if s, ok := first[sent]; ok && view != received.view && !tied[[2]int{view, received.view}] && after[i] < 0 {
				after[i] = s
			}
		}
	}
	return after
}
