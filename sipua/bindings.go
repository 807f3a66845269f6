package sipua

import (
	"context"
	"errors"
	"fmt"

	"sidetone/sipua/register"
)

// Binding is one address at which an account is reached.
type Binding = register.Binding

// ErrNoRegistrar is returned by Bindings for an account that does not register.
var ErrNoRegistrar = errors.New("the account does not register")

// Bindings asks the registrar of an account, an index into Options.Accounts, for all addresses that are bound to it: those of
// other phones too (RFC 3261 section 10.2.3, RFC 3665 section 2.3). It changes none, and waits for a REGISTER that is under way.
func (ua *UserAgent) Bindings(ctx context.Context, account int) ([]Binding, error) {
	if account < 0 || account >= len(ua.lines) {
		return nil, fmt.Errorf("there is no account %d", account+1)
	}
	r := ua.lines[account]
	if r == nil {
		return nil, ErrNoRegistrar
	}
	answer := make(chan register.Listed, 1)
	select {
	case r.lists <- answer:
	case <-r.ended:
		return nil, ErrStopped
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case listed := <-answer:
		return listed.Bindings, listed.Err
	case <-r.ended:
		return nil, ErrStopped
	case <-ctx.Done():
		return nil, fmt.Errorf("the registrar has not answered: %w", ctx.Err())
	}
}
