package config

import (
	"slices"
	"sort"
)

// pending lists the keys that are read and checked, but that this version does not act on. A key that is here and set
// to something else than its default gives a note. The list is to become empty.
var pending = []string{"media.ptime", "media.srtp", "calls.flow"}

const notActedOn = "accepted, but not acted on by this version"

// notes are what the file sets and this version does not act on, in the order of the lines.
func (c *Config) notes() []Note {
	var notes []Note
	unset := Default()
	defaults := unset.settings()
	for i, s := range c.settings() {
		if slices.Contains(pending, s.key) && s.show() != defaults[i].show() {
			notes = append(notes, Note{File: c.source.file, Line: c.source.line(s.key), Key: s.key, Text: notActedOn})
		}
	}
	sort.SliceStable(notes, func(i, j int) bool { return notes[i].Line < notes[j].Line })
	return notes
}
