package trace

import _ "embed" // the dictionary

// DictionaryID names Dictionary: its Adler-32 in hexadecimal, which a stream deflated with it carries (RFC 1950 section
// 2.2, DICTID). A changed dictionary has another.
const DictionaryID = "24ece8ec"

// Dictionary is what batches of event lines are deflated with for a receiver that has said that it knows it: with it the
// first event of a kind is as small as the later ones. What is most frequent stands last, where it is cheapest to refer
// to (RFC 1951 section 3.2.5).
//
//go:embed dictionary.txt
var Dictionary string
