package trace

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
// arrive is paired with the nth to be sent: it cannot have arrived earlier, whichever copy it was.
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
