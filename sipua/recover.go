package sipua

import (
	"context"
	"errors"
	"net/netip"
	"runtime/debug"

	"go.uber.org/zap"

	"sidetone/internal/logkey"
	"sidetone/sipua/locate"
)

// errInternal is told of what a panic has ended.
var errInternal = errors.New("internal error")

// guarded runs what may panic, and tells whether it did not. A panic is logged and counted, and ends nothing but what it was in.
func (ua *UserAgent) guarded(message, what, callID string, from netip.AddrPort, run func()) (ok bool) {
	defer func() {
		if p := recover(); p != nil {
			ua.log.Error(message, zap.String(logkey.CallID, callID), zap.String(logkey.Verb, what), zap.Any(logkey.Reason, p),
				zap.ByteString("stack", debug.Stack()))
			ua.refused("internal error", from)
			ok = false
		}
	}()
	run()
	return true
}

// guardedResolver is a Resolver whose panic is a question that was not answered. It is asked on goroutines that are nobody's.
type guardedResolver struct {
	agent    *UserAgent
	resolver locate.Resolver
}

func (g guardedResolver) guard(name string, run func()) {
	g.agent.guarded("a resolver panicked", name, "", netip.AddrPort{}, run)
}

// NAPTR asks for the services of a domain.
func (g guardedResolver) NAPTR(ctx context.Context, name string) (records []locate.NAPTR, err error) {
	err = errInternal
	g.guard(name, func() { records, err = g.resolver.NAPTR(ctx, name) })
	return records, err
}

// SRV asks for the servers of a service.
func (g guardedResolver) SRV(ctx context.Context, name string) (records []locate.SRV, err error) {
	err = errInternal
	g.guard(name, func() { records, err = g.resolver.SRV(ctx, name) })
	return records, err
}

// Addresses asks for the addresses of a host.
func (g guardedResolver) Addresses(ctx context.Context, host string, v6 bool) (addrs []netip.Addr, err error) {
	err = errInternal
	g.guard(host, func() { addrs, err = g.resolver.Addresses(ctx, host, v6) })
	return addrs, err
}
