package switchboard

import (
	"net/netip"
	"testing"

	"sidetone/media"
)

func TestAccountOfAStreamSaysWhatCameFromElsewhere(t *testing.T) {
	c := &call{}
	if m := c.describeMedia(media.Stats{Received: 3}); m.Elsewhere != 0 || m.Source != "" {
		t.Errorf("nothing came from elsewhere: %+v", m)
	}
	m := c.describeMedia(media.Stats{Received: 3, Elsewhere: 2, ElsewhereSource: netip.MustParseAddrPort("192.0.2.7:4000")})
	if m.Elsewhere != 2 || m.Source != "192.0.2.7:4000" {
		t.Errorf("%+v", m)
	}
}
