package terminal

import (
	"strings"
	"unicode/utf8"
)

// plainer are characters and what stands for them, one column each, on a terminal that has only ASCII.
const plainer = "ÀAÁAÂAÃAÄAÅAÇCÈEÉEÊEËEÌIÍIÎIÏIÑNÒOÓOÔOÕOÖOØOÙUÚUÛUÜUÝYàaáaâaãaäaåaçcèeéeêeëeìiíiîiïiñnòoóoôoõoöoøoùuúuûuüuýyÿyŒOœoÆAæaßs" +
	"’'‘'“\"”\"«\"»\"….·-–-—-−-•*×x÷/µu°o→>←<⇢>›>▸>↑^↓v▲^♪~◔o○o●*✓+✕x‖=■#█#▓#▒/░=⋯.↻@─-━-╌.│|┃#┊:┇%┬+┴+├+┤+┼+┌+┐+└+┘+"

var ascii = asciiTable()

func asciiTable() map[rune]byte {
	table := map[rune]byte{nbsp: ' '}
	for s := plainer; s != ""; {
		r, n := utf8.DecodeRuneInString(s)
		table[r] = s[n]
		s = s[n+1:]
	}
	return table
}

// ASCII writes a text with nothing but ASCII, in as many columns; what has no stand-in becomes question marks.
func ASCII(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch c, known := ascii[r]; {
		case r < utf8.RuneSelf:
			b.WriteRune(r)
		case known:
			b.WriteByte(c)
		default:
			b.WriteString(strings.Repeat("?", widthOf(r)))
		}
	}
	return b.String()
}
