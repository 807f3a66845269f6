package browse_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidetone/internal/ttytest"
	"sidetone/trace"
	"sidetone/trace/browse"
	"sidetone/trace/phrase"
)

// station is a desk whose frames are drawn on a terminal.
type station struct {
	*desk
	screen browse.Screen
	tty    *ttytest.Screen
	width  int
}

func newStation(t testing.TB, o browse.Options, s browse.Screen, width, height int) *station {
	t.Helper()
	return &station{desk: newDesk(t, o, width, height), screen: s, tty: ttytest.NewScreen(width, height), width: width}
}

// draw shows the frame, and fails unless the terminal then shows just that. It tells what was sent.
func (s *station) draw() string {
	s.t.Helper()
	frame := s.Frame()
	sent := s.screen.Draw(frame)
	if _, err := s.tty.Write(sent); err != nil {
		s.t.Fatal(err)
	}
	if len(s.tty.Faults) > 0 {
		s.t.Fatalf("%q: %v", sent, s.tty.Faults)
	}
	whole := browse.Screen{Plain: s.screen.Plain} // what it would show if it were drawn anew
	fresh := ttytest.NewScreen(s.width, len(frame))
	if _, err := fresh.Write(whole.Draw(frame)); err != nil {
		s.t.Fatal(err)
	}
	if diff := cmp.Diff(fresh.Text(), s.tty.Text()); diff != "" {
		s.t.Fatalf("after %q (-frame +terminal):\n%s", sent, diff)
	}
	return string(sent)
}

func plainStation(t testing.TB) *station {
	return newStation(t, browse.Options{Lang: phrase.En, Plain: true}, browse.Screen{Plain: true}, 80, 24)
}

// A console at 9600 baud takes 960 bytes a second: a fifth of a second for a key.
const keyBudget = 200

func TestPlainSelectionMovesByALineForLessThanTwoHundredBytes(t *testing.T) {
	for name, keys := range map[string]string{"calls": "", "story": "/01answered\r\r", "messages": "/01answered\r\r\tg"} {
		s := plainStation(t)
		if name == "calls" {
			s.many(100)
		}
		s.press(keys)
		s.draw()
		most, total := 0, 0
		for _, key := range strings.Split(strings.Repeat("j", 40)+strings.Repeat("k", 40), "") {
			s.press(key)
			n := len(s.draw())
			most, total = max(most, n), total+n
		}
		t.Logf("%s: at most %d bytes a key, %d on average", name, most, total/80)
		if most >= keyBudget || total == 0 {
			t.Errorf("%s: a key costs %d bytes", name, most)
		}
	}
}

// many fills the list.
func (s *station) many(n int) {
	var calls []trace.Summary
	for i := range n {
		c := s.calls[i%len(s.calls)]
		c.ID = "02" + strings.Repeat("x", i)
		c.StartedAt = c.StartedAt.Add(-time.Duration(i) * time.Hour)
		calls = append(calls, c)
	}
	s.SetCalls(calls)
}

func TestPlainIsASCIIWithoutColoursOrASecondScreen(t *testing.T) {
	for _, lang := range phrase.Langs() {
		s := newStation(t, browse.Options{Lang: lang, Plain: true}, browse.Screen{Plain: true, Colour: true}, 80, 24)
		sent := s.draw()
		for _, keys := range []string{"j", "f", "f", "/01hold-refused\r\r", "G", "\t", " ", "g", "\r", "\x1b", "jjc", "?", "l"} {
			s.press(keys)
			sent += s.draw()
		}
		for _, unwanted := range []string{"m", "h", "l"} { // SGR, and what sets modes
			for _, piece := range strings.Split(sent, "\x1b[")[1:] {
				if end := strings.IndexFunc(piece, func(r rune) bool { return r >= '@' }); end >= 0 && piece[end:end+1] == unwanted {
					t.Fatalf("%s: sequence %q", lang, piece[:end+1])
				}
			}
		}
		if at := strings.IndexFunc(sent, func(r rune) bool { return r != '\x1b' && r != '\n' && (r < ' ' || r > '~') }); at >= 0 {
			t.Errorf("%s: %q", lang, sent[at:at+3])
		}
	}
	s := plainStation(t)
	s.open("hold-refused").must("Answered. Warehouse")
	s.draw()
	if text := s.tty.Text(); strings.Contains(text, "✓") || !strings.Contains(text, "-====") || !strings.Contains(text, "\n>") {
		t.Error(text)
	}
}

func TestOnlyWhatChangedIsSent(t *testing.T) {
	s := newStation(t, browse.Options{Lang: phrase.En}, browse.Screen{Colour: true}, 80, 24)
	first := s.draw()
	if sent := s.draw(); sent != "" {
		t.Errorf("nothing changed, and %q was sent", sent)
	}
	s.press("j")
	if sent := s.draw(); strings.Count(sent, "\n")+strings.Count(sent, "2026-") != 2 || len(sent) > len(first)/3 {
		t.Errorf("two lines changed, and %q was sent", sent)
	}
	s.screen.Forget()
	if sent := s.draw(); len(sent) < len(first)/2 || !strings.HasPrefix(sent, "\x1b[H\x1b[2J") {
		t.Errorf("the terminal shows something else, and %q was sent", sent)
	}
}

func TestTerminalThatCannotMoveItsCursorGetsLines(t *testing.T) {
	s := plainStation(t)
	s.screen.Typed = true
	first := string(s.screen.Draw(s.Frame()))
	if !strings.HasPrefix(first, "Calls - 10") || strings.Contains(first, "\x1b") || strings.Count(first, "\r\n") != 12 {
		t.Errorf("%q", first)
	}
	s.press("j")
	if sent := string(s.screen.Draw(s.Frame())); !strings.HasPrefix(sent, ">") || strings.Count(sent, "\r\n") != 1 {
		t.Errorf("%q", sent)
	}
	s.press("\r")
	if sent := string(s.screen.Draw(s.Frame())); !strings.HasPrefix(sent, "Story - ") || strings.Count(sent, "\r\n") < 10 {
		t.Errorf("%q", sent)
	}
	if sent := s.screen.Draw(s.Frame()); len(sent) != 0 {
		t.Errorf("%q", sent)
	}
}

// hostile is what a caller might write to take hold of a technician's terminal.
const hostile = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202eevil\u2066\x00\x7f\r\n\tX: \xff\xfe"

func TestHostileMessagesNeverReachTheTerminal(t *testing.T) {
	for _, screen := range []browse.Screen{{Colour: true}, {}, {Plain: true}} {
		s := newStation(t, browse.Options{Lang: phrase.En, Plain: screen.Plain}, screen, 120, 40)
		s.Show("x", poisoned(view(t, "hold-refused")), false)
		s.draw()
		for _, keys := range []string{"G", "\t", "\r", "\x1b", "g", "j", "\r", "\x1b[6~", "\x1b", " ", "jj", "c", "G"} {
			s.press(keys)
			if sent := s.draw(); strings.ContainsAny(sent, "\x07\x00\x7f\t\u202e\u2066\u009b") || strings.Contains(sent, "\x1b]") {
				t.Fatalf("%q", sent)
			}
		}
		if !screen.Plain {
			s.Show("x", poisoned(view(t, "hold-refused")), false)
			s.press("\tgj").must("␛[2J␛]0;owned␇")
		}
	}
}

// poisoned puts hostile text wherever the other side chooses the text.
func poisoned(v trace.View) trace.View {
	for i, e := range v.Events {
		switch d := e.Data.(type) {
		case trace.SIP:
			d.Raw = hostile + d.Raw + hostile
			d.Reason, d.Method, d.Transport, d.Remote = hostile, d.Method+hostile, hostile, hostile+d.Remote
			v.Events[i].Data = d
		case trace.Initiated:
			d.To.Name, d.From.URI = hostile, "sip:"+hostile
			v.Events[i].Data = d
		case trace.Alerting:
			d.Who = hostile
			v.Events[i].Data = d
		}
	}
	return v
}

// Whatever is typed and recorded, in whatever order: nothing panics, and the terminal shows the frame.
func FuzzKeysAndEvents(f *testing.F) {
	f.Add([]byte("jj\rjjj\tjj \rjjc?lq"), true)
	f.Add([]byte("/busy\r\r\x80\x81\x82G\t\x90\x91g\xf0\xf1Gf"), false)
	f.Add([]byte("\x81\x82\x83\x84\r\xc0\xc1\xc2\tG\xe0\xe1 k c"), false)
	f.Fuzz(func(t *testing.T, moves []byte, plain bool) {
		if len(moves) > 80 {
			return
		}
		s := newStation(t, browse.Options{Lang: phrase.En, Plain: plain}, browse.Screen{Plain: plain, Colour: true}, 80, 24)
		growing := poisoned(view(t, "lossy")).Events
		keys := []browse.Key{browse.Up, browse.Down, browse.Left, browse.Right, browse.PageUp, browse.PageDown, browse.Home, browse.End, browse.Tab, browse.Escape, browse.Backspace, browse.Enter}
		for i, c := range moves {
			switch {
			case c < 0x80:
				s.key(browse.Key(c))
			case c < 0xa0:
				s.key(keys[int(c)%len(keys)])
			case c < 0xc0:
				e := growing[(int(c)+i)%len(growing)]
				s.Add(e)
			case c < 0xd0:
				s.Show(growing[0].Call, trace.View{Device: "d", Events: growing[:int(c)%len(growing)]}, c%2 == 0)
			case c < 0xe0:
				s.SetCalls(s.calls[int(c)%len(s.calls):])
			default:
				s.width = 1 + int(c-0xe0)*6
				s.Resize(s.width, 1+int(c)%30)
				s.tty.Resize(s.width, 1+int(c)%30)
				s.screen.Forget()
			}
			s.draw()
		}
	})
}
