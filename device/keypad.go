package device

import (
	"fmt"
	"strings"
)

// DialKeys are the keys that can be dialled or sent as DTMF (RFC 4733 section 3.2, events 0 to 15).
const DialKeys = "0123456789*#ABCD"

// Keypad is the block of dialling keys.
type Keypad interface {
	// Keys lists the keys the board has, a subset of DialKeys.
	Keys() string
}

// KeyPressed says that dialling keys were pressed, in this order.
type KeyPressed struct{ Keys string }

// AnswerPressed says that a ringing call was taken without lifting the handset, by its line key or the loudspeaker key.
type AnswerPressed struct {
	Call string // "" means the one that rings longest
	// Beside takes the call beside those that are up: none is held for it, and all are talked to. No person can; a simulated one
	// takes as many calls as a test places.
	Beside bool
}

// RejectPressed says that a ringing call was declined.
type RejectPressed struct {
	Call   string // "" means the one that rings longest
	Status int    // final status to decline with, 300 to 699; 0 leaves it to the phone
}

// HangupPressed says that a call was ended by its key.
type HangupPressed struct{ Call string } // "" means the one in the handset

func (KeyPressed) event()    {}
func (AnswerPressed) event() {}
func (RejectPressed) event() {}
func (HangupPressed) event() {}

// CheckKeys tells whether keys can be pressed on a full keypad.
func CheckKeys(keys string) error {
	if keys == "" {
		return fmt.Errorf("no key is named; allowed: %s", DialKeys)
	}
	for _, k := range keys {
		if !strings.ContainsRune(DialKeys, k) {
			return fmt.Errorf("%q is not a key; allowed: %s", k, DialKeys)
		}
	}
	return nil
}
