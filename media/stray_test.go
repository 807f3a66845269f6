package media

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

func TestPacketsFromElsewhereThatAreHeardAreCountedWithTheirSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, negotiated, n, stop := solo(t)
		defer stop()
		stray := newPeer(t, n, hostC, 6000, s)
		defer stray.close()
		wait(100 * time.Millisecond)
		stray.run(1, 1, 10) // the first one only proves that the next is no accident
		synctest.Wait()
		if st := s.Stats(); st.Elsewhere != st.Received || st.Elsewhere < 9 || st.ElsewhereSource != netip.AddrPortFrom(hostC, 6000) {
			t.Errorf("%d of %d from elsewhere, the last from %s", st.Elsewhere, st.Received, st.ElsewhereSource)
		}
		wait(time.Second)
		before := s.Stats()
		negotiated.run(2, 1, 10)
		synctest.Wait()
		if st := s.Stats(); st.Received <= before.Received || st.Elsewhere != before.Elsewhere {
			t.Errorf("%d packets of the negotiated address: %d from elsewhere", st.Received-before.Received, st.Elsewhere-before.Elsewhere)
		}
	})
}
