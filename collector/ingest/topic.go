package ingest

import (
	"fmt"
	"strings"

	"sidetone/trace"
)

// maxName bounds the names of tenants and devices.
const maxName = 64

// Address is what a topic says: st/v1/{tenant}/{device}/up/{channel}.
type Address struct {
	Tenant, Device string
	Channel        string // "ev", "state", "health", "line/1", …
}

// The channels that a device publishes on.
const (
	ChannelEvents = "ev"
	ChannelState  = "state"
	ChannelHealth = "health"
)

// ParseTopic reads the topic of a message that a device published.
func ParseTopic(topic string) (Address, error) {
	p := strings.SplitN(topic, "/", 6)
	if len(p) != 6 || p[0] != "st" || p[1] != "v1" || p[4] != "up" || p[5] == "" {
		return Address{}, fmt.Errorf("topic %q: want st/v1/{tenant}/{device}/up/…", topic)
	}
	if !ValidName(p[2]) || !ValidName(p[3]) {
		return Address{}, fmt.Errorf("topic %q: tenant and device are 1 to %d of a-z, 0-9 and -", topic, maxName)
	}
	return Address{Tenant: p[2], Device: p[3], Channel: p[5]}, nil
}

// Outgoing is what the collector publishes to a device.
type Outgoing struct {
	Topic   string
	Payload []byte
	Retain  bool
}

// CommandTo is a command on its way to a device.
func CommandTo(tenant, device string, payload []byte) Outgoing {
	return Outgoing{Topic: "st/v1/" + tenant + "/" + device + "/dn/cmd", Payload: payload}
}

// ConfigTo is a configuration on its way to a device, which finds it whenever it connects.
func ConfigTo(tenant, device string, payload []byte) Outgoing {
	return Outgoing{Topic: "st/v1/" + tenant + "/" + device + "/dn/cfg", Payload: payload, Retain: true}
}

// Hint is the payload of dn/hint: advice, which a device takes while it is connected.
type Hint struct {
	WaitUS     trace.Micros `json:"wait_us,omitempty"` // stay away for at least this long, and at most for twice that
	Dictionary string       `json:"dict,omitempty"`    // batches may be deflated with trace.Dictionary
	Missing    []Missing    `json:"missing,omitempty"` // events that are to be sent again
}

// Missing are events of a run, From and To included.
type Missing struct {
	Boot trace.Boot `json:"boot"`
	From uint64     `json:"from"`
	To   uint64     `json:"to"`
}

// HintTo is advice on its way to a device.
func HintTo(tenant, device string, payload []byte) Outgoing {
	return Outgoing{Topic: "st/v1/" + tenant + "/" + device + "/dn/hint", Payload: payload}
}

// ValidName tells whether s may name a device or a tenant.
func ValidName(s string) bool {
	if s == "" || len(s) > maxName {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// MayPublish tells whether a device may publish to the topic: only below up/ of its own branch. A device without a
// tenant, "", has a branch in each.
func MayPublish(tenant, device, topic string) bool {
	a, err := ParseTopic(topic)
	return err == nil && a.Device == device && (tenant == "" || a.Tenant == tenant)
}

// MayWill tells whether a device's last will may be for the topic: only up/state of its own branch.
func MayWill(tenant, device, topic string) bool {
	a, err := ParseTopic(topic)
	return err == nil && a.Channel == ChannelState && MayPublish(tenant, device, topic)
}

// MayRetain tells whether messages of the topic may be retained: states may, of the device and of its lines.
func MayRetain(topic string) bool {
	a, err := ParseTopic(topic)
	return err == nil && (a.Channel == ChannelState || strings.HasPrefix(a.Channel, channelLine))
}

// MaySubscribe tells whether a device may subscribe to the filter, or be sent the topic: only below dn/ of its own
// branch, of one tenant.
func MaySubscribe(tenant, device, filter string) bool {
	p := strings.SplitN(filter, "/", 6)
	return len(p) == 6 && p[0] == "st" && p[1] == "v1" && ValidName(p[2]) && (tenant == "" || p[2] == tenant) &&
		p[3] == device && ValidName(device) && p[4] == "dn"
}
