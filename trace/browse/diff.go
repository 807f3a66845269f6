package browse

import (
	"strings"

	"sidetone/trace/phrase"
	"sidetone/trace/terminal"
)

// maxCompared bounds the lines of a message that are compared: time and memory grow with the square.
const maxCompared = 300

// change is a line of a comparison.
type change struct {
	_    [0]func() // not to be compared, so no code is made for it
	sign byte      // ' ' in both, '-' only in the first, '+' only in the second
	text string
}

// compare tells how one text becomes another, with as many lines as possible in common.
func compare(a, b []string) []change {
	// common[i][j] is how many lines a[i:] and b[j:] have in common.
	common := make([][]uint16, len(a)+1)
	for i := range common {
		common[i] = make([]uint16, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var out []change
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			out = append(out, change{sign: ' ', text: a[i]})
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			out = append(out, change{sign: '-', text: a[i]})
			i++
		default:
			out = append(out, change{sign: '+', text: b[j]})
			j++
		}
	}
	return out
}

var signColours = map[byte]terminal.Colour{' ': terminal.Faint, '-': terminal.Red, '+': terminal.Green}

// diffLines compare the marked message with the selected one.
func (m *Model) diffLines() []Line {
	c := m.call
	marked := c.find(len(c.ladder.Rows), c.marked, c.rowID)
	if marked < 0 || marked == c.row {
		return wrapped("", m.say("browse.diff.how"), m.width)
	}
	before, _, _ := c.raw(marked)
	after, _, _ := c.raw(c.row)
	if before == "" || after == "" {
		return wrapped("", m.say("browse.diff.no-text"), m.width)
	}
	out := []Line{
		words(terminal.Red, "- "+c.rowTitle(marked)).cut(m.width),
		words(terminal.Green, "+ "+c.rowTitle(c.row)).cut(m.width),
		nil,
	}
	a, b := rawLines(before), rawLines(after)
	if len(a) > maxCompared || len(b) > maxCompared {
		a, b = a[:min(len(a), maxCompared)], b[:min(len(b), maxCompared)]
		out = append(out, wrapped(terminal.Yellow, m.say("browse.diff.long", phrase.Count("n", maxCompared)), m.width)...)
	}
	same := true
	for _, d := range compare(a, b) {
		same = same && d.sign == ' '
		for i, piece := range chop(d.text, m.width-2) {
			sign := string(d.sign)
			if i > 0 {
				sign = " "
			}
			out = append(out, words(signColours[d.sign], strings.TrimRight(sign+" "+piece, " ")))
		}
	}
	if same {
		out = append(out[:2:2], wrapped("", m.say("browse.diff.same"), m.width)...)
	}
	return out
}

func wrapped(c terminal.Colour, text string, width int) []Line {
	var out []Line
	for _, l := range terminal.Wrap(text, width) {
		out = append(out, words(c, terminal.Plain(l)))
	}
	return out
}
