package browse_test

import (
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sidetone/trace"
	"sidetone/trace/browse"
	"sidetone/trace/calltest"
	"sidetone/trace/phrase"
	"sidetone/trace/terminal"
)

var update = flag.Bool("update", false, "write golden files")

// recorded are the calls of the list, oldest first: each as the device saw it that stands first in its folder.
var recorded = []string{"answered", "busy", "unreachable", "cancelled", "hold-refused", "challenged", "one-way", "lossy", "through-proxy", "live-held"}

// known are the calls that were read already. Tests of this package do not run side by side.
var known = map[string]trace.View{}

// view is the call of a folder, as the device saw it that stands first there. It is the caller's own.
func view(t testing.TB, name string) trace.View {
	t.Helper()
	v, ok := known[name]
	if !ok {
		views, err := calltest.Read(filepath.Join("..", "testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		v = views[0]
		known[name] = v
	}
	v.Events = slices.Clone(v.Events)
	return v
}

// desk is a model with the recorded calls, and what a runner does for it.
type desk struct {
	t testing.TB
	*browse.Model
	views map[string]trace.View
	calls []trace.Summary // newest first
	over  bool
}

func newDesk(t testing.TB, o browse.Options, width, height int) *desk {
	t.Helper()
	d := &desk{t: t, Model: browse.New(o), views: map[string]trace.View{}}
	for i, name := range recorded {
		v := view(t, name)
		s := trace.Summarize(v.Events).Summary
		s.StartedAt = s.StartedAt.Add(time.Duration(i) * 17 * time.Minute)
		s.ID = "01" + strings.ToUpper(name)
		for i := range v.Events {
			v.Events[i].Call = s.ID
		}
		d.views[s.ID] = v
		d.calls = append([]trace.Summary{s}, d.calls...)
	}
	d.SetCalls(d.calls)
	d.Resize(width, height)
	return d
}

// press gives keys as a terminal sends them.
func (d *desk) press(keys string) *desk {
	var dec browse.Decoder
	for _, k := range append(dec.Feed([]byte(keys)), dec.Flush()...) {
		d.key(k)
	}
	return d
}

func (d *desk) key(k browse.Key) {
	wish := d.Key(k)
	d.over = d.over || wish.Quit
	if wish.Open != "" {
		d.Show(wish.Open, d.views[wish.Open], false)
	}
	d.Frame()
}

// open shows a call of the list.
func (d *desk) open(name string) *desk {
	d.press("/01" + name + "\r\r")
	return d
}

func (d *desk) text() string { return text(d.Frame()) }

func text(frame []browse.Line) string {
	var b strings.Builder
	for _, l := range frame {
		line := ""
		for _, s := range l {
			line += s.Text
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

// must fails unless the frame says all of it.
func (d *desk) must(wanted ...string) *desk {
	d.t.Helper()
	for _, w := range wanted {
		if got := d.text(); !strings.Contains(got, w) {
			d.t.Fatalf("no %q in\n%s", w, got)
		}
	}
	return d
}

func (d *desk) mustNot(unwanted ...string) *desk {
	d.t.Helper()
	for _, w := range unwanted {
		if got := d.text(); strings.Contains(got, w) {
			d.t.Fatalf("%q in\n%s", w, got)
		}
	}
	return d
}

var sizes = []struct{ width, height int }{{40, 12}, {80, 24}, {120, 40}}

func TestFramesOfEveryViewInEverySizeAndLanguage(t *testing.T) {
	for _, lang := range phrase.Langs() {
		for _, size := range sizes {
			d := newDesk(t, browse.Options{Lang: lang}, size.width, size.height)
			var b strings.Builder
			shot := func(name, keys string) {
				d.press(keys)
				b.WriteString("== " + name + "\n" + d.text())
			}
			shot("calls", "")
			shot("failed calls", "f")
			shot("filter", "\x1b/recep 486")
			shot("story", "\x1b/01answered\r\r")
			shot("story, further down", strings.Repeat("j", 16))
			shot("messages", "\t")
			shot("message", "\r")
			shot("comparison", "\x1b[Dgj jjjc")
			shot("keys", "?")
			shot("failed call", "\x1b\x1b\x1b\x1b\x1b/01hold-refused\r\r")
			shot("its end", "G")
			path := filepath.Join("testdata", fmt.Sprintf("%s.%dx%d.txt", lang, size.width, size.height))
			calltest.Golden(t, *update, path, b.String())
			if strings.Contains(b.String(), "⟦") {
				t.Errorf("%s: a sentence is missing", path)
			}
			for _, l := range strings.Split(b.String(), "\n") {
				if !strings.HasPrefix(l, "== ") && terminal.Width(l) > size.width {
					t.Errorf("%s: %d columns: %q", path, terminal.Width(l), l)
				}
			}
		}
	}
}

func widthOf(l browse.Line) int {
	n := 0
	for _, s := range l {
		n += terminal.Width(s.Text)
	}
	return n
}
