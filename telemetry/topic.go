package telemetry

import (
	"errors"
	"fmt"
	"regexp"
)

// ErrName is wrapped for a tenant or device that cannot stand in a topic.
var ErrName = errors.New("want 1 to 64 of a-z, 0-9 and -")

var validName = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)

// topics of one device.
type topics struct{ base string }

func newTopics(tenant, device string) (topics, error) {
	if !validName.MatchString(tenant) {
		return topics{}, fmt.Errorf("tenant %q: %w", tenant, ErrName)
	}
	if !validName.MatchString(device) {
		return topics{}, fmt.Errorf("device %q: %w", device, ErrName)
	}
	return topics{base: "st/v1/" + tenant + "/" + device}, nil
}

func (t topics) state() string  { return t.base + "/up/state" }
func (t topics) events() string { return t.base + "/up/ev" }
func (t topics) health() string { return t.base + "/up/health" }

func (t topics) line(n int) string { return fmt.Sprintf("%s/up/line/%d", t.base, n) }
