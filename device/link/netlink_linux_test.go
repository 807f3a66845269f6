package link

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// netlink writes one message: its fixed part and its attributes.
func netlink(kind uint16, fixed []byte, attributes ...[]byte) []byte {
	b := make([]byte, headerLen)
	b = append(b, fixed...)
	for _, a := range attributes {
		b = append(b, a...)
	}
	binary.NativeEndian.PutUint32(b, uint32(len(b)))
	binary.NativeEndian.PutUint16(b[4:], kind)
	return b
}

func attribute(kind uint16, value []byte) []byte {
	b := binary.NativeEndian.AppendUint16(nil, uint16(4+len(value)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = append(b, value...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func linkMessage(kind uint16, index, flags uint32, name string) []byte {
	fixed := make([]byte, linkLen)
	binary.NativeEndian.PutUint32(fixed[4:], index)
	binary.NativeEndian.PutUint32(fixed[8:], flags)
	return netlink(kind, fixed, attribute(unix.IFLA_IFNAME, append([]byte(name), 0)))
}

func addressMessage(kind uint16, flags byte, index uint32, attributes ...[]byte) []byte {
	fixed := []byte{unix.AF_INET, 24, flags, 0, 0, 0, 0, 0}
	binary.NativeEndian.PutUint32(fixed[4:], index)
	return netlink(kind, fixed, attributes...)
}

func TestMessagesOfTheKernelAreRead(t *testing.T) {
	const running = unix.IFF_UP | unix.IFF_RUNNING
	ours, peer := []byte{192, 0, 2, 7}, []byte{192, 0, 2, 8}
	for name, c := range map[string]struct {
		datagram []byte
		want     []message
		done     bool
	}{
		"link up":          {linkMessage(unix.RTM_NEWLINK, 2, running, "eth0"), []message{{link: true, index: 2, name: "eth0", up: true}}, false},
		"without carrier":  {linkMessage(unix.RTM_NEWLINK, 2, unix.IFF_UP, "eth0"), []message{{link: true, index: 2, name: "eth0"}}, false},
		"link gone":        {linkMessage(unix.RTM_DELLINK, 2, 0, "eth0"), []message{{link: true, index: 2, name: "eth0", gone: true}}, false},
		"address":          {addressMessage(unix.RTM_NEWADDR, 0, 2, attribute(unix.IFA_ADDRESS, ours)), []message{{index: 2, address: netip.MustParsePrefix("192.0.2.7/24")}}, false},
		"point to point":   {addressMessage(unix.RTM_NEWADDR, 0, 2, attribute(unix.IFA_ADDRESS, peer), attribute(unix.IFA_LOCAL, ours)), []message{{index: 2, address: netip.MustParsePrefix("192.0.2.7/24")}}, false},
		"not ours yet":     {addressMessage(unix.RTM_NEWADDR, unix.IFA_F_TENTATIVE, 2, attribute(unix.IFA_ADDRESS, ours)), nil, false},
		"without address":  {addressMessage(unix.RTM_NEWADDR, 0, 2), nil, false},
		"half a link":      {netlink(unix.RTM_NEWLINK, make([]byte, linkLen-4)), nil, false},
		"end of an answer": {netlink(unix.NLMSG_DONE, make([]byte, 4)), nil, true},
		"two at once": {
			append(linkMessage(unix.RTM_NEWLINK, 2, running, "eth0"), addressMessage(unix.RTM_DELADDR, 0, 2, attribute(unix.IFA_LOCAL, ours))...),
			[]message{{link: true, index: 2, name: "eth0", up: true}, {index: 2, gone: true, address: netip.MustParsePrefix("192.0.2.7/24")}},
			false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, done, err := parse(c.datagram)
			if err != nil || done != c.done {
				t.Fatalf("done %t, error %v", done, err)
			}
			if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(message{}), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzNetlink(f *testing.F) {
	f.Add(linkMessage(unix.RTM_NEWLINK, 2, unix.IFF_UP, "eth0"))
	f.Add(addressMessage(unix.RTM_NEWADDR, 0, 2, attribute(unix.IFA_ADDRESS, []byte{192, 0, 2, 7})))
	f.Fuzz(func(t *testing.T, datagram []byte) {
		s := newState()
		messages, _, err := parse(datagram)
		if err != nil {
			return
		}
		for _, m := range messages {
			s.take(m, new(Change))
			var again Change
			if s.take(m, &again); !again.empty() {
				t.Errorf("%+v is news twice: %+v", m, again)
			}
		}
	})
}
