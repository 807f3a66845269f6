package capture_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sidetone/capture"
	"sidetone/trace"
	"sidetone/trace/calltest"
	"sidetone/trace/story"
)

const testdata = "../trace/testdata"

// unseen are the recorded calls whose story says what no wire shows, and why.
var unseen = map[string]string{
	"hold-dropped":                  "what a person wishes while it rings is not sent",
	"hold-longest":                  "the phone's limit is known to it alone",
	"auto-answer":                   "that the phone answered by itself is not sent",
	"demo-nobody-is-at-the-address": "the network's refusal is told to the phone alone",
	"early-media-authorised":        "which sound the phone listened to is known to it alone",
	"transfer-attended-target":      "that one call took the place of another is in the other one, which is not in this capture",
	"transfer-blind":                "when a transfer was wished that waits for a hold is known to the phone alone",
	"unavailable-480-in":            "that a person declined is known to the phone alone",
	"suspend-t2-resumed":            "a telephone that is unplugged looks like a hold",
	"suspend-t2-update":             "a telephone that is unplugged looks like a hold",
	"suspend-t2-expired":            "a telephone that is unplugged looks like a hold",
	"suspend-t6-resumed":            "a handset that is put down looks like a hold",
	"suspend-t6-expired":            "a handset that is put down looks like a hold",
}

// A call that a phone has recorded is put on a wire again; what is read from there must tell the same story as the phone.
func TestCapturedCallTellsTheStoryThatThePhoneTells(t *testing.T) {
	for _, name := range calltest.Recorded(t, testdata) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			views, err := calltest.Read(filepath.Join(testdata, name))
			if err != nil {
				t.Fatal(err)
			}
			b, at := onTheWire(views[0].Events)
			if at == "" {
				t.Skip("nothing of it went over the wire")
			}
			r := b.read(t, capture.Options{At: addr(at)})
			if len(r.Calls) != 1 {
				t.Fatalf("%d calls; left out: %v", len(r.Calls), r.Left)
			}
			seen := r.Calls[0].Views
			seen[0].Name = views[0].Name // that of the phone's configuration, which calls to it do not tell
			diff := cmp.Diff(sentences(views[:1]), sentences(seen))
			if why := unseen[filepath.Base(name)]; why != "" {
				if diff == "" {
					t.Errorf("tells the same, although %s", why)
				}
				return
			}
			if diff != "" {
				t.Errorf("-phone +capture:\n%s", diff)
			}
		})
	}
}

// onTheWire makes a capture of the messages of a call, and tells at which address the phone is.
func onTheWire(events []trace.Event) (b *builder, at string) {
	b = newBuilder()
	start := events[0]
	ours := map[string]string{} // by peer: of a connection that the phone opens, it knows the port once it is up
	for _, e := range events {
		if m, ok := e.Data.(trace.SIP); ok && e.Kind == trace.SIPReceived && m.Transport != "udp" {
			ours[m.Remote] = m.Local
		}
	}
	for _, e := range events {
		m, ok := e.Data.(trace.SIP)
		if !ok {
			continue
		}
		if local := ours[m.Remote]; local != "" {
			m.Local = local
		}
		if at == "" {
			at = m.Local
		}
		b.at = start.At.Add(e.Mono - start.Mono)
		src, dst := m.Local, m.Remote
		if e.Kind == trace.SIPReceived {
			src, dst = dst, src
		}
		b.udp(src, dst, m.Raw)
	}
	return b, at
}

var (
	duration = regexp.MustCompile(`(< )?(\d+ min )?\d+(\.\d+)? (ms|s|min)\b`)
	audio    = regexp.MustCompile(` (The audio was \w+\.|What arrived at .*|No audio arrived at .*)$`)
)

// sentences are those of the story of a call, without times and without what the sound was like: these captures have none.
func sentences(views []trace.View) string {
	s := story.Tell(views, story.En)
	said := []string{audio.ReplaceAllString(s.Verdict.Sentence(), "")}
	for _, step := range s.Steps {
		switch step.Kind {
		case trace.DTMFSent, trace.DTMFReceived, trace.MediaChanged, trace.MediaSilent: // told by the sound
			continue
		default:
		}
		said = append(said, step.Glyph+" "+step.Sentence)
	}
	for _, f := range s.Findings {
		if f.Code == "hold-refused" || f.Code == "hold-lost" {
			said = append(said, f.Sentence)
		}
	}
	text := strings.NewReplacer("\u00a0", " ", "they were connected", "they talked", "was connected", "talked").Replace(strings.Join(said, "\n"))
	return duration.ReplaceAllString(text, "some time")
}
