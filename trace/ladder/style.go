package ladder

import _ "embed"

// StyleSheet is what a page needs for the drawings in it: a drawing has no style of its own there, as a strict content
// security policy refuses one. A standalone drawing carries it.
//
//go:embed ladder.css
var StyleSheet string

// ownColours are the colours of a drawing that stands by itself, light and dark.
//
//go:embed standalone.css
var ownColours string
