package asyncapi

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/packets"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"sidetone/internal/mqtttest"
	"sidetone/journal"
	"sidetone/telemetry"
	"sidetone/telemetry/remote"
	"sidetone/trace"
)

// contract validates payloads against the document.
type contract struct {
	doc      map[string]any
	compiler *jsonschema.Compiler
}

// newContract reads the document and has every object closed: what is not described must not be sent.
func newContract(t *testing.T) *contract {
	t.Helper()
	text, err := json.Marshal(readDocument(t))
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	doc := parsed.(map[string]any)
	schemas, _ := at(doc, "#/components/schemas")
	for _, s := range schemas.(map[string]any) {
		if m := s.(map[string]any); m["properties"] != nil {
			m["additionalProperties"] = false
		}
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft7)
	c.AssertFormat()
	if err := c.AddResource("asyncapi.json", doc); err != nil {
		t.Fatal(err)
	}
	return &contract{doc: doc, compiler: c}
}

// payload is the schema of a message.
func (c *contract) payload(t *testing.T, message string) *jsonschema.Schema {
	t.Helper()
	pointer, ok := at(c.doc, "#/components/messages/"+message+"/payload/$ref")
	if !ok {
		t.Fatalf("message %s has no payload", message)
	}
	s, err := c.compiler.Compile("asyncapi.json" + pointer.(string))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(s *jsonschema.Schema, text []byte) error {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	return s.Validate(v)
}

func TestRecordedCallsAreAsTheDocumentSays(t *testing.T) {
	event := newContract(t).payload(t, "events")
	lines := 0
	kinds := map[trace.Kind]bool{}
	err := filepath.WalkDir(filepath.Join(root, "trace", "testdata"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".ndjson" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for line := range bytes.Lines(text) {
			lines++
			if err := validate(event, bytes.TrimSpace(line)); err != nil {
				return fmt.Errorf("%s: %s: %w", path, line, err)
			}
			e, err := trace.Decode(line)
			if err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			kinds[e.Kind] = true
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if lines < 1000 || len(kinds) < 25 {
		t.Errorf("%d lines of %d kinds are too few to prove anything", lines, len(kinds))
	}
}

func TestTheDocumentRefusesWhatIsNoEvent(t *testing.T) {
	event := newContract(t).payload(t, "events")
	const good = `{"v":1,"boot":"9f3c21aa00000001","seq":42,"ts":"2026-11-21T03:38:47.123456Z","mono":81,"clk":"synced","kind":"device.hook","data":{"state":"on-hook"}}`
	if err := validate(event, []byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"version 2":           {`"v":1`, `"v":2`},
		"boot in capitals":    {`"9f3c21aa00000001"`, `"9F3C21AA00000001"`},
		"seq 0":               {`"seq":42`, `"seq":0`},
		"no time":             {`"ts":"2026-11-21T03:38:47.123456Z",`, ``},
		"a time that is none": {`2026-11-21T03:38:47.123456Z`, `yesterday`},
		"an unknown clock":    {`"synced"`, `"sundial"`},
		"a number as state":   {`"on-hook"`, `7`},
		"no state":            {`"state":"on-hook"`, ``},
		"an undescribed fact": {`"state":"on-hook"`, `"state":"on-hook","colour":"red"`},
		"another kind's data": {`device.hook`, `device.link`},
	} {
		text := strings.Replace(good, change[0], change[1], 1)
		if text == good {
			t.Fatalf("%s: nothing changed", name)
		}
		if validate(event, []byte(text)) == nil {
			t.Errorf("%s is accepted: %s", name, text)
		}
	}
	later := strings.Replace(good, "device.hook", "moon.rose", 1)
	if err := validate(event, []byte(later)); err != nil {
		t.Errorf("a kind of a later version: %v", err)
	}
}

// recorder is a broker's hook that keeps what a device publishes, and its last will.
type recorder struct {
	mqtt.HookBase
	mu    sync.Mutex
	got   []packets.Packet
	heard chan struct{} // holds a token while there may be something new
}

func (r *recorder) ID() string           { return "recorder" }
func (r *recorder) Provides(b byte) bool { return b == mqtt.OnPublish || b == mqtt.OnConnect }

func (r *recorder) OnConnect(_ *mqtt.Client, pk packets.Packet) error {
	r.keep(packets.Packet{TopicName: pk.Connect.WillTopic, Payload: pk.Connect.WillPayload, FixedHeader: packets.FixedHeader{
		Qos: pk.Connect.WillQos, Retain: pk.Connect.WillRetain,
	}})
	return nil
}

func (r *recorder) OnPublish(_ *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	r.keep(pk)
	return pk, nil
}

func (r *recorder) keep(pk packets.Packet) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, pk)
	select {
	case r.heard <- struct{}{}:
	default:
	}
}

func (r *recorder) packets() []packets.Packet {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]packets.Packet(nil), r.got...)
}

// publish runs an uplink at a broker until it has told everything, and returns what the broker got.
func publish(t *testing.T) []packets.Packet {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{heard: make(chan struct{}, 1)}
	server := mqtt.New(&mqtt.Options{Logger: slog.New(slog.DiscardHandler)})
	if err := errors.Join(server.AddHook(r, nil), server.AddHook(new(auth.AllowHook), nil), server.AddListener(mqtttest.Listener("test", l, server)), server.Serve()); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()

	j, err := journal.Open(journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = j.Close() }()
	rec, err := telemetry.NewRecorder(telemetry.RecorderOptions{Journal: j, Started: trace.Started{Version: "1.0", Name: "Reception", Model: "sim", Arch: "mips"}})
	if err != nil {
		t.Fatal(err)
	}
	up, err := telemetry.NewUplink(telemetry.UplinkOptions{
		Brokers: []string{"mqtt://" + l.Addr().String()}, Tenant: "default", Device: "phone-1", Journal: j,
		Birth: func() telemetry.State {
			return telemetry.State{
				Boot: rec.Boot(), Name: "Reception", Model: "sim", Firmware: "6.1", Agent: "1.0", Arch: "mips", Caps: []string{"echo"}, Config: telemetry.ConfigState{Ver: 3, Refused: 4, Error: "bad"},
				Birth: &telemetry.Birth{Kernel: "6.1.0", UptimeUS: 5_000_000, Restart: rec.Restart(), Lines: 1, Depth: 3},
			}
		},
		Health: func() telemetry.Health { return telemetry.Health{Calls: 1} },
	})
	if err != nil {
		t.Fatal(err)
	}
	up.Line(1, telemetry.Line{Status: telemetry.LineRegistering, AOR: "sip:101@example.com"})
	for range 20 { // enough for a batch that is deflated
		rec.Record(trace.Event{Kind: trace.DeviceHook, Data: trace.Hook{State: trace.OffHook}})
	}
	ctx, leave := context.WithTimeout(t.Context(), time.Minute)
	defer leave()
	ended := make(chan error, 1)
	go func() { ended <- up.Run(ctx) }()
	for told := 0; told < 4; { // will, birth, line, health; the events come on the way out at the latest
		select {
		case <-r.heard:
			told = len(r.packets())
		case <-ctx.Done():
			t.Fatal("the uplink does not publish")
		}
	}
	up.Line(1, telemetry.Line{Status: telemetry.LineError, AOR: "sip:101@example.com", Code: 403, Reason: "Forbidden", Server: "192.0.2.1:5060"})
	up.Line(2, telemetry.Line{Status: telemetry.LineUp, AOR: "sip:102@example.com", Code: 200, Server: "192.0.2.1:5060", Expires: time.Now().UTC()})
	rec.Close()
	leave()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	return r.packets()
}

func TestWhatAnUplinkPublishesIsAsTheDocumentSays(t *testing.T) {
	c := newContract(t)
	rows := map[string]channel{}
	for _, ch := range channels {
		topic, _, _ := strings.Cut(ch.topic, "{")
		rows[topic] = ch
	}
	seen := map[string]int{}
	for _, pk := range publish(t) {
		topic, ok := strings.CutPrefix(pk.TopicName, "st/v1/default/phone-1/")
		row, known := rows[topic]
		if !known {
			row, known = rows[strings.TrimRight(topic, "0123456789")]
		}
		if !ok || !known {
			t.Errorf("topic %s is not in the document", pk.TopicName)
			continue
		}
		if int(pk.FixedHeader.Qos) != row.qos || pk.FixedHeader.Retain != row.retained {
			t.Errorf("%s: QoS %d, retained %v", pk.TopicName, pk.FixedHeader.Qos, pk.FixedHeader.Retain)
		}
		payloads := [][]byte{pk.Payload}
		if row.name == "events" {
			payloads = linesOf(t, pk.Payload)
		}
		for _, p := range payloads {
			seen[row.name]++
			if err := validate(c.payload(t, row.name), p); err != nil {
				t.Errorf("%s: %s: %v", pk.TopicName, p, err)
			}
			var state struct {
				S string `json:"s"`
			}
			if json.Unmarshal(p, &state) == nil && state.S != "" {
				seen[state.S]++
			}
		}
	}
	for what, least := range map[string]int{"lost": 1, "ready": 1, "disconnected": 1, "line": 3, "health": 1, "events": 22} {
		if seen[what] < least {
			t.Errorf("%d of %s were published, want %d at least", seen[what], what, least)
		}
	}
}

// linesOf undoes what a batch is packed with.
func linesOf(t *testing.T, payload []byte) [][]byte {
	t.Helper()
	if payload[0] != '{' {
		z, err := zlib.NewReader(bytes.NewReader(payload))
		if err != nil {
			t.Fatal(err)
		}
		if payload, err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
	}
	return bytes.Split(bytes.TrimSpace(payload), []byte("\n"))
}

func TestCommandsAnswersAndDesiredConfigurationAreAsTheDesignHasThem(t *testing.T) {
	c := newContract(t)
	read := map[string]func([]byte) error{
		"command": func(p []byte) error { _, err := remote.Decode(p); return err },
		"config":  func(p []byte) error { _, err := remote.DecodeDesired(p); return err },
	}
	for message, payload := range map[string]string{
		"command": `{"cid":"c1","op":"call.test","args":{"target":"102"},"exp":"2026-11-21T03:38:47Z","ttl":60,"by":"ann","sig":"AAAA"}`,
		"result":  `{"cid":"c1","st":"failed","code":"expired","data":{"error":"too late"}}`,
		"config":  `{"ver":7,"set":{"log.level":"debug"},"sig":"AAAA"}`,
	} {
		if err := validate(c.payload(t, message), []byte(payload)); err != nil {
			t.Errorf("%s: %v", message, err)
		}
		if decode := read[message]; decode != nil && decode([]byte(payload)) != nil {
			t.Errorf("a device cannot read the %s: %v", message, decode([]byte(payload)))
		}
		for _, field := range strings.SplitAfter(payload, ",")[:1] {
			if validate(c.payload(t, message), []byte(strings.Replace(payload, field, "{", 1))) == nil {
				t.Errorf("%s without its first field is accepted", message)
			}
		}
	}
	if validate(c.payload(t, "result"), []byte(`{"cid":"c1","st":"perhaps"}`)) == nil {
		t.Error("a state that is none is accepted")
	}
}
