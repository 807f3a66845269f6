package config

import (
	"cmp"
	"fmt"
	"slices"
)

// pending lists the keys that are read and checked, but that this version does not act on. A key that is here and set
// to something else than its default gives a note. The list is to become empty.
var pending = []struct {
	key  string
	when func(value string) bool // nil = always
}{
	{key: "sip.accounts.registrar"},
	{key: "sip.accounts.expires"},
	{key: "media.ptime"},
	{key: "media.srtp"},
	{key: "calls.hold.music"},
	{key: "calls.suspend.t2"},
	{key: "calls.suspend.t6"},
	{key: "calls.flow"},
}

const notActedOn = "accepted, but not acted on by this version"

// notes are what the file sets and this version does not act on, in the order of the lines.
func (c *Config) notes() []Note {
	var notes []Note
	compare := func(base string, set, unset []setting, listed string) {
		for i, s := range set {
			value := s.show()
			if value != unset[i].show() && isPending(listed+s.key, value) {
				notes = append(notes, Note{File: c.source.file, Line: c.source.line(base + s.key), Key: base + s.key, Text: notActedOn})
			}
		}
	}
	unset, account := Default(), defaultAccount()
	compare("", c.settings(), unset.settings(), "")
	for i := range c.SIP.Accounts {
		compare(fmt.Sprintf("sip.accounts[%d].", i), c.SIP.Accounts[i].settings(), account.settings(), "sip.accounts.")
	}
	slices.SortStableFunc(notes, func(a, b Note) int { return cmp.Compare(a.Line, b.Line) })
	return notes
}

func isPending(key, value string) bool {
	for _, p := range pending {
		if p.key == key {
			return p.when == nil || p.when(value)
		}
	}
	return false
}
