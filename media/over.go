package media

import "math"

// Over is a Sink that hears a source over what was received, such as the tone of a call that waits. Like every sink it is called
// by the pacer only.
type Over struct {
	sink   Sink
	source Source
	pcm    []int16
}

// NewOver plays a source over what a sink hears.
func NewOver(sink Sink, source Source) *Over { return &Over{sink: sink, source: source} }

// Frame implements Sink. Where both are loud the sum is cut off at the limits of the scale.
func (o *Over) Frame(pcm []int16) {
	if cap(o.pcm) < len(pcm) {
		o.pcm = make([]int16, len(pcm))
	}
	mixed := o.pcm[:len(pcm)]
	clear(mixed)
	o.source.Frame(mixed)
	for i, sample := range pcm {
		mixed[i] = int16(min(max(int32(mixed[i])+int32(sample), math.MinInt16), math.MaxInt16))
	}
	o.sink.Frame(mixed)
}
