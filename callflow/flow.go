package callflow

import (
	"fmt"
	"time"
)

// Seat names what can be rung: the local handset, an FXS port, a registered phone, an outside number.
type Seat string

// Handset is the seat of a plain phone.
const Handset Seat = "handset"

// Block is one step of a flow: Ring or Response.
type Block interface{ block() }

// Ring rings seats until one answers, all refuse, or the time is over; then the flow goes on with the next block.
type Ring struct {
	Seats []Seat
	For   time.Duration // 0 = until the caller gives up
}

// Response ends the call with a final status (RFC 3261 section 21).
type Response struct {
	Status int
	Reason string
}

func (Ring) block()     {}
func (Response) block() {}

// Flow is a named chain of blocks.
type Flow struct {
	Name   string
	Blocks []Block
}

// Phone is the flow of a plain phone: ring the handset, and say that it is unavailable when nobody answers in time
// (480, RFC 3261 section 21.4.18).
func Phone(ringFor time.Duration) Flow {
	return Flow{Name: "phone", Blocks: []Block{
		Ring{Seats: []Seat{Handset}, For: ringFor},
		Response{Status: 480, Reason: "Temporarily Unavailable"},
	}}
}

// Check tells what is wrong with a flow.
func (f Flow) Check() error {
	if len(f.Blocks) == 0 {
		return fmt.Errorf("flow %q: has no block", f.Name)
	}
	for i, b := range f.Blocks {
		switch b := b.(type) {
		case Ring:
			if len(b.Seats) == 0 {
				return fmt.Errorf("flow %q: block %d: rings nobody", f.Name, i+1)
			}
		case Response:
			if b.Status < 300 || b.Status > 699 {
				return fmt.Errorf("flow %q: block %d: status %d is not between 300 and 699", f.Name, i+1, b.Status)
			}
		}
	}
	return nil
}
