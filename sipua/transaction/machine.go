package transaction

import "github.com/emiago/sipgo/sip"

// Machine is one transaction. Start is called once, before any Step, and performs what creating the transaction
// asks for. Effects must be performed in order, and before the next Step.
type Machine interface {
	Start() []Effect
	Step(Input) ([]Effect, error)
	State() State
	Key() Key
	Request() *sip.Request // the request that created the transaction
}

// core is what the four machines have in common.
type core struct {
	name     string
	request  *sip.Request
	key      Key
	reliable bool
	timers   Timers
	state    State
}

// State is where the transaction stands.
func (c *core) State() State { return c.state }

// Key is what the messages of the transaction map to.
func (c *core) Key() Key { return c.key }

// Request is the request that created the transaction. It must not be changed.
func (c *core) Request() *sip.Request { return c.request }

func (c *core) illegal(in Input) ([]Effect, error) {
	return nil, &IllegalInputError{Machine: c.name, State: c.state, Input: in}
}

// end moves to Terminated: after, say, a failure that ends the transaction.
func (c *core) end(effects ...Effect) ([]Effect, error) {
	c.state = Terminated
	return append(effects, Ended{}), nil
}

// absorb is the answer to a message that belongs to the transaction and changes nothing.
func absorb() ([]Effect, error) { return nil, nil }

func provisional(r *sip.Response) bool { return r.StatusCode < 200 }
func success(r *sip.Response) bool     { return r.StatusCode >= 200 && r.StatusCode < 300 }
