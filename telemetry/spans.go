package telemetry

// span holds the numbers from from to to, both included; none when to is less.
type span struct{ from, to uint64 }

// spans are numbers, in order and with holes between them.
type spans []span

// add takes in a span.
func (s spans) add(n span) spans {
	if n.to < n.from {
		return s
	}
	i := 0
	for i < len(s) && s[i].to+1 < n.from {
		i++
	}
	j := i
	for j < len(s) && s[j].from <= n.to+1 {
		n.from, n.to = min(n.from, s[j].from), max(n.to, s[j].to)
		j++
	}
	out := make(spans, 0, len(s)+1)
	out = append(out, s[:i]...)
	out = append(out, n)
	return append(out, s[j:]...)
}

func (s spans) holds(seq uint64) bool {
	for _, n := range s {
		if seq >= n.from && seq <= n.to {
			return true
		}
	}
	return false
}

// outside gives what of a span is not there.
func (s spans) outside(all span) (out []span) {
	for _, n := range s {
		if n.to < all.from || n.from > all.to {
			continue
		}
		if n.from > all.from {
			out = append(out, span{all.from, n.from - 1})
		}
		all.from = n.to + 1
	}
	if all.from <= all.to {
		out = append(out, all)
	}
	return out
}

// advance gives up to where everything is there when everything up to done is, and leaves what lies beyond.
func (s spans) advance(done uint64) (uint64, spans) {
	for len(s) > 0 && s[0].from <= done+1 {
		done = max(done, s[0].to)
		s = s[1:]
	}
	return done, s
}

// upTo leaves out what lies behind last.
func (s spans) upTo(last uint64) spans {
	for len(s) > 0 && s[len(s)-1].to > last {
		s = s[:len(s)-1]
	}
	return s
}
