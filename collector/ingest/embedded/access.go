package embedded

import (
	"context"
	"crypto/tls"
	"errors"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"sidetone/collector/access"
	"sidetone/collector/store"
)

// enforceEvery is how soon credentials that were taken back end a connection.
const enforceEvery = time.Second

// Access decides who may speak for which device. access.Gate is one.
type Access interface {
	// Admit decides about a login; it may take a few seconds.
	Admit(context.Context, access.Login) (access.Grant, error)
	// Valid tells whether what was granted would be granted still.
	Valid(access.Grant) bool
}

// admit asks whether the client may be the device that it says; without anybody to ask, it may.
func (h *hook) admit(p *peer, pk packets.Packet) error {
	if h.access == nil {
		return nil
	}
	l := access.Login{Device: pk.Connect.ClientIdentifier, Username: string(pk.Connect.Username), Password: pk.Connect.Password, Peer: p.addr}
	if secured, ok := p.Conn.(*tls.Conn); ok {
		l.Chains = secured.ConnectionState().VerifiedChains
	}
	grant, err := h.access.Admit(context.Background(), l)
	p.grant = grant
	return err
}

// turnAway refuses a login for the reason that Admit had.
func (h *hook) turnAway(cl *mqtt.Client, err error) error {
	reason, code := access.Refusal("login"), packets.ErrBadUsernameOrPassword
	if errors.As(err, &reason) && (reason == access.RefusedBusy || reason == access.RefusedTooMany) {
		code = packets.ErrServerUnavailable
	}
	return h.refuse(cl, code, string(reason))
}

// count counts that a client was refused something.
func (h *hook) count(cl *mqtt.Client, reason, what string) {
	r := store.Refusal{Reason: reason, Device: cl.ID, What: what, Last: h.now().UTC()}
	if p, ok := peerOf(cl); ok && p.addr.IsValid() {
		r.Address = p.addr.String()
	}
	h.handler.Stats().RefuseOf(r)
}

// enforce hangs up on whoever would not be let in any more, until ctx is done.
func (h *hook) enforce(ctx context.Context) {
	if h.access == nil {
		return
	}
	tick := time.NewTicker(enforceEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for _, cl := range h.clients() {
			if p, ok := peerOf(cl); ok && !h.access.Valid(p.grant) {
				h.count(cl, refusedNoLonger, "")
				cl.Stop(packets.ErrAdministrativeAction)
			}
		}
	}
}

// clients lists the connections that speak for devices.
func (h *hook) clients() []*mqtt.Client {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make([]*mqtt.Client, 0, len(h.current))
	for _, cl := range h.current {
		out = append(out, cl)
	}
	return out
}
