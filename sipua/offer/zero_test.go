package offer

import (
	"slices"
	"testing"

	"sidetone/trace"
)

// RFC 2543 section B.5, RFC 3264 section 8.4: what is held is described at 0.0.0.0 too, where that is wanted, and at no other time.
func TestHoldIsDescribedAtZeroWhereThatIsWanted(t *testing.T) {
	old := local
	old.ZeroHold = true
	for _, tt := range []struct {
		local     Local
		direction trace.MediaDirection
		zero      bool
	}{
		{old, trace.SendOnly, true},
		{old, trace.Inactive, true},
		{old, trace.SendRecv, false},
		{old, trace.RecvOnly, false},
		{local, trace.SendOnly, false},
		{local, trace.Inactive, false},
	} {
		n := New(tt.local)
		receive(t, n, plain)
		answer(t, n, trace.SendRecv)
		offer, err := n.Change(tt.direction)
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"c=IN IP4 10.0.0.2"}
		if tt.zero {
			want = append(want, "c=IN IP4 0.0.0.0")
		}
		if got := lines(offer, "c="); !slices.Equal(got, want) {
			t.Errorf("%s, %t: %v", tt.direction, tt.local.ZeroHold, got)
		}
		peer := New(Local{Address: local.Address, Port: 5000, SessionID: 8})
		if got := receive(t, peer, offer); got.ZeroAddress != tt.zero {
			t.Errorf("%s, %t: the peer reads %+v", tt.direction, tt.local.ZeroHold, got)
		}
	}
}
