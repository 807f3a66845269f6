package browse

import (
	"strings"

	"sidetone/trace/terminal"
)

// Characters of the views and what stands for each where there is only ASCII, column by column.
const (
	beyond = "│─╌┊░▒█⋯·→←↑↓›…×−–—‘’“”«»✓○✕●‖▸■▲♪◔⇄µ\u00a0àâäáãåçéèêëíìîïñóòôöõœúùûüÿÀÂÄÁÃÅÇÉÈÊËÍÌÎÏÑÓÒÔÖÕŒÚÙÛÜŸ"
	within = "|-.::%#~-><^v>~x---''\"\"\"\"+ox*=>#^~o=u aaaaaaceeeeiiiinoooooouuuuyAAAAAACEEEEIIIINOOOOOOUUUUY"
)

// ascii writes a text in ASCII without moving anything in it: what has no likeness becomes a question mark for each column.
func ascii(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= ' ' && r < 0x7f:
			b.WriteRune(r)
			continue
		case r < ' ' || r == 0x7f:
			b.WriteByte('?')
			continue
		}
		if at := strings.IndexRune(beyond, r); at >= 0 {
			b.WriteByte(within[len([]rune(beyond[:at]))])
			continue
		}
		b.WriteString(strings.Repeat("?", terminal.Width(string(r))))
	}
	return b.String()
}
