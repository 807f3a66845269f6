package asyncapi

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"
)

// head is a comment that the document begins with.
const head = "# Made by `go generate ./internal/asyncapi` from the Go types and their comments. Change those.\n"

// Document makes the whole of docs/asyncapi.yaml. root is the folder of the module.
func Document(root string) ([]byte, error) {
	s := &schemas{packages: map[string]*source{}, made: map[string]object{}}
	for pkg, dir := range map[string]string{"trace": "trace", "telemetry": "telemetry", "remote": "telemetry/remote"} {
		src, err := readSource(filepath.Join(root, dir))
		if err != nil {
			return nil, fmt.Errorf("read package %s: %w", pkg, err)
		}
		s.packages[pkg] = src
	}
	if err := s.addEvents(); err != nil {
		return nil, err
	}
	var topics, operations, messages object
	for _, c := range channels {
		payload := ref(c.typ)
		if c.pkg != "" {
			var err error
			if payload, err = s.named(c.pkg, c.typ); err != nil {
				return nil, err
			}
		}
		topics = append(topics, entry(c.name, c.address()))
		operations = append(operations, entry(c.operation()))
		messages = append(messages, entry(c.name, object{
			entry("name", c.name), entry("summary", c.summary), entry("contentType", c.content), entry("payload", payload),
		}))
	}
	var described object
	for _, p := range parameters {
		described = append(described, entry(p[0], object{entry("description", p[1])}))
	}
	var out bytes.Buffer
	out.WriteString(head)
	err := yaml.NewEncoder(&out, yaml.Indent(2), yaml.IndentSequence(true)).Encode(object{
		entry("asyncapi", "3.0.0"),
		entry("info", object{
			entry("title", "Sidetone"), entry("version", "1"),
			entry("description", "What a device with sidetone-agent publishes over MQTT 3.1.1, and what it listens to. A device may write below up/ and read "+
				"below dn/ of its own branch, and nothing else. Seen from the device: it sends up and receives dn."),
			entry("license", object{entry("name", "Apache-2.0"), entry("url", "https://www.apache.org/licenses/LICENSE-2.0")}),
		}),
		entry("defaultContentType", "application/json"),
		entry("servers", servers()),
		entry("channels", topics),
		entry("operations", operations),
		entry("components", object{entry("parameters", described), entry("messages", messages), entry("schemas", s.sorted())}),
	})
	return out.Bytes(), err
}

func servers() object {
	var out object
	for _, s := range [][3]string{
		{"plain", "mqtt", "A broker without encryption; by default the collector's own."},
		{"secure", "secure-mqtt", "A broker over TLS."},
	} {
		out = append(out, entry(s[0], object{
			entry("host", "{host}:{port}"), entry("protocol", s[1]), entry("protocolVersion", "3.1.1"), entry("description", s[2]),
			entry("variables", object{
				entry("host", object{entry("description", "Name or address of the broker.")}),
				entry("port", object{entry("description", "1883 without encryption and 8883 with it, unless configured otherwise.")}),
			}),
		}))
	}
	return out
}

// address is the channel's entry.
func (c channel) address() object {
	var params object
	for _, p := range parameters {
		if strings.Contains(base+c.topic, "{"+p[0]+"}") {
			params = append(params, entry(p[0], object{entry("$ref", "#/components/parameters/"+p[0])}))
		}
	}
	return object{
		entry("address", base+c.topic), entry("title", c.summary), entry("description", c.detail), entry("parameters", params),
		entry("messages", object{entry(c.name, object{entry("$ref", "#/components/messages/"+c.name)})}),
	}
}

// operation is what a device does with the channel.
func (c channel) operation() (string, object) {
	name, action := "send", "send"
	if strings.HasPrefix(c.topic, "dn/") {
		name, action = "receive", "receive"
	}
	return name + strings.ToUpper(c.name[:1]) + c.name[1:], object{
		entry("action", action), entry("channel", object{entry("$ref", "#/channels/"+c.name)}), entry("summary", c.summary),
		entry("bindings", object{entry("mqtt", object{entry("qos", c.qos), entry("retain", c.retained), entry("bindingVersion", "0.2.0")})}),
		entry("messages", []object{{entry("$ref", "#/channels/"+c.name+"/messages/"+c.name)}}),
	}
}
