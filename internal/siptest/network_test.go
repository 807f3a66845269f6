package siptest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// exchange sends numbered packets from one address to another, a millisecond apart, and returns what arrives, with
// its delay if that is wanted.
func exchange(t *testing.T, n *Network, count int, timed bool) []string {
	t.Helper()
	a, b := n.Listen("10.0.0.1:5060"), n.Listen("10.0.0.2:5060")
	defer func() { _, _ = a.Close(), b.Close() }() // closed once
	sent := make([]time.Time, count)
	for i := range count {
		sent[i] = time.Now()
		if _, err := a.WriteTo([]byte(fmt.Sprint(i)), b.LocalAddr()); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Millisecond)
	}
	var got []string
	buf := make([]byte, 100)
	if err := b.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	for {
		k, from, err := b.ReadFrom(buf)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return got
		}
		if err != nil || from.String() != a.LocalAddr().String() {
			t.Fatalf("from %v, %v", from, err)
		}
		s := string(buf[:k])
		if timed {
			s += fmt.Sprint(" ", time.Since(sent[0]))
		}
		got = append(got, s)
	}
}

func TestNetworkWithoutFaultsIsPerfect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := exchange(t, NewNetwork(1), 5, false)
		if diff := cmp.Diff([]string{"0", "1", "2", "3", "4"}, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestConstantDelayKeepsTheOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := NewNetwork(1)
		n.SetFaults(Faults{Delay: 50 * time.Millisecond})
		want := []string{"0 50ms", "1 51ms", "2 52ms"}
		if diff := cmp.Diff(want, exchange(t, n, 3, true)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestSameSeedGivesTheSameFaults(t *testing.T) {
	faults := Faults{Loss: 0.2, Duplication: 0.2, Delay: 10 * time.Millisecond, Jitter: 20 * time.Millisecond}
	run := func(seed uint64) (got string) {
		synctest.Test(t, func(t *testing.T) {
			n := NewNetwork(seed)
			n.SetFaults(faults)
			got = strings.Join(exchange(t, n, 200, false), " ")
		})
		return got
	}
	first := run(1)
	if again := run(1); again != first {
		t.Error("two runs of one seed differ")
	}
	if run(2) == first {
		t.Error("two seeds give the same run")
	}
}

func TestFaultsHappenAsOftenAsTheyAreAskedFor(t *testing.T) {
	const count = 1000
	tests := []struct {
		name     string
		faults   Faults
		min, max int // packets that arrive
		ordered  bool
	}{
		{"loss", Faults{Loss: 0.3}, 650, 750, true},
		{"duplication", Faults{Duplication: 0.3}, 1250, 1350, true},
		{"jitter", Faults{Jitter: 20 * time.Millisecond}, count, count, false},
		{"everything lost", Faults{Loss: 1}, 0, 0, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := NewNetwork(7)
				n.SetFaults(tt.faults)
				got := exchange(t, n, count, false)
				if len(got) < tt.min || len(got) > tt.max {
					t.Errorf("%d arrive, want %d to %d", len(got), tt.min, tt.max)
				}
				ordered, last := true, -1
				for _, s := range got {
					var i int
					if _, err := fmt.Sscan(s, &i); err != nil {
						t.Fatal(err)
					}
					ordered = ordered && i >= last
					last = i
				}
				if ordered != tt.ordered {
					t.Errorf("in order: %v", ordered)
				}
			})
		})
	}
}

func TestPartitionCutsAnAddressOffUntilHealed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := NewNetwork(1)
		a, b := NewPeer(t, n.Listen("10.0.0.1:5060")), NewPeer(t, n.Listen("10.0.0.2:5060"))
		n.SetFaults(Faults{Delay: time.Second})
		a.Send(b.Addr(), "on its way\n")
		n.Partition("10.0.0.2")
		a.Send(b.Addr(), "cut off\n")
		b.Send(a.Addr(), "cut off as well\n")
		b.ExpectNone(Any, time.Minute)
		a.ExpectNone(Any, time.Minute)
		n.Heal()
		a.Send(b.Addr(), "healed\n")
		if m := b.Expect(Any); m.Raw != "healed\r\n" {
			t.Errorf("got %q", m.Raw)
		}
	})
}

func TestDropLosesWhatItIsAskedTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := NewNetwork(1)
		a, b := NewPeer(t, n.Listen("10.0.0.1:5060")), NewPeer(t, n.Listen("10.0.0.2:5060"))
		lost := 0
		n.SetDrop(func(p Packet) bool {
			if strings.HasPrefix(string(p.Data), "ACK ") && lost < 2 {
				lost++
				return true
			}
			return false
		})
		for _, s := range []string{"ACK 1\n", "BYE\n", "ACK 2\n", "ACK 3\n"} {
			a.Send(b.Addr(), s)
		}
		for _, want := range []string{"BYE\r\n", "ACK 3\r\n"} {
			if m := b.Expect(Any); m.Raw != want {
				t.Errorf("got %q, want %q", m.Raw, want)
			}
		}
	})
}

func TestClosedConnectionFreesItsAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := NewNetwork(1)
		a := n.Listen("10.0.0.1:5060")
		ended := make(chan error, 1)
		go func() {
			_, _, err := a.ReadFrom(make([]byte, 10))
			ended <- err
		}()
		synctest.Wait()
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; !errors.Is(err, net.ErrClosed) {
			t.Errorf("read: %v", err)
		}
		if _, err := a.WriteTo([]byte("x"), a.LocalAddr()); !errors.Is(err, net.ErrClosed) {
			t.Errorf("write: %v", err)
		}
		if err := n.Listen("10.0.0.1:5060").Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestDeadlineWakesAReadThatIsWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := NewNetwork(1).Listen("10.0.0.1:5060")
		defer func() { _ = a.Close() }() // the test is over
		ended := make(chan error, 1)
		go func() {
			_, _, err := a.ReadFrom(make([]byte, 10))
			ended <- err
		}()
		synctest.Wait()
		if err := a.SetDeadline(time.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("read: %v", err)
		}
	})
}

func TestStreamsJoinTwoAddresses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := NewNetwork(1)
		to := netip.MustParseAddrPort("10.0.0.1:5060")
		if _, err := n.Dial(context.Background(), "10.0.0.2", to); !errors.Is(err, ErrRefused) {
			t.Errorf("nobody listens: %v", err)
		}
		l := n.ListenStream(to.String())
		go func() {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, c.RemoteAddr().String()) // the reader checks
			_ = c.Close()
		}()
		c, err := n.Dial(context.Background(), "10.0.0.2", to)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(c)
		if err != nil || string(got) != c.LocalAddr().String() || c.RemoteAddr().String() != to.String() {
			t.Errorf("%s to %s: read %q, %v", c.LocalAddr(), c.RemoteAddr(), got, err)
		}
		n.Partition("10.0.0.1")
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if _, err := n.Dial(ctx, "10.0.0.2", to); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("cut off: %v", err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("accept: %v", err)
		}
	})
}
