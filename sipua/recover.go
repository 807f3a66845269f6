package sipua

import (
	"errors"
	"net/netip"
	"runtime/debug"

	"go.uber.org/zap"

	"sidetone/internal/logkey"
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
