package device

import (
	"encoding/json"
	"testing"
)

func TestEveryDialKeyCanBePressedAndNothingElse(t *testing.T) {
	if err := CheckKeys(DialKeys); err != nil {
		t.Error(err)
	}
	for _, keys := range []string{"", "a", "12 3", "+1", "é", "1\n"} {
		if err := CheckKeys(keys); err == nil {
			t.Errorf("%q is accepted", keys)
		}
	}
}

func TestLampsAreNamedInStatus(t *testing.T) {
	got, err := json.Marshal([]LampState{LampOff, LampOn, LampBlinking})
	if err != nil || string(got) != `["off","on","blinking"]` {
		t.Errorf("got %s, %v", got, err)
	}
	if s := LampState(9).String(); s != "lamp state 9" {
		t.Errorf("got %q", s)
	}
}
