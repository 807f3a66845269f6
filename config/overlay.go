package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// changeable lists what may be set remotely: nothing that could cut the device off for good, or have it read, write or listen
// elsewhere. So there is no identity, broker, credential, listener or path in it.
var changeable = strings.Fields(`
device.name device.sim.answer_after device.sim.reject_with device.sim.hangup_after device.sim.tone_hz
telemetry.capture telemetry.mask.digits telemetry.mask.numbers telemetry.health_every
sip.user_agent sip.dns sip.session_timer sip.reliable_provisional
media.codecs media.ptime media.srtp media.country
calls.alerting calls.progress_after calls.ringing_after calls.early_media
calls.hold.method calls.hold.direction calls.hold.zero_address calls.hold.remind_every calls.hold.longest
calls.transfers calls.auto_answer calls.suspend.t2 calls.suspend.t6 calls.suspend.on_hook
calls.allowed calls.max calls.ring_for
log.level`)

// overlaid is what stands for a file and a line in problems with what was set remotely.
const overlaid = "remote"

// overlay sets values on top of those of the file: a JSON object with a full key and a value each, such as
// {"log.level":"debug","calls.allowed":["1","+33"]}. JSON is read as the YAML that it is.
func (c *Config) overlay(set []byte) Problems {
	var flat map[string]json.RawMessage
	var line bytes.Buffer
	if err := errors.Join(json.Unmarshal(set, &flat), json.Compact(&line, set)); err != nil {
		return Problems{{File: overlaid, Err: errors.New(`want an object such as {"log.level":"debug"}`)}}
	}
	var allowed []setting
	var refused Problems
	all := c.settings()
	for _, s := range all {
		if slices.Contains(changeable, s.key) {
			allowed = append(allowed, s)
		} else if _, asked := flat[s.key]; asked {
			refused = append(refused, &Problem{File: overlaid, Key: s.key, Err: fmt.Errorf("it can be set on the device only; allowed here: %s", strings.Join(changeable, ", "))})
		}
	}
	if len(refused) > 0 {
		return refused
	}
	c.source.over = &source{file: overlaid, lines: map[string]int{}}
	r := reader{source: c.source.over}
	r.read(line.Bytes(), allowed)
	for _, p := range r.problems {
		p.Line = 0
	}
	return r.problems
}
