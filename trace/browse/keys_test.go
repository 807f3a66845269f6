package browse_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sidetone/trace/browse"
)

func decoded(pieces ...string) []browse.Key {
	var d browse.Decoder
	var keys []browse.Key
	for _, p := range pieces {
		keys = append(keys, d.Feed([]byte(p))...)
	}
	return append(keys, d.Flush()...)
}

var sequences = []struct {
	sent string
	want []browse.Key
}{
	{"jé日", []browse.Key{'j', 'é', '日'}},
	{"\x1b[A\x1b[B\x1b[C\x1b[D", []browse.Key{browse.Up, browse.Down, browse.Right, browse.Left}},
	{"\x1bOA\x1bOB\x1bOM", []browse.Key{browse.Up, browse.Down, browse.Enter}},
	{"\x1b[5~\x1b[6~\x1b[1~\x1b[4~\x1b[H\x1b[F\x1b[7~\x1b[8~", []browse.Key{
		browse.PageUp, browse.PageDown, browse.Home, browse.End, browse.Home, browse.End, browse.Home, browse.End,
	}},
	{"\x1b[1;5A\x1b[Z", []browse.Key{browse.Up, browse.Tab}},
	{"\r\n\t\x7f\b\x0c\x0e\x10", []browse.Key{
		browse.Enter, browse.Enter, browse.Tab, browse.Backspace, browse.Backspace, browse.Redraw, browse.Down, browse.Up,
	}},
	{"\x1bq", []browse.Key{browse.Escape, 'q'}},
	{"\x1b\x1b[A", []browse.Key{browse.Escape, browse.Up}},
	{"\x1b", []browse.Key{browse.Escape}},
	{"\x1b[", nil},                             // cut off for good
	{"\x1b[[Aj", []browse.Key{'j'}},            // F1 of the Linux console
	{"\x1b[15~\x1b[24~\x1b[P", nil},            // other function keys
	{"\x1b[12\x1b[A", []browse.Key{browse.Up}}, // noise on the line
	{"\x00\x01\x1f\xffj\xc3", []browse.Key{'j'}},
	{"\u200bj\u202e", []browse.Key{'j'}}, // neither seen nor typed
}

func TestKeysAreToldFromWhatATerminalSends(t *testing.T) {
	for _, s := range sequences {
		if diff := cmp.Diff(s.want, decoded(s.sent)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", s.sent, diff)
		}
	}
}

func TestKeysAreTheSameWhereverTheyAreCut(t *testing.T) {
	for _, s := range sequences {
		whole := decoded(s.sent)
		if diff := cmp.Diff(whole, decoded(strings.Split(s.sent, "")...)); diff != "" {
			t.Errorf("%q (-whole +cut):\n%s", s.sent, diff)
		}
		for i := range len(s.sent) {
			if diff := cmp.Diff(whole, decoded(s.sent[:i], s.sent[i:])); diff != "" {
				t.Errorf("%q cut at %d (-whole +cut):\n%s", s.sent, i, diff)
			}
		}
	}
}

func TestNoiseIsNotKeptForEver(t *testing.T) {
	var d browse.Decoder
	keys := d.Feed([]byte("\x1b[" + strings.Repeat("1;", 1000) + "\rj"))
	if d.Waiting() || len(keys) == 0 || keys[len(keys)-1] != 'j' {
		t.Errorf("waiting %v, keys %q", d.Waiting(), keys)
	}
}

func FuzzDecoder(f *testing.F) {
	for _, s := range sequences {
		f.Add([]byte(s.sent), 1)
	}
	f.Fuzz(func(t *testing.T, sent []byte, at int) {
		var whole, cut browse.Decoder
		at = max(min(at, len(sent)), 0)
		want := append(whole.Feed(sent), whole.Flush()...)
		got := append(cut.Feed(sent[:at]), cut.Feed(sent[at:])...)
		got = append(got, cut.Flush()...)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q cut at %d (-whole +cut):\n%s", sent, at, diff)
		}
		for _, k := range want {
			if k < ' ' || k == 0x7f {
				t.Errorf("%q gives the key %#x", sent, k)
			}
		}
		if whole.Waiting() {
			t.Error("still waiting")
		}
	})
}
