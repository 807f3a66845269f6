package wire

import (
	"errors"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/internal/siptest"
)

func TestPingOfOursIsAnsweredOrTheConnectionIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, l := siptest.NewNetwork(1), &log{}
		e, stop := onNetwork(t, n, l, Limits{})
		defer stop()
		c := dial(t, n, "10.0.0.2")
		flow := Flow{Transport: TCP, Remote: netip.MustParseAddrPort(c.LocalAddr().String())}
		for range 3 { // two pongs in a row are no ping
			if err := e.Ping(flow); err != nil {
				t.Fatal(err)
			}
			if got := readText(c, 4); got != "\r\n\r\n" {
				t.Fatalf("pinged with %q", got)
			}
			write(t, c, "\r\n")
			synctest.Wait()
			if !e.Answered(flow) {
				t.Error("the pong does not count")
			}
		}
		if err := e.Ping(flow); err != nil {
			t.Fatal(err)
		}
		if got := readText(c, 4); got != "\r\n\r\n" {
			t.Fatalf("pinged with %q", got)
		}
		if e.Answered(flow) {
			t.Error("silence counts as a pong")
		}
		synctest.Wait()
		if err := e.Ping(flow); !errors.Is(err, ErrFlowGone) || e.Answered(flow) {
			t.Errorf("the silent connection is still there: %v", err)
		}
	})
}

func TestPingOpensNoConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, l := siptest.NewNetwork(1), &log{}
		e, stop := onNetwork(t, n, l, Limits{})
		defer stop()
		listener := n.ListenStream("10.0.0.3:5060")
		if err := e.Ping(Flow{Transport: TCP, Remote: netip.MustParseAddrPort("10.0.0.3:5060")}); !errors.Is(err, ErrFlowGone) {
			t.Errorf("got %v", err)
		}
		pass(time.Second)
		_ = listener.Close()
	})
}
