package main

import (
	"errors"
	"fmt"
	"io"
	"net/netip"

	"sidetone/capture"
	"sidetone/trace"
)

// readCapture reads a file of packets. at is the host whose side of the calls is told, "" for either.
func readCapture(r io.Reader, path, at string) (*capture.Result, error) {
	o := capture.Options{Limits: capture.Limits{Calls: 2000, Bytes: 8 << 20}} // on a device with little memory
	if at != "" {
		host, err := netip.ParseAddrPort(at)
		if err != nil {
			var only netip.Addr
			if only, err = netip.ParseAddr(at); err != nil {
				return nil, usageError(fmt.Errorf("--at %q: want an address, or address:port", at))
			}
			host = netip.AddrPortFrom(only, 0)
		}
		o.At = host
	}
	found, err := capture.Read(r, o)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return found, nil
}

// eachCaptured gives every event of the first view of every call. What the file lacks is in lost.
func (a archive) eachCaptured(visit func(line []byte, e trace.Event) error) (lost []error, err error) {
	for _, left := range a.capture.Left {
		lost = append(lost, fmt.Errorf("%d × %s", left.Count, left.Reason))
	}
	for _, c := range a.capture.Calls {
		for _, e := range c.Views[0].Events {
			line, err := e.Encode()
			if err == nil {
				err = visit(line, e)
			}
			if err != nil && !errors.Is(err, errStop) {
				return lost, err
			}
		}
	}
	return lost, nil
}

// viewsOf is a call of a capture from all ends that it shows; nil where the archive is none.
func (a archive) viewsOf(call string) []trace.View {
	if a.capture == nil {
		return nil
	}
	for _, c := range a.capture.Calls {
		if c.ID() == call {
			return c.Views
		}
	}
	return nil
}
