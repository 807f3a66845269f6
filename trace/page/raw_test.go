package page

import (
	"strings"
	"testing"

	"sidetone/trace/markup"
)

func written(t *testing.T, raw string, inDialog bool) string {
	t.Helper()
	lines, _ := rawLines(raw, inDialog)
	var w markup.Writer
	rawText(&w, lines)
	if err := w.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(strings.TrimPrefix(string(w.Bytes()), `<pre class="raw" tabindex="0" translate="no">`), "</pre>")
}

func TestRequestWithinADialogShowsWhatTellsItApart(t *testing.T) {
	const raw = "INVITE sip:102@10.1.0.9 SIP/2.0\r\nt: \"a;tag=b\" <sip:102@x;p=1>;tag=77b0\r\nCSeq: 2 INVITE\r\nSubject: a,\r\n folded\r\n\r\nv=0\r\nc=IN IP4 0.0.0.0\r\na=sendonly\r\n"
	want := `<b class="r-start">INVITE sip:102@10.1.0.9 SIP/2.0</b>
<span class="r-name">t:</span> &#34;a;tag=b&#34; &lt;sip:102@x;p=1&gt;<mark class="r-mark">;tag=77b0</mark>
<mark class="r-mark">CSeq: 2 INVITE</mark>
<span class="r-name">Subject:</span> a,
 folded

v=0
<mark class="r-mark">c=IN IP4 0.0.0.0</mark>
<mark class="r-mark">a=sendonly</mark>
`
	if got := written(t, raw, true); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := written(t, raw, false); strings.Contains(got, "<mark class=\"r-mark\">CSeq") || strings.Contains(got, "<mark class=\"r-mark\">;tag") {
		t.Errorf("a first INVITE is marked as a change:\n%s", got)
	}
}

func TestWhatCannotBeSeenInAMessageIsShown(t *testing.T) {
	got := written(t, "BYE \x00sip:x SIP/2.0\r\nA:\tb\u202ec\x1b[2J<script>\r\n\r\n", false)
	for _, want := range []string{`<span class="r-escape">␀</span>`, `<span class="r-escape">&lt;U+202E&gt;</span>`, `<span class="r-escape">␛</span>`, "\tb", "&lt;script&gt;"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q lacks %q", got, want)
		}
	}
}

func TestMonstrousMessageIsCut(t *testing.T) {
	lines, cut := rawLines("X"+strings.Repeat("y", 2*maxRaw), false)
	if !cut || len(lines[0].Text()) != maxRaw {
		t.Errorf("cut %v, %d bytes", cut, len(lines[0].Text()))
	}
}

func FuzzRaw(f *testing.F) {
	f.Add("INVITE sip:a SIP/2.0\r\nTo: <sip:b>;tag=c\r\n\r\na=sendonly", true)
	f.Add("To:>;TAG=\r\n:\r\n\n", true)
	f.Fuzz(func(t *testing.T, raw string, inDialog bool) {
		got := written(t, raw, inDialog)
		for _, tag := range []string{`<b class="r-start">`, `</b>`, `<mark class="r-mark">`, `</mark>`, `<span class="r-name">`, `<span class="r-escape">`, `</span>`} {
			got = strings.ReplaceAll(got, tag, "")
		}
		if strings.ContainsAny(got, "<>\x00\x1b\u202e") {
			t.Errorf("%q became %q", raw, got)
		}
	})
}
