package sipua

import (
	"fmt"
	"net/netip"
	"time"

	"sidetone/sipua/wire"
)

// Reconnect says that addresses have changed or that the link came up: every account registers at once, and over another
// connection, as the one it used may lead nowhere without anybody telling (RFC 5626 section 4.5).
func (ua *UserAgent) Reconnect() {
	now := time.Now()
	for _, via := range ua.leave() {
		via.Local = netip.AddrPort{}
		ua.endpoint.Drop(via, now)
	}
	for _, r := range ua.registrations {
		signal(r.again)
	}
}

// leave are the connections that registrations use. Their end is no news any more.
func (ua *UserAgent) leave() []wire.Flow {
	ua.mu.Lock()
	defer ua.mu.Unlock()
	var used []wire.Flow
	for _, r := range ua.registrations {
		if r.via.Transport != "" && r.via.Reliable() {
			used = append(used, r.via)
		}
		r.watched = wire.Flow{}
	}
	return used
}

// connectionClosed has every registration see whether the connection was its own.
func (ua *UserAgent) connectionClosed(wire.Flow) {
	for _, r := range ua.registrations {
		signal(r.closed)
	}
}

// signal leaves a token, unless there is one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// watch notes the connection that the account is registered over.
func (r *registration) watch(f wire.Flow) {
	r.agent.mu.Lock()
	defer r.agent.mu.Unlock()
	r.watched = f
}

// deadFlow is the connection that the account is registered over, if it is not there any more.
func (r *registration) deadFlow() (wire.Flow, bool) {
	r.agent.mu.Lock()
	defer r.agent.mu.Unlock()
	if r.watched == (wire.Flow{}) || r.agent.endpoint.Connected(r.watched) {
		return wire.Flow{}, false
	}
	dead := r.watched
	r.watched = wire.Flow{}
	return dead, true
}

// Register has one account, an index into Options.Accounts, register at once.
func (ua *UserAgent) Register(account int) error {
	if account < 0 || account >= len(ua.lines) {
		return fmt.Errorf("there is no account %d", account+1)
	}
	r := ua.lines[account]
	if r == nil {
		return ErrNoRegistrar
	}
	signal(r.again)
	return nil
}
