package technician

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// ErrNoCall says that no call of an id is recorded.
var ErrNoCall = errors.New("no such call")

// Filter says which calls are listed.
type Filter struct {
	Since  time.Duration // how long ago a call may have begun; 0 = ever
	Number string        // part of a number or name of either side
	Failed bool          // only what failed, was blocked or was cut off
}

// Calls are the calls that the device has recorded. The methods are called by one goroutine at a time.
type Calls interface {
	// List gives the calls that pass, newest first, and how many records could not be read.
	List(ctx context.Context, f Filter) (calls []trace.Summary, lost int, err error)
	// Views gives what was seen of a call; the error is ErrNoCall where none has the id.
	Views(ctx context.Context, id string) ([]trace.View, error)
}

// Options of a Server.
type Options struct {
	Listen   string   // host:port; the host is an address or localhost
	Password string   // "" lets everybody in, which only a loopback address may
	Hosts    []string // names under which the page may be asked for, besides addresses and localhost
	Calls    Calls
	Status   func(context.Context, phrase.Lang) (string, error) // how the device is, for people; in lines
	Name     string                                             // of the device
	Now      func() time.Time                                   // time.Now when nil
	Logger   *zap.Logger
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = zap.NewNop()
	}
	return o
}

// Bounds on what all readers together may have of the device.
const (
	maxConnections = 16               // at a time
	maxOfOne       = 8                // of one source; a browser opens six
	maxRequests    = 200              // on a connection, which is closed after them
	maxHead        = 16 << 10         // bytes of a request
	maxFields      = 64               // header fields of a request
	idleTime       = 20 * time.Second // between two requests
	headTime       = 5 * time.Second  // for a request to arrive, from its first byte on
	writeTime      = 60 * time.Second // for a reply to be taken
	lingerTime     = time.Second      // for the last answer to be read
	buildTime      = 20 * time.Second // for a page to be made, waiting for other pages included
	acceptPause    = 100 * time.Millisecond
)
