package page

import (
	"fmt"

	"sidetone/trace/phrase"
)

// Words are the strings of the pages themselves, in one language; what is said about a call comes from the story. A
// verb of fmt stands where something is filled in.
type Words struct {
	_ [0]func() // nobody compares them, and a phone need not carry the code for it

	// Around every page.
	Calls, Devices, MainNav, LanguageNav, Skip string

	// The list of calls.
	Time, Call, Result, Duration, LastResponse, EndedBy, Audio string
	To, Held, Ringing, Setup, Talking                          string // Held and the others take a duration
	NoReply, Unnamed                                           string
	TheOtherSide, TheNetwork, TimeRanOut                       string
	EventsMissing                                              Count
	OlderCalls, NewestCalls, TimesIn, CallsUpdated             string
	Today, Yesterday                                           string

	// Around the list, and what is no list.
	AllCalls, Filter, Apply, Number, Since string
	NothingYet, NothingMatches, ShowAll    string
	NotFound, BackToCalls                  string

	// The device's own page.
	ThisDevice, OnlyFailed               string
	AnyTime, LastHour, LastDay, LastWeek string
	Unreadable, Occupied                 string
	Unread                               Count

	// The call flow.
	WhatHappened, Messages, Message, Parts               string
	TimeOfDay, Details, Copy, Copied                     string
	Hold, Resume                                         string // marks on the scale of the phases
	Sent, Received                                       string
	ToldApart, ToldApartText, UpdateText, Meaning, Offer string
	HeardBoth, HeardOnly, HeardNobody                    string
	Repeats, Size, Bytes, InTheStory, Evidence, EventN   string
	NoRaw, RawCut, ShowMessage, AsReceived, Keys         string
	EventRecord, Nothing                                 string
	Download, Redacted                                   string // before the names of formats
	SentAgain                                            Count

	// The devices.
	Device, State, LastSeen, Model, Agent, Lines, Losses, Address string
	Ready, Disconnected, Lost, Unknown, NoLosses, Never           string
	NoDevices                                                     string
	LineUp, LineRegistering, LineError, LineDisabled              string
	EventsLost                                                    Count
}

// Count is a phrase with a number, in the singular and the plural of its language.
type Count struct{ One, Many string }

// WordsIn gives the words of a language; English when there are none.
func WordsIn(lang phrase.Lang) *Words {
	if lang == phrase.FrCA {
		return &french
	}
	return &english
}

// Of writes the phrase for n. French takes the singular for none.
func (c Count) Of(lang phrase.Lang, n int) string {
	if n == 1 || (n == 0 && lang == phrase.FrCA) {
		return fmt.Sprintf(c.One, n)
	}
	return fmt.Sprintf(c.Many, n)
}
