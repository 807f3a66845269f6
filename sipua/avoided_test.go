package sipua

import (
	"net/netip"
	"testing"
	"time"

	"sidetone/sipua/session"
	"sidetone/sipua/wire"
)

func pathTo(i int) session.Path {
	return session.Path{Flow: wire.Flow{Transport: wire.UDP, Remote: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), 5060)}}
}

func TestTargetThatFailedIsTriedLastForAWhile(t *testing.T) {
	now := time.Unix(1000, 0)
	var a avoided
	a.add(pathTo(1).Flow, now.Add(time.Minute))
	for _, tc := range []struct {
		after time.Duration
		want  []int
	}{{0, []int{2, 3, 1}}, {time.Minute, []int{1, 2, 3}}} {
		paths := []session.Path{pathTo(1), pathTo(2), pathTo(3)}
		a.order(now.Add(tc.after), paths)
		for i, want := range tc.want {
			if paths[i] != pathTo(want) {
				t.Errorf("after %s: %v", tc.after, paths)
			}
		}
	}
}

func TestMemoryOfFailedTargetsIsBounded(t *testing.T) {
	now := time.Unix(1000, 0)
	var a avoided
	for i := range 3 * maxAvoided {
		a.add(pathTo(i).Flow, now.Add(time.Duration(i+1)*time.Second))
	}
	if len(a.until) != maxAvoided {
		t.Errorf("%d targets", len(a.until))
	}
	paths := []session.Path{pathTo(3*maxAvoided - 1), pathTo(0)}
	if a.order(now, paths); paths[0] != pathTo(0) {
		t.Error("the newest was forgotten")
	}
}
