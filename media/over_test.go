package media

import (
	"slices"
	"testing"
)

// steady is a source of one value.
type steady int16

func (s steady) Frame(pcm []int16) bool {
	for i := range pcm {
		pcm[i] = int16(s)
	}
	return true
}

func TestSourceIsHeardOverWhatIsReceived(t *testing.T) {
	heard := &recorder{}
	o := NewOver(heard, steady(20000))
	received := []int16{100, -100, 30000, -32768}
	o.Frame(received)
	if got := heard.take(); !slices.Equal(got, []int16{20100, 19900, 32767, -12768}) {
		t.Error(got)
	}
	if received[0] != 100 {
		t.Error("what was received has changed")
	}
}
