package markup_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"sidetone/trace/markup"
)

func TestTextNeverBecomesMarkup(t *testing.T) {
	var w markup.Writer
	w.HTML(`<p title="{}">{}</p>`, `"><script>'`, "a<b>&amp;\x00\x1b\t\xff￾")
	const want = `<p title="&#34;&gt;&lt;script&gt;&#39;">a&lt;b&gt;&amp;amp;` + "\t�</p>"
	if got := string(w.Bytes()); got != want || w.Err() != nil {
		t.Errorf("%q, %v", got, w.Err())
	}
}

func TestConditionWritesAllOfAnAttributeOrNothing(t *testing.T) {
	var w markup.Writer
	w.HTML(`<i`)
	w.If(true, ` lang="{}"`, "fr-CA")
	w.If(false, ` title="{}"`, "x")
	w.HTML(`></i>`)
	if got := string(w.Bytes()); got != `<i lang="fr-CA"></i>` {
		t.Error(got)
	}
}

func TestTextsAndPlacesThatDisagreeAreAnError(t *testing.T) {
	for _, write := range []func(*markup.Writer){
		func(w *markup.Writer) { w.HTML(`<b>{}</b>`) },
		func(w *markup.Writer) { w.HTML(`<b>{}</b>`, "a", "b") },
		func(w *markup.Writer) { w.If(true, `{}{}`, "a") },
	} {
		var w markup.Writer
		if write(&w); w.Err() == nil {
			t.Errorf("%s", w.Bytes())
		}
	}
	var w markup.Writer
	if w.HTML(`{}`, "{}"); w.Err() != nil || string(w.Bytes()) != "{}" {
		t.Errorf("a text of braces: %s, %v", w.Bytes(), w.Err())
	}
}

func TestLinkNeverLeavesTheSite(t *testing.T) {
	for address, local := range map[string]bool{
		"/": true, "/calls/a%2Fb?sel=s-1&lang=fr-CA": true, "#story": true,
		"": false, "javascript:alert(1)": false, "//evil.example": false, "/\\evil.example": false, "https://evil.example/": false,
		"data:text/html,x": false, " /": false, "/\t/evil.example": false, "calls": false, "\x01javascript:x": false,
	} {
		var w markup.Writer
		w.HTML(`<a href="{}"><img src="{}"></a>`, address, address)
		want := "#"
		if local {
			want = strings.ReplaceAll(address, "&", "&amp;")
		}
		if got := string(w.Bytes()); got != `<a href="`+want+`"><img src="`+want+`"></a>` {
			t.Errorf("%q: %s", address, got)
		}
	}
}

func TestStyleSheetCannotEndItsElement(t *testing.T) {
	var w markup.Writer
	w.Style("a > b { color: red }\n", "</style><script>")
	if got := string(w.Bytes()); got != "<style>\na > b { color: red }\n</style>\n" || w.Err() == nil {
		t.Errorf("%q, %v", got, w.Err())
	}
}

func FuzzTextIsReadBackAsItWas(f *testing.F) {
	for _, seed := range []string{"", "a&b", `"'<>`, "]]>", "\u202e\x00\xff", "{}", "\t\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var w markup.Writer
		w.HTML(`<p title="{}">{}</p>`, text, text)
		if w.Err() != nil {
			t.Fatal(w.Err())
		}
		want := strings.Map(func(r rune) rune {
			if r < ' ' && r != '\t' && r != '\n' || r == 0xfffe || r == 0xffff {
				return -1
			}
			return r
		}, strings.ToValidUTF8(text, "�"))
		z := html.NewTokenizer(bytes.NewReader(w.Bytes()))
		z.Next()
		tag := z.Token()
		if len(tag.Attr) != 1 || !same(tag.Attr[0].Val, want) {
			t.Errorf("%q became the attribute %q", want, tag.Attr)
		}
		d := xml.NewDecoder(bytes.NewReader(w.Bytes()))
		var read strings.Builder
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%q: %v", w.Bytes(), err)
			}
			if chars, is := token.(xml.CharData); is {
				read.Write(chars)
			}
		}
		if !same(read.String(), want) {
			t.Errorf("%q became %q", want, read.String())
		}
	})
}

// same compares but for how many characters stand for bytes that are none.
func same(a, b string) bool {
	squeeze := func(s string) string { return strings.ReplaceAll(s, "�", "") }
	return squeeze(a) == squeeze(b)
}
