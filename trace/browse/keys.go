package browse

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Key is a character that was typed, or one of the keys below.
type Key rune

// The keys that are no characters.
const (
	Up Key = unicode.MaxRune + 1 + iota
	Down
	Left
	Right
	PageUp
	PageDown
	Home
	End
	Enter
	Escape
	Tab
	Backspace
	Redraw // Ctrl-L, for a line that has garbled the screen
)

// maxSequence bounds an escape sequence, in bytes. What is longer is noise on the line.
const maxSequence = 32

// Decoder makes keys of the bytes that a terminal sends, which may be cut anywhere. The zero value is ready.
type Decoder struct{ held []byte }

// Feed takes bytes and gives the keys that are complete.
func (d *Decoder) Feed(b []byte) []Key {
	d.held = append(d.held, b...)
	var keys []Key
	for len(d.held) > 0 {
		k, n := decode(d.held)
		if n == 0 {
			break
		}
		if k != 0 {
			keys = append(keys, k)
		}
		d.held = d.held[n:]
	}
	d.held = append([]byte(nil), d.held...)
	return keys
}

// Waiting tells whether the beginning of a sequence is held back. If nothing follows at once, it is for Flush.
func (d *Decoder) Waiting() bool { return len(d.held) > 0 }

// Flush gives up waiting: an escape character that nothing has followed is the key, anything else was noise.
func (d *Decoder) Flush() []Key {
	lone := len(d.held) == 1 && d.held[0] == 0x1b
	d.held = nil
	if lone {
		return []Key{Escape}
	}
	return nil
}

// controls are the keys of single bytes.
var controls = map[byte]Key{
	'\r': Enter, '\n': Enter, '\t': Tab, 0x7f: Backspace, '\b': Backspace, 0x0c: Redraw,
	0x0e: Down, 0x10: Up, // Ctrl-N, Ctrl-P
}

// decode takes one key off the beginning; n is how many bytes it takes, 0 when more must come, and k is 0 for what means nothing.
func decode(b []byte) (k Key, n int) {
	switch c := b[0]; {
	case c == 0x1b:
		return decodeEscape(b)
	case c < ' ' || c == 0x7f:
		return controls[c], 1
	}
	if !utf8.FullRune(b) {
		return 0, 0
	}
	r, n := utf8.DecodeRune(b)
	if r == utf8.RuneError || !unicode.IsGraphic(r) {
		return 0, n
	}
	return Key(r), n
}

func decodeEscape(b []byte) (Key, int) {
	switch {
	case len(b) == 1:
		return 0, 0
	case b[1] != '[' && b[1] != 'O':
		return Escape, 1
	case len(b) == 2:
		return 0, 0
	case b[1] == 'O': // SS3: the keypad in application mode
		return finals[b[2]], 3
	case b[2] == '[': // function keys of the Linux console: ESC [ [ A
		return 0, min(4, len(b)/4*4)
	}
	for i := 2; i < len(b); i++ {
		switch c := b[i]; {
		case c >= 0x40 && c <= 0x7e: // ECMA-48 section 5.4: the final byte
			if c == '~' {
				number, _, _ := strings.Cut(string(b[2:i]), ";")
				return numbered[number], i + 1
			}
			return finals[c], i + 1
		case c < 0x20 || c > 0x7e || i >= maxSequence:
			return 0, i // no sequence
		}
	}
	return 0, 0
}

// finals are the keys that the last byte of a sequence names, numbered those that its first number does (VT220, xterm).
var (
	finals = map[byte]Key{'A': Up, 'B': Down, 'C': Right, 'D': Left, 'H': Home, 'F': End, 'Z': Tab, 'M': Enter}

	numbered = map[string]Key{"1": Home, "4": End, "5": PageUp, "6": PageDown, "7": Home, "8": End}
)
