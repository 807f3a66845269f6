package browse

import (
	"strconv"
	"strings"

	"sidetone/trace/phrase"
	"sidetone/trace/terminal"
)

// bar names the keys of the view, as many as there is room for; the last two, help and quit, always.
func (m *Model) bar() Line {
	if m.view == callsView && m.list.typing {
		return Line{{Colour: terminal.Bold, Text: m.say("browse.filter") + " " + m.list.filter + "_"}, {Colour: terminal.Faint, Text: "  " + m.say("browse.filter.keys")}}
	}
	keys := strings.Split(terminal.Plain(m.say("browse.bar."+names[m.view])), "|")
	last := keys[max(len(keys)-2, 0):]
	room := m.width - terminal.Width(strings.Join(last, "  "))
	var line Line
	for _, k := range keys[:len(keys)-len(last)] {
		if room -= terminal.Width(k) + 2; room < 0 {
			break
		}
		line = append(line, hint(k+"  ")...)
	}
	for i, k := range last {
		if i > 0 {
			k = "  " + k
		}
		line = append(line, hint(k)...)
	}
	return line
}

// hint shows a key and what it does.
func hint(s string) Line {
	key, does, _ := strings.Cut(strings.TrimLeft(s, " "), " ")
	return Line{{Colour: terminal.Bold, Text: s[:len(s)-len(strings.TrimLeft(s, " "))] + key}, {Colour: terminal.Faint, Text: " " + does}}
}

// helpLines list every key.
func (m *Model) helpLines() []Line {
	var keys, texts []string
	column := 0
	for i := 1; phrase.Has("browse.help." + strconv.Itoa(i)); i++ {
		key, text, _ := strings.Cut(m.say("browse.help."+strconv.Itoa(i)), "|")
		keys, texts = append(keys, key), append(texts, text)
		column = max(column, terminal.Width(key))
	}
	var out []Line
	for i := range keys {
		for n, l := range wrapped("", texts[i], m.width-column-3) {
			left := Span{Colour: terminal.Bold, Text: terminal.Space(column + 3)}
			if n == 0 {
				left.Text = " " + terminal.Pad(keys[i], column) + "  "
			}
			out = append(out, append(Line{left}, l...))
		}
	}
	return out
}
