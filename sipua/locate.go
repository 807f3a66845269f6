package sipua

import (
	"context"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"time"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/locate"
	"sidetone/sipua/session"
	"sidetone/sipua/wire"
	"sidetone/trace"
)

// lookupTimeout bounds all that is asked for one URI: NAPTR, SRV and addresses.
const lookupTimeout = 12 * time.Second

// newLocator finds the targets that our sockets can reach.
func (ua *UserAgent) newLocator() *locate.Locator {
	resolver := ua.opts.Resolver
	if resolver == nil {
		resolver = locate.NewClient(locate.Options{})
	}
	return &locate.Locator{Resolver: guardedResolver{ua, resolver}, Able: ua.able, Chance: mathrand.IntN}
}

// able tells whether a transport of ours reaches a family of addresses. A connection needs no listener.
func (ua *UserAgent) able(transport string, v6 bool) bool {
	for _, f := range ua.endpoint.Addrs() {
		if (f.Transport == transport || transport != wire.UDP) && f.Local.Addr().Unmap().Is6() == v6 {
			return true
		}
	}
	return false
}

// locate answers how a URI is reached. A numeric host is answered at once; a name is looked up by a goroutine of its own,
// so that no call waits for another's name server, and the answer comes through the mailbox.
func (c *Call) locate(e session.Locate) (session.Located, bool) {
	ua := c.actor.agent
	hop, err := readHop(e.Hop)
	if err != nil {
		return session.Located{Locate: e, Err: err}, true
	}
	if target, ok := hop.Numeric(); ok {
		paths, err := ua.pathsTo([]locate.Target{target})
		return session.Located{Locate: e, Paths: paths, Err: err}, true
	}
	ua.background.Go(func() {
		paths, err := ua.paths(ua.ctx, hop)
		if lookup, ok := errors.AsType[*lookupError](err); ok {
			err = fmt.Errorf("%s: %w", trace.NameNotFound, lookup)
		}
		c.actor.post(letter{call: c, event: session.Located{Locate: e, Paths: paths, Err: err}})
	})
	return session.Located{}, false
}

// readHop reads where a URI leads to.
func readHop(text string) (locate.Hop, error) {
	var uri sip.Uri
	if err := sip.ParseUri(text, &uri); err != nil {
		return locate.Hop{}, fmt.Errorf("%q is not a URI: %w", text, err)
	}
	return locate.Read(uri)
}

// paths are the ways to a hop in the order in which they are to be tried (RFC 3263 section 4): what did not answer a
// moment ago comes last. It blocks while name servers are asked. There is at least one when the error is nil.
func (ua *UserAgent) paths(ctx context.Context, hop locate.Hop) ([]session.Path, error) {
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	targets, err := ua.locator.Locate(ctx, hop)
	if err != nil && !errors.Is(err, locate.ErrUnable) {
		err = &lookupError{err}
	}
	if err != nil {
		return nil, err
	}
	return ua.pathsTo(targets)
}

// lookupError is a look-up that failed for what name servers say, or do not say.
type lookupError struct{ err error }

func (e *lookupError) Error() string { return e.err.Error() }
func (e *lookupError) Unwrap() error { return e.err }

// pathsTo are the ways to targets, without those that we have no socket or no route for.
func (ua *UserAgent) pathsTo(targets []locate.Target) ([]session.Path, error) {
	var paths []session.Path
	var failed error
	for _, t := range targets {
		local, err := ua.endpoint.LocalFor(t.Transport, t.Addr)
		if err != nil {
			failed = err
			continue
		}
		paths = append(paths, session.Path{Flow: wire.Flow{Transport: t.Transport, Remote: t.Addr, Host: t.Host}, Local: local})
	}
	if len(paths) == 0 {
		return nil, failed
	}
	ua.avoided.order(time.Now(), paths)
	return paths, nil
}
