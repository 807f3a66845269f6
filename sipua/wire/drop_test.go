package wire

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/internal/siptest"
)

var peerAt = netip.MustParseAddrPort("10.0.0.3:5060")

// served is an endpoint that has opened a connection to a peer, the other end of it, and what was told to be closed.
func served(t *testing.T, n *siptest.Network, l *log) (e *Endpoint, listener net.Listener, far net.Conn, closed func() []Flow) {
	t.Helper()
	var mu sync.Mutex
	var told []Flow
	o := l.options()
	o.Streams = []net.Listener{n.ListenStream("10.0.0.1:5060")}
	o.Dial = func(ctx context.Context, remote netip.AddrPort) (net.Conn, error) {
		return n.Dial(ctx, "10.0.0.1", remote)
	}
	o.Closed = func(f Flow) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, f)
	}
	e, stop := start(t, o)
	t.Cleanup(stop)
	listener = n.ListenStream(peerAt.String())
	t.Cleanup(func() { _ = listener.Close() })
	far = reach(t, e, listener)
	return e, listener, far, func() []Flow {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(told)
	}
}

// reach sends a request to the peer, which opens a connection, and is the peer's end of it.
func reach(t *testing.T, e *Endpoint, listener net.Listener) net.Conn {
	t.Helper()
	if err := e.Send(Outbound{Flow: Flow{Transport: TCP, Remote: peerAt}, Raw: []byte(id("a"))}); err != nil {
		t.Fatal(err)
	}
	far, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = far.Close() })
	if got := readText(far, len(id("a"))); got != id("a") {
		t.Fatalf("sent %q", got)
	}
	return far
}

// localOf is our end of a connection, as the peer sees it.
func localOf(far net.Conn) netip.AddrPort { return addrPort(far.RemoteAddr()) }

func TestDroppedConnectionIsReplacedByTheNextMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, listener, first, closed := served(t, siptest.NewNetwork(1), &log{})
		flow := Flow{Transport: TCP, Remote: peerAt}
		e.Drop(flow, time.Now())
		second := reach(t, e, listener)
		synctest.Wait()
		if got := closed(); len(got) != 1 || got[0].Local != localOf(first) || got[0].Remote != peerAt {
			t.Errorf("told %v of %s", got, localOf(first))
		}
		if e.Connected(Flow{Transport: TCP, Local: localOf(first), Remote: peerAt}) || !e.Connected(flow) {
			t.Error("the dropped connection counts as there, or the other one does not")
		}
		if localOf(second) == localOf(first) {
			t.Error("the message went over the dropped connection")
		}
	})
}

func TestDropSparesWhatWasOpenedSinceAndWhatWasNotMeant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, _, far, closed := served(t, siptest.NewNetwork(1), &log{})
		e.Drop(Flow{Transport: TCP, Remote: peerAt}, time.Now().Add(-time.Second))
		e.Drop(Flow{Transport: TCP, Local: netip.MustParseAddrPort("10.0.0.1:1"), Remote: peerAt}, time.Now())
		e.Drop(Flow{Transport: TCP, Remote: netip.MustParseAddrPort("10.0.0.4:5060")}, time.Now())
		synctest.Wait()
		if got := closed(); len(got) != 0 || !e.Connected(Flow{Transport: TCP, Local: localOf(far), Remote: peerAt}) {
			t.Errorf("told %v", got)
		}
	})
}

func TestConnectionThatIsBeingOpenedCanBeDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, l := siptest.NewNetwork(1), &log{}
		e, stop := onNetwork(t, n, l, Limits{})
		defer stop()
		n.Partition("10.0.0.3")
		if err := e.Send(Outbound{Flow: Flow{Transport: TCP, Remote: peerAt}, Raw: []byte(id("a"))}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		e.Drop(Flow{Transport: TCP, Remote: peerAt}, time.Now())
		synctest.Wait()
		var refused *ConnectError
		if n, err := l.failures(); n != 1 || !errors.As(err, &refused) {
			t.Errorf("%d failures: %v", n, err)
		}
	})
}

func TestEndOfAConnectionIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, _, far, closed := served(t, siptest.NewNetwork(1), &log{})
		_ = far.Close()
		synctest.Wait()
		if got := closed(); len(got) != 1 || got[0].Local != localOf(far) {
			t.Errorf("told %v of %s", got, localOf(far))
		}
	})
}

func TestPingIsOfTheVeryConnectionOfAFlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, listener, first, _ := served(t, siptest.NewNetwork(1), &log{})
		flow := Flow{Transport: TCP, Local: localOf(first), Remote: peerAt}
		_ = first.Close()
		synctest.Wait()
		reach(t, e, listener)
		if err := e.Ping(flow); !errors.Is(err, ErrFlowGone) || e.Answered(flow) {
			t.Errorf("another connection to the peer was pinged: %v", err)
		}
	})
}
