package store

import (
	"context"
	"encoding/json"
	"slices"
	"time"
)

// The states of a command. All but the first and the last are the device's words.
const (
	CommandSent     = "sent"
	CommandAccepted = "accepted"
	CommandProgress = "progress"
	CommandDone     = "done"
	CommandFailed   = "failed"
	CommandExpired  = "expired" // the device has not answered in time
)

// Reply is one answer of a device, and when it came in.
type Reply struct {
	State string    `json:"st"`
	At    time.Time `json:"at"`
}

// Command is what a device was asked to do, and what became of it.
type Command struct {
	Origin                 // whom it was sent to, and when
	CID    string          // its name, unique
	Op, By string          // what was asked for, and by whom
	Args   json.RawMessage // nil for none
	Expiry time.Time       // when it is no longer to be begun
	State  string          // as last answered
	Code   string          // why it failed
	Data   json.RawMessage // of the last answer that had any
	Steps  []Reply         // in the order in which they came
}

// Answer is what a device says of a command.
type Answer struct {
	Origin
	CID, State, Code string
	Data             json.RawMessage
}

// Wanted is the configuration that a device is wished to have, on top of its own file. It replaces the one before.
type Wanted struct {
	Origin
	Ver     int64
	Payload json.RawMessage // as it is published
}

func (Command) update() {}
func (Answer) update()  {}
func (Wanted) update()  {}

// commandRanks are the states of a command in the order in which they come.
var commandRanks = []string{CommandSent, CommandAccepted, CommandProgress, CommandDone, CommandFailed}

// Take takes an answer into account, and tells whether it says anything new. Answers come more than once, and late.
func (c *Command) Take(a Answer) bool {
	before, now := slices.Index(commandRanks, c.State), slices.Index(commandRanks, a.State)
	over := c.State == CommandDone || c.State == CommandFailed
	if over || now < before || now <= 0 || len(c.Steps) >= maxSteps && now < slices.Index(commandRanks, CommandDone) {
		return false
	}
	c.State, c.Code = a.State, a.Code
	if a.Data != nil {
		c.Data = slices.Clone(a.Data)
	}
	c.Steps = append(c.Steps, Reply{State: a.State, At: a.At})
	return true
}

// maxSteps bounds what is kept of a device that goes on and on.
const maxSteps = 64

// Told is the state of the command as it is told at a time.
func (c *Command) Told(now time.Time) string {
	if c.State == CommandSent && now.After(c.Expiry) {
		return CommandExpired
	}
	return c.State
}

// MaxCommands is how many commands are listed at most.
const MaxCommands = 100

// CommandReader reads what devices were asked and are wished to be.
type CommandReader interface {
	// Commands lists the last commands of a device, newest first.
	Commands(ctx context.Context, device string) ([]Command, error)
	// Command reads one, else ErrNotFound.
	Command(ctx context.Context, device, cid string) (Command, error)
	// Wanted reads the configuration that a device is wished to have, else ErrNotFound.
	Wanted(ctx context.Context, device string) (Wanted, error)
	// AllWanted reads those of all devices.
	AllWanted(ctx context.Context) ([]Wanted, error)
}
