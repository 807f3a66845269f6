package phrase

import (
	"fmt"
	"strconv"
	"strings"
)

// template is a sentence of the catalogue, ready to be filled in. In the catalogue a parameter is written {name}.
// {n|one|other} chooses by the count n; {de name} and {que name} are French words that lose their vowel before a name
// that begins with one: « de Marie », « d’Alice ». {le name} gives a number its article, « le 102 », and a name none.
type template []segment

type segment struct {
	literal string // when name is ""
	name    string
	elide   string   // "d", "qu" or "le", "" for none
	plural  []string // the forms of a count, one and other
}

func parseTemplate(s string) (template, error) {
	var t template
	for s != "" {
		open := strings.IndexByte(s, '{')
		if open != 0 {
			if open < 0 {
				open = len(s)
			}
			t = append(t, segment{literal: s[:open]})
			s = s[open:]
			continue
		}
		inside, rest, closed := strings.Cut(s[1:], "}")
		if !closed {
			return nil, fmt.Errorf("%q: a brace is not closed", s)
		}
		seg, err := parseSegment(inside)
		if err != nil {
			return nil, err
		}
		t, s = append(t, seg), rest
	}
	return t, nil
}

func parseSegment(inside string) (segment, error) {
	if name, forms, ok := strings.Cut(inside, "|"); ok {
		one, other, ok := strings.Cut(forms, "|")
		if !ok || strings.Contains(other, "|") {
			return segment{}, fmt.Errorf("{%s}: want two plural forms", inside)
		}
		return segment{name: name, plural: []string{one, other}}, nil
	}
	seg := segment{name: inside}
	if name, ok := strings.CutPrefix(inside, "de "); ok {
		seg = segment{name: name, elide: "d"}
	} else if name, ok := strings.CutPrefix(inside, "que "); ok {
		seg = segment{name: name, elide: "qu"}
	} else if name, ok := strings.CutPrefix(inside, "le "); ok {
		seg = segment{name: name, elide: "le"}
	}
	if seg.name == "" || strings.ContainsAny(seg.name, " {") {
		return segment{}, fmt.Errorf("{%s}: not a parameter", inside)
	}
	return seg, nil
}

// Arg is the value of a parameter.
type Arg struct {
	_     [0]func() // not to be compared, so no code is made for it
	name  string
	text  string
	count int
}

// With gives a parameter a text.
func With(name, text string) Arg { return Arg{name: name, text: text} }

// Count gives a parameter a number, which also chooses plural forms.
func Count(name string, n int) Arg { return Arg{name: name, count: n, text: strconv.Itoa(n)} }

// fill puts the values into the template. A parameter without a value stays visible, so that a test sees it.
func (t template) fill(lang Lang, args []Arg) string {
	var b strings.Builder
	for _, seg := range t {
		if seg.name == "" {
			b.WriteString(seg.literal)
			continue
		}
		a, ok := find(args, seg.name)
		switch {
		case !ok:
			b.WriteString("{" + seg.name + "}")
		case seg.plural != nil:
			b.WriteString(seg.plural[pluralForm(lang, a.count)])
		case seg.elide == "le":
			b.WriteString(withArticle(a.text))
		case seg.elide != "":
			b.WriteString(elided(seg.elide, a.text))
		default:
			b.WriteString(a.text)
		}
	}
	return b.String()
}

func find(args []Arg, name string) (Arg, bool) {
	for _, a := range args {
		if a.name == name {
			return a, true
		}
	}
	return Arg{}, false
}

// pluralForm is 0 for the singular: 1 in English, 0 and 1 in French.
func pluralForm(lang Lang, n int) int {
	if n == 1 || (n == 0 && lang == FrCA) {
		return 0
	}
	return 1
}
