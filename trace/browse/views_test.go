package browse_test

import (
	"strings"
	"testing"
	"time"

	"sidetone/trace"
	"sidetone/trace/browse"
	"sidetone/trace/phrase"
)

// selected is what the frame shows as selected, its marks left out.
func (d *desk) selected() string {
	var out []string
	for _, l := range strings.Split(d.text(), "\n") {
		if rest, is := strings.CutPrefix(l, "›"); is {
			out = append(out, strings.Join(strings.Fields(strings.TrimPrefix(rest, "*")), " "))
		}
	}
	return strings.Join(out, "\n")
}

func TestOneSelectionRunsThroughStoryLadderAndMessage(t *testing.T) {
	d := newDesk(t, browse.Options{Lang: phrase.En}, 80, 40).open("answered").press("jjjjjj")
	if got := d.selected(); !strings.Contains(got, "Reception took the call back") {
		t.Fatal(got)
	}
	d.press("\t")
	if got := d.selected(); !strings.HasPrefix(got, "+1:14.271 ") || !strings.Contains(got, "re-INVITE · sendrecv") {
		t.Error(got)
	}
	d.must("re-INVITE Reception → Warehouse · UDP", "INVITE sip:102@10.1.0.9:5060 SIP/2.0")
	d.press("jjjj") // past 200, ACK and the media to the next hold
	d.must("re-INVITE Warehouse → Reception · UDP")
	d.press("\r").must("a=sendonly", "CSeq: 4 INVITE").press("\x1b").press("\t")
	if got := d.selected(); !strings.Contains(got, "Warehouse put Reception on hold") {
		t.Error(got)
	}
	d.press("gj\r")
	if got := d.selected(); !strings.Contains(got, "INVITE · SDP") {
		t.Error(got)
	}
}

func TestFindingLeadsToItsEvidence(t *testing.T) {
	d := newDesk(t, browse.Options{Lang: phrase.En}, 80, 40).open("hold-refused").press("G")
	if got := d.selected(); !strings.Contains(got, "Take note.") {
		t.Fatal(got)
	}
	d.press("\r")
	if got := d.selected(); !strings.Contains(got, "re-INVITE") && !strings.Contains(got, "488") {
		t.Error(got)
	}
}

func TestFilterFindsCallsByNumberNameResultAndStatusWhileTyping(t *testing.T) {
	for typed, want := range map[string]int{
		"": 10, "103": 1, "recep": 10, "busy": 1, "BUSY 102": 1, "busy 103": 0, "487": 1, "01lossy": 1, "not reached": 1, "q": 0, "1514": 1,
	} {
		d := newDesk(t, browse.Options{Lang: phrase.En}, 80, 24).press("/" + typed)
		if got := strings.Count(d.text(), "2026-"); got != want {
			t.Errorf("%q: %d calls, want %d", typed, got, want)
		}
		if d.over {
			t.Errorf("%q was taken for a command", typed)
		}
	}
	d := newDesk(t, browse.Options{Lang: phrase.FrCA}, 80, 24)
	d.press("/occupe").must("0 sur 10", "Aucun appel ne passe le filtre")
	d.press("\x7fé").must("1 sur 10", "Filtre\u00a0: occupé_")
	d.press("\r").must("«\u00a0occupé\u00a0»", "Entrée ouvrir")
	d.press("\x1b").mustNot("occupé\u00a0»")
	d.press("f").must("1 sur 10", "échecs seulement", "✕ non joint").press("f").mustNot("échecs seulement\n")
}

func TestLanguageChangesAnywhereAndTheSelectionStays(t *testing.T) {
	d := newDesk(t, browse.Options{Lang: phrase.En}, 80, 24)
	d.press("l").must("Appels · 10", "✓ répondu").press("l")
	d.open("answered").press("jjjj")
	before := d.selected()
	d.press("l").must("Récit", "Fin provoquée par")
	d.press("l")
	if got := d.selected(); got != before || before == "" {
		t.Errorf("selected %q, was %q", got, before)
	}
	d.press("\tl").must("dans les deux sens").press("\rl").must("Message · ").press("?l").must("Touches", "comparer")
}

func TestTwoMessagesAreCompared(t *testing.T) {
	d := newDesk(t, browse.Options{Lang: phrase.En}, 80, 40).open("answered").press("\t")
	d.press("c").must("To compare two messages, mark one").press("\x1b")
	d.press("gj jjjjjjjj").must("\n *", "re-INVITE · sendonly")
	d.press("c").must("- INVITE +0.000", "+ re-INVITE +46.238", "\n- To: <sip:102@10.1.0.9:5060>\n", "\n+ To: <sip:102@10.1.0.9:5060>;tag=77b0\n",
		"\n  Call-ID: ", "\n- CSeq: 1 INVITE", "\n+ CSeq: 2 INVITE", "\n+ a=sendonly")
	d.press("\x1b ").must("›*").press("c").must("mark one").press("\x1b")
	d.press("  j").press("k c").must("To compare")
}

func TestMessageWithoutItsTextSaysSo(t *testing.T) {
	d := newDesk(t, browse.Options{Lang: phrase.En}, 80, 40)
	v := view(t, "busy")
	for i, e := range v.Events {
		if m, is := e.Data.(trace.SIP); is {
			m.Raw = ""
			v.Events[i].Data = m
		}
	}
	d.Show("x", v, false)
	d.press("\tgjj jc").must("Only messages whose text was recorded")
	d.press("\x1b").must("The device was set not to record the text of messages.")
}

func TestCallThatNobodyWillEndIsSaidToBeCutOff(t *testing.T) {
	d := newDesk(t, browse.Options{Lang: phrase.En}, 80, 24)
	d.Show("x", view(t, "live-held"), true)
	d.must("! No agent is running: the call was cut off")
	d.Show("x", view(t, "live-held"), false)
	d.mustNot("No agent is running")
}

func TestListGrowsAndTheSelectionStaysOnItsCall(t *testing.T) {
	d := newDesk(t, browse.Options{Lang: phrase.En}, 80, 24).press("jj")
	before := d.selected()
	newer := d.calls[0]
	newer.ID, newer.To.URI, newer.StartedAt = "01NEW", "sip:777@h", newer.StartedAt.Add(time.Hour)
	d.SetCalls(append([]trace.Summary{newer}, d.calls...))
	d.must("Calls · 11", "→ 777", "4/11")
	if got := d.selected(); got != before {
		t.Errorf("selected %q, was %q", got, before)
	}
	d.SetMissing(3)
	d.must("3 events missing")
	d.SetCalls(nil)
	d.must("No calls.")
	d.press("jkG\r\r\x1b").must("No calls.")
}

func TestOpenCallGrowsAndTheSelectionAtItsEndGoesAlong(t *testing.T) {
	d := newDesk(t, browse.Options{Lang: phrase.En}, 80, 24)
	whole := view(t, "answered")
	id := whole.Events[0].Call
	known := whole
	known.Events = whole.Events[:10]
	d.Show(id, known, false)
	d.press("G")
	for i, e := range whole.Events {
		d.Add(e) // the first ones a second time
		d.Frame()
		if i == 5 {
			other := e
			other.Call, other.Seq = "another", 9999
			d.Add(other)
		}
	}
	if got := d.selected(); !strings.Contains(got, "Warehouse hung up") {
		t.Errorf("selected %q", got)
	}
	d.press("\x1b[H").must("39 of 39 events")

	d.Show(id, known, false)
	d.press("jj")
	for _, e := range whole.Events {
		d.Add(e)
	}
	if got := d.selected(); !strings.Contains(got, "Reception could hear tones") {
		t.Errorf("selected %q", got)
	}
	d.press("\tG\t") // the last row leads to the last step
	if got := d.selected(); !strings.Contains(got, "Warehouse hung up") {
		t.Errorf("selected %q", got)
	}
}

func TestVerdictIsReadBeforeTheStepsOnASmallTerminal(t *testing.T) {
	d := newDesk(t, browse.Options{Lang: phrase.En}, 40, 12).open("answered")
	seen := d.text()
	for range 60 {
		d.press("j")
		seen += d.text()
	}
	for _, w := range []string{"Answered.", "Last SIP response", "set-up 15 ms", "▲ Reception", "■ Warehouse"} {
		if !strings.Contains(seen, w) {
			t.Errorf("no %q on the way down", w)
		}
	}
	for range 60 {
		d.press("k")
	}
	d.must("Answered.")
	d.press("\x1b[6~\x1b[6~").mustNot("Answered.")
	d.press("\x1b[5~\x1b[5~").must("Answered.")
}

func TestEscapeLeadsBackTheWayThatOneCame(t *testing.T) {
	d := newDesk(t, browse.Options{Lang: phrase.En}, 80, 24).open("answered")
	d.press("\r\r?").must("Keys\n")
	for _, title := range []string{"Message ·", "Messages ·", "Story ·", "Calls ·"} {
		d.press("\x1b").must(title)
	}
	if d.press("\x1b"); d.over {
		t.Error("Escape ends the view")
	}
	for _, keys := range []string{"q", "\x1b", "?q", "\rq", "\r\rq", "\r\r\rq"} {
		d := newDesk(t, browse.Options{Lang: phrase.En}, 80, 24).press(keys)
		if d.over != strings.HasSuffix(keys, "q") {
			t.Errorf("%q: over %v", keys, d.over)
		}
	}
}

func TestFramesFillTheirTerminalWhateverItsSize(t *testing.T) {
	for _, plain := range []bool{false, true} {
		for width := 1; width < 180; width += 7 {
			for _, height := range []int{1, 2, 3, 4, 7, 12, 50} {
				d := newDesk(t, browse.Options{Lang: phrase.FrCA, Plain: plain}, width, height)
				for _, keys := range []string{"", "\r", "\t", "G", "\r", "\x1b gc", "?"} {
					frame := d.press(keys).Frame()
					if len(frame) != height {
						t.Fatalf("%dx%d %q: %d lines", width, height, keys, len(frame))
					}
					for _, l := range frame {
						if w := widthOf(l); w > width {
							t.Errorf("%dx%d %q: %d columns: %q", width, height, keys, w, text([]browse.Line{l}))
						}
					}
				}
			}
		}
	}
}

func TestRowOfSeveralLinesIsSelectedAsOne(t *testing.T) {
	d := newDesk(t, browse.Options{Lang: phrase.En}, 80, 40).open("answered").press("\tG")
	d.press("kk").must("25/27")
	picked := 0
	for _, l := range d.Frame() {
		if len(l) > 0 && strings.HasPrefix(string(l[0].Colour), "7") {
			picked++
		}
	}
	if picked != 2 || !strings.Contains(d.selected(), "G.722 both ways · 31.0 s") {
		t.Errorf("%d lines, %q", picked, d.selected())
	}
	d.press("j").must("BYE Warehouse → Reception")
}
