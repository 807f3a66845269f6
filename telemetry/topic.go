package telemetry

import (
	"errors"
	"fmt"
	"strings"
)

// ErrName is wrapped for a tenant or device that cannot stand in a topic.
var ErrName = errors.New("want 1 to 64 of a-z, 0-9 and -")

func validName(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// topics of one device.
type topics struct{ base string }

func newTopics(tenant, device string) (topics, error) {
	if !validName(tenant) {
		return topics{}, fmt.Errorf("tenant %q: %w", tenant, ErrName)
	}
	if !validName(device) {
		return topics{}, fmt.Errorf("device %q: %w", device, ErrName)
	}
	return topics{base: "st/v1/" + tenant + "/" + device}, nil
}

func (t topics) state() string  { return t.base + "/up/state" }
func (t topics) events() string { return t.base + "/up/ev" }
func (t topics) health() string { return t.base + "/up/health" }
func (t topics) hint() string   { return t.base + "/dn/hint" }

func (t topics) command() string { return t.base + "/dn/cmd" }
func (t topics) desired() string { return t.base + "/dn/cfg" }

func (t topics) result(cid string) string { return t.base + "/up/res/" + cid }
func (t topics) line(n int) string        { return fmt.Sprintf("%s/up/line/%d", t.base, n) }
