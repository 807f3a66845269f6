package asyncapi

import (
	"encoding/json"
	"fmt"
	"reflect"

	"sidetone/trace"
)

// envelope are the fields of an event line, in their order (trace/codec.go).
var envelope = []struct {
	name     string
	schema   object
	optional bool
}{
	{"v", object{entry("description", "Version of the format of the line."), entry("const", trace.Version)}, false},
	{"boot", known["trace.Boot"], false},
	{"seq", object{entry("description", "Number of the event in its boot: from 1, without a hole. What is missing was lost."), entry("type", "integer"), entry("minimum", 1)}, false},
	{"ts", object{entry("description", "When it happened, UTC, as the device's clock had it."), entry("type", "string"), entry("format", "date-time")}, false},
	{"mono", object{entry("description", "When it happened, in microseconds since the agent started. Durations come from here."), entry("type", "integer"), entry("minimum", 0)}, false},
	{"clk", nil, false},
	{"call", object{entry("description", "ULID of the call on this device; without it, the event is the device's own."), entry("type", "string")}, true},
	{"leg", object{entry("description", "Dialog in the call, from 1."), entry("type", "integer"), entry("minimum", 1)}, true},
	{"n", object{entry("description", "Number of the event in its call: from 1, without a hole. call.ended says how many there are."), entry("type", "integer"), entry("minimum", 1)}, true},
	{"kind", object{entry("description", "What happened. One that is not listed below is of a later version, and so is its data."), entry("type", "string")}, false},
	{"data", object{entry("description", "Facts, by kind."), entry("type", "object")}, false},
}

// payloadOf names the Go type that the data of a kind is decoded into.
func payloadOf(kind trace.Kind) (string, error) {
	line, err := json.Marshal(map[string]any{"v": trace.Version, "boot": trace.Boot(1), "seq": 1, "ts": "2026-01-01T00:00:00Z", "kind": kind, "data": struct{}{}})
	if err != nil {
		return "", err
	}
	e, err := trace.Decode(line)
	if err != nil {
		return "", fmt.Errorf("payload of %s: %w", kind, err)
	}
	return reflect.TypeOf(e.Data).Name(), nil
}

// addEvents makes the schema of every kind, by its name, and that of a line of any kind.
func (s *schemas) addEvents() error {
	var properties object
	var required []string
	for _, f := range envelope {
		schema := f.schema
		if f.name == "clk" {
			r, err := s.named("trace", "Clock")
			if err != nil {
				return err
			}
			schema = describe("How far ts can be trusted.", r)
		}
		properties = append(properties, entry(f.name, schema))
		if !f.optional {
			required = append(required, f.name)
		}
	}
	var rules []object
	for _, kind := range trace.Kinds() {
		name, err := payloadOf(kind)
		if err != nil {
			return err
		}
		payload, err := s.named("trace", name)
		if err != nil {
			return err
		}
		s.made[string(kind)] = object{entry("title", string(kind)), entry("allOf", []object{payload})}
		rules = append(rules, object{
			entry("if", object{entry("properties", object{entry("kind", object{entry("const", string(kind))})}), entry("required", []string{"kind"})}),
			entry("then", object{entry("properties", object{entry("data", ref(string(kind)))})}),
		})
	}
	s.made["event"] = object{
		entry("description", "One event line. Its fields come in this order; what a receiver does not know it ignores."),
		entry("type", "object"), entry("properties", properties), entry("required", required), entry("allOf", rules),
	}
	return nil
}
