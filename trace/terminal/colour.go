package terminal

// Colour is an ANSI colour of a terminal, "" for none.
type Colour string

// The colours, as SGR parameters (ECMA-48 section 8.3.117). They are among the sixteen that people set to taste.
const (
	Bold   Colour = "1"
	Faint  Colour = "2"
	Red    Colour = "31"
	Green  Colour = "32"
	Yellow Colour = "33"
	Blue   Colour = "34"
	Violet Colour = "35"
	Cyan   Colour = "36"
)

// Painter colours text, or not.
type Painter bool

// Paint writes a text in a colour. The width of the text does not change, so paint after laying out.
func (p Painter) Paint(c Colour, s string) string {
	if !bool(p) || c == "" || s == "" {
		return s
	}
	return "\x1b[" + string(c) + "m" + s + "\x1b[0m"
}
