package wire

import (
	"encoding/binary"
	"errors"
	"net"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// tellsOfBounces says whether the kernel has the option.
func (s *packetSocket) tellsOfBounces() bool {
	udp, ok := s.conn.(*net.UDPConn)
	return ok && enableBounces(udp) == nil
}

func TestRequestThatBouncesFailsAtOnceAndHarmsNoOther(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "[::1]"} {
		t.Run(host, func(t *testing.T) {
			nobody, err := net.ListenPacket("udp", host+":0")
			if err != nil {
				t.Skipf("no such address here: %v", err)
			}
			dead := addrPort(nobody.LocalAddr())
			_ = nobody.Close() // nothing listens there now
			b, bLog, stopB := onLoopback(t, "udp://"+host+":0")
			defer stopB()
			failures := make(chan Outbound, 10)
			l := &log{}
			o := l.options()
			o.Listen = []string{"udp://" + host + ":0"}
			o.Failed = func(o Outbound, err error) {
				if !errors.Is(err, syscall.ECONNREFUSED) {
					t.Errorf("failed: %v", err)
				}
				failures <- o
			}
			a, stopA := start(t, o)
			defer stopA()
			if !a.packets[0].tellsOfBounces() {
				t.Skip("this system does not tell of bounces")
			}
			for i := range 5 {
				for _, o := range []Outbound{request(dead, "dead", i), request(b.Addrs()[0].Local, "alive", "alive")} {
					if err := a.Send(o); err != nil {
						t.Fatal(err)
					}
				}
				arrive(t, bLog)
				select {
				case o := <-failures:
					if o.Token != i {
						t.Errorf("failed: %v, want %d", o.Token, i)
					}
				case <-time.After(10 * time.Second):
					t.Fatal("nothing is told")
				}
			}
		})
	}
}

func TestFatalErrorsOfICMPAreToldFromOthers(t *testing.T) {
	tests := []struct {
		name               string
		level, option      int
		origin, kind, code byte
		fatal              bool
	}{
		{"port unreachable", unix.SOL_IP, unix.IP_RECVERR, unix.SO_EE_ORIGIN_ICMP, 3, 3, true},
		{"host unreachable", unix.SOL_IP, unix.IP_RECVERR, unix.SO_EE_ORIGIN_ICMP, 3, 1, true},
		{"parameter problem", unix.SOL_IP, unix.IP_RECVERR, unix.SO_EE_ORIGIN_ICMP, 12, 0, true},
		{"fragmentation needed", unix.SOL_IP, unix.IP_RECVERR, unix.SO_EE_ORIGIN_ICMP, 3, 4, false},
		{"source quench", unix.SOL_IP, unix.IP_RECVERR, unix.SO_EE_ORIGIN_ICMP, 4, 0, false},
		{"time exceeded", unix.SOL_IP, unix.IP_RECVERR, unix.SO_EE_ORIGIN_ICMP, 11, 0, false},
		{"of this host", unix.SOL_IP, unix.IP_RECVERR, unix.SO_EE_ORIGIN_LOCAL, 3, 3, false},
		{"IPv6 port unreachable", unix.SOL_IPV6, unix.IPV6_RECVERR, unix.SO_EE_ORIGIN_ICMP6, 1, 4, true},
		{"IPv6 too big", unix.SOL_IPV6, unix.IPV6_RECVERR, unix.SO_EE_ORIGIN_ICMP6, 2, 0, false},
		{"another option", unix.SOL_SOCKET, unix.SCM_TIMESTAMPNS, unix.SO_EE_ORIGIN_ICMP, 3, 3, false},
	}
	for _, tt := range tests {
		data := make([]byte, 16)
		binary.NativeEndian.PutUint32(data, uint32(unix.ECONNREFUSED))
		data[4], data[5], data[6] = tt.origin, tt.kind, tt.code
		if err := icmpError(controlMessage(tt.level, tt.option, data)); errors.Is(err, syscall.ECONNREFUSED) != tt.fatal {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if err := icmpError([]byte{1, 2, 3}); err != nil {
		t.Errorf("of junk: %v", err)
	}
}

func controlMessage(level, option int, data []byte) []byte {
	oob := make([]byte, unix.CmsgSpace(len(data)))
	header := (*unix.Cmsghdr)(unsafe.Pointer(&oob[0]))
	header.Level, header.Type = int32(level), int32(option)
	header.SetLen(unix.CmsgLen(len(data)))
	copy(oob[unix.CmsgLen(0):], data)
	return oob
}
