package media

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func testPorts(t *testing.T, n *network, first, last int) *Engine {
	t.Helper()
	e, err := NewEngine(Options{FirstPort: first, LastPort: last, Address: hostA, Listen: n.listen, Alarm: NewTimerAlarm()})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestPortsAreEvenPairsAndGoRound(t *testing.T) {
	e := testPorts(t, newNetwork(), 10001, 10006)
	a, b := open(t, e), open(t, e)
	if a.Port() != 10002 || b.Port() != 10004 {
		t.Errorf("ports %d and %d, want 10002 and 10004", a.Port(), b.Port())
	}
	if _, err := e.Open(); !errors.Is(err, ErrNoPort) || !strings.Contains(err.Error(), "10002-10005") {
		t.Errorf("a third: %v", err)
	}
	a.Close()
	c := open(t, e)
	if c.Port() != 10002 {
		t.Errorf("port %d, want the free one", c.Port())
	}
	b.Close()
	c.Close()
}

func TestTakenPortsAreLeftOutWholePairs(t *testing.T) {
	n := newNetwork()
	for _, port := range []uint16{10000, 10003} {
		c, err := n.listen(netip.AddrPortFrom(hostA, port))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
	}
	e := testPorts(t, n, 10000, 10005)
	s := open(t, e)
	if s.Port() != 10004 || len(n.socks) != 4 {
		t.Errorf("port %d with %d sockets, want 10004 and nothing left open", s.Port(), len(n.socks))
	}
	s.Close()
}

func TestAnAddressThatIsNotOursIsNamed(t *testing.T) {
	e, err := NewEngine(Options{Address: netip.MustParseAddr("203.0.113.77"), FirstPort: 40000, LastPort: 40999, Alarm: NewTimerAlarm()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Open(); err == nil || errors.Is(err, ErrNoPort) || !strings.Contains(err.Error(), "203.0.113.77:40000") {
		t.Errorf("%v", err)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for _, o := range []Options{
		{FirstPort: 10000, LastPort: 10000},
		{FirstPort: 10001, LastPort: 10002},
		{FirstPort: 65534, LastPort: 65536},
		{FirstPort: -2, LastPort: 10},
		{FirstPort: 10, LastPort: 2},
		{LastPort: 10},
		{Ptime: 5 * time.Millisecond},
		{Ptime: 25 * time.Millisecond},
		{Ptime: 80 * time.Millisecond},
	} {
		if _, err := NewEngine(o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
	for _, o := range []Options{{FirstPort: 10000, LastPort: 10001}, {FirstPort: 65534, LastPort: 65535}, {}} {
		if _, err := o.withDefaults(); err != nil {
			t.Errorf("%+v: %v", o, err)
		}
	}
}
