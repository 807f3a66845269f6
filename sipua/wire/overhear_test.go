package wire_test

import (
	"net/netip"
	"strings"
	"testing"

	"sidetone/sipua/wire"
)

const passing = "SIP/2.0 180 Ringing\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK2, SIP/2.0/UDP [2001:db8::1]:5070;branch=z9hG4bK1\r\n" +
	"f: <sip:a@example.com>;tag=1\r\nt: <sip:b@example.com>;tag=2\r\ni: x@y\r\nCSeq: 7 INVITE\r\nl: 0\r\n\r\n"

func TestMessageBetweenOthersIsReadWithAllItsHops(t *testing.T) {
	o, err := wire.Overhear([]byte(passing))
	if err != nil {
		t.Fatal(err)
	}
	if o.Vias != 2 || o.Status != 180 || o.Reason != "Ringing" || o.Method != "INVITE" || o.SentBy != netip.MustParseAddrPort("192.0.2.9:5060") {
		t.Errorf("%+v", o)
	}
	if _, _, err := wire.Read([]byte(passing)); err == nil {
		t.Error("an endpoint takes a response that is for somebody else")
	}
	for _, name := range []string{"Via", "i", "CSeq"} {
		cut := strings.Index(passing, "\r\n"+name+": ") + 2
		broken := passing[:cut] + passing[cut+strings.Index(passing[cut:], "\r\n")+2:]
		if _, err := wire.Overhear([]byte(broken)); err == nil {
			t.Errorf("without %s: read", name)
		}
	}
}

func TestCutterGivesWholeMessagesAndBeginsAnewWhereTheLengthIsLost(t *testing.T) {
	var c wire.Cutter
	next := func(p string) string {
		c.Write([]byte(p))
		raw, _ := c.Next()
		return string(raw)
	}
	half := len(passing) / 2
	if got := next("\r\n\r\n" + passing[:half]); got != "" || !c.Begun() {
		t.Errorf("half a message: %q", got)
	}
	if got := next(passing[half:]); got != passing || c.Begun() {
		t.Errorf("got %q", got)
	}
	lost := strings.Replace(passing, "l: 0", "l: many", 1)
	if got := next(lost + "whatever"); got != lost || c.Begun() {
		t.Errorf("got %q", got)
	}
	c.Write([]byte{0, 1, 2})
	if _, err := c.Next(); err == nil || c.Begun() {
		t.Error("junk is no error")
	}
	if got := next(passing); got != passing {
		t.Errorf("behind it: %q", got)
	}
}
