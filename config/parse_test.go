package config

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// parse reads a file "a.yaml".
func parse(t *testing.T, text string) Config {
	t.Helper()
	c, _, err := Parse("a.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEmptyFileIsTheDefaults(t *testing.T) {
	for _, text := range []string{"", "\n", "# nothing\n", "---\n", "sip:\n", "device:\n  sim:\n", "sip:\n  listen:\n  accounts:\n"} {
		c := parse(t, text)
		if diff := cmp.Diff(Default(), c, cmpopts.IgnoreUnexported(Config{})); diff != "" {
			t.Errorf("%q (-default +got):\n%s", text, diff)
		}
	}
}

func TestContractExampleParses(t *testing.T) {
	c := parse(t, `
device:    {id: reception-1, name: Reception, profile: sim, control: ./run/agent.sock}
telemetry: {broker: "mqtt://127.0.0.1:1883", tenant: default, username: "", password_file: "", ca_file: "", cert_file: "", key_file: "",
            journal: {dir: ./journal, max_bytes: 8MiB}, capture: full, mask: {digits: true, numbers: false}, health_every: 60s}
sip:       {listen: ["udp://0.0.0.0:5060"], user_agent: "", tls: {cert_file: "", key_file: "", ca_file: ""},
            accounts: [{aor: "sip:101@example.com", name: Reception, registrar: "", outbound_proxy: "", username: "", password_file: "", expires: 600s}],
            session_timer: 1800s, reliable_provisional: supported}
media:     {rtp_ports: 10000-10999, codecs: [g722, pcma, pcmu], ptime: 20ms, srtp: off, country: us}
calls:     {alerting: progress-then-ringing, hold: {method: auto, direction: sendonly, music: ""}, suspend: {t2: 180s, t6: 180s},
            allowed: [], max: 32, flow: ""}
log:       {level: info, format: console}
`)
	want := Default()
	want.SIP.Accounts = []Account{{AOR: "sip:101@example.com", Name: "Reception", Expires: 10 * time.Minute, Accept: AcceptAny}}
	if diff := cmp.Diff(want, c, cmpopts.IgnoreUnexported(Config{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestValuesAreRead(t *testing.T) {
	for _, tc := range []struct {
		text string
		get  func(Config) any
		want any
	}{
		{"device: {sim: {answer_after: never}}", func(c Config) any { return c.Device.Sim.AnswerAfter }, Never},
		{"device: {sim: {answer_after: 0}}", func(c Config) any { return c.Device.Sim.AnswerAfter }, time.Duration(0)},
		{"device: {sim: {answer_after: 1m30s}}", func(c Config) any { return c.Device.Sim.AnswerAfter }, 90 * time.Second},
		{"device: {sim: {reject_with: 486}}", func(c Config) any { return c.Device.Sim.RejectWith }, 486},
		{"device: {name: 101}", func(c Config) any { return c.Device.Name }, "101"},
		{"device: {name: 'Réception – 2ᵉ étage'}", func(c Config) any { return c.Device.Name }, "Réception – 2ᵉ étage"},
		{"device: {page: {listen: ':8089'}}", func(c Config) any { return c.Device.Page.Address() }, "127.0.0.1:8089"},
		{"device: {page: {listen: 'localhost:8089'}}", func(c Config) any { return c.Device.Page.Address() }, "127.0.0.1:8089"},
		{"device: {page: {listen: '[::1]:0'}}", func(c Config) any { return c.Device.Page.Address() }, "[::1]:0"},
		{"telemetry: {broker: ''}", func(c Config) any { return c.Telemetry.Broker }, ""},
		{"telemetry: {broker: 'wss://mq.example.com/mqtt'}", func(c Config) any { return c.Telemetry.Broker }, "wss://mq.example.com/mqtt"},
		{"telemetry: {brokers: ['mqtts://b', 'ws://c/x']}", func(c Config) any { return c.Telemetry.Brokers }, []string{"mqtts://b", "ws://c/x"}},
		{"telemetry: {catch_up: 0}", func(c Config) any { return c.Telemetry.CatchUp }, int64(0)},
		{"telemetry: {journal: {max_bytes: 512 KiB}}", func(c Config) any { return c.Telemetry.Journal.MaxBytes }, int64(512 << 10)},
		{"telemetry: {journal: {max_bytes: 0}}", func(c Config) any { return c.Telemetry.Journal.MaxBytes }, int64(0)},
		{"telemetry: {mask: {digits: false}}", func(c Config) any { return c.Telemetry.Mask.Digits }, false},
		{"sip:\n  listen:\n    - udp://[::1]:0\n    - tcp://127.0.0.1:5060", func(c Config) any { return c.SIP.Listen }, []string{"udp://[::1]:0", "tcp://127.0.0.1:5060"}},
		{"sip: {session_timer: never}", func(c Config) any { return c.SIP.SessionTimer }, Never},
		{"calls: {allowed: [011, +1, '*']}", func(c Config) any { return c.Calls.Allowed }, []string{"011", "+1", "*"}},
		{"calls: {transfers: refused}", func(c Config) any { return c.Calls.Transfers }, TransfersRefused},
		{"calls: {ring_for: never}", func(c Config) any { return c.Calls.RingFor }, Never},
		{"media: {rtp_ports: 4000-4063}", func(c Config) any { return c.Media.RTPPorts }, PortRange{4000, 4063}},
	} {
		if diff := cmp.Diff(tc.want, tc.get(parse(t, tc.text))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.text, diff)
		}
	}
}

func TestProblemsSayWhereWhatAndWhatIsAllowed(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{
			"unknown key near a known one", "sip:\n  lisen: []\n",
			`a.yaml:2: sip.lisen: unknown key, did you mean "listen"?; allowed here: listen, user_agent, dns, tls, accounts, session_timer, reliable_provisional`,
		},
		{
			"unknown key that belongs deeper", "telemetry:\n  max_bytes: 1MiB\n",
			`a.yaml:2: telemetry.max_bytes: unknown key, did you mean journal.max_bytes?; allowed here: broker, brokers, tenant, username, password_file, ca_file, cert_file, key_file, pin, journal, capture, mask, health_every, catch_up, start_within, command_key`,
		},
		{"unknown section", "phone: {}\n", `a.yaml:1: phone: unknown key; allowed here: device, telemetry, sip, media, calls, log`},
		{
			"unknown key of an account", "sip:\n  accounts:\n    - aor: sip:1@a\n      user: x\n",
			`a.yaml:4: sip.accounts[0].user: unknown key, did you mean "username"?; allowed here: aor, name, registrar, outbound_proxy, username, password_file, expires, networks, accept`,
		},
		{"key set twice", "calls:\n  max: 1\n  max: 2\n", `a.yaml:3: calls.max: it is set twice; the first time on line 2`},
		{"section set twice", "log: {}\nlog: {}\n", `a.yaml:2: log: it is set twice; the first time on line 1`},
		{"list where a text belongs", "device:\n  name: [a]\n", `a.yaml:2: device.name: want a text`},
		{"section where a text belongs", "device:\n  name: {a: b}\n", `a.yaml:2: device.name: want a text`},
		{"text where a section belongs", "device: x\n", `a.yaml:1: device: want a section: keys with values, indented`},
		{"list where the sections belong", "- a\n", `a.yaml:1: want a section: keys with values, indented`},
		{"text where a number belongs", "calls:\n  max: many\n", `a.yaml:2: calls.max: want a whole number`},
		{"quoted number", "calls: {max: '3'}", `a.yaml:1: calls.max: want a whole number`},
		{"hexadecimal number", "calls: {max: 0x10}", `a.yaml:1: calls.max: 0x10 is no plain whole number`},
		{"number out of range", "calls: {max: 0}", `a.yaml:1: calls.max: 0 is out of range; allowed: 1 to 4096`},
		{"status out of range", "device: {sim: {reject_with: 200}}", `a.yaml:1: device.sim.reject_with: 200 is out of range; allowed: 0, or 400 to 699`},
		{"text where true or false belongs", "telemetry: {mask: {digits: 'yes'}}", `a.yaml:1: telemetry.mask.digits: want true or false`},
		{"truth where a text belongs", "device: {name: true}", `a.yaml:1: device.name: want a text`},
		{"text where a list belongs", "media: {codecs: pcma}", `a.yaml:1: media.codecs: want a list, such as [one, two]`},
		{"list where accounts belong", "sip: {accounts: [x]}", `a.yaml:1: sip.accounts[0]: want a section: keys with values, indented`},
		{"text where accounts belong", "sip: {accounts: x}", `a.yaml:1: sip.accounts: want a list of sections, each beginning with a dash`},
		{"no value", "device:\n  name:\n", `a.yaml:2: device.name: it has no value; leave the key out for its default, or write "" for none`},
		{"no value in a list", "media: {codecs: [pcma, ]}\ncalls:\n  allowed:\n    -\n", `a.yaml:4: calls.allowed[0]: it has no value; leave the key out for its default, or write "" for none`},
		{"duration without a unit", "media: {ptime: 20}", `a.yaml:1: media.ptime: 20 has no unit; write 20s or 20ms`},
		{"duration that is none", "media: {ptime: soon}", `a.yaml:1: media.ptime: "soon" is no duration; write a number and a unit, such as 500ms, 20s, 5m or 1h`},
		{"duration out of range", "media: {ptime: 2s}", `a.yaml:1: media.ptime: 2s is out of range; allowed: 10ms to 60ms`},
		{"never where it is not allowed", "calls: {suspend: {t2: never}}", `a.yaml:1: calls.suspend.t2: "never" is no duration; write a number and a unit, such as 500ms, 20s, 5m or 1h`},
		{"duration below zero", "device: {sim: {answer_after: -1ns}}", `a.yaml:1: device.sim.answer_after: -1ns is out of range; allowed: never, or 0s to 3600s`},
		{"session timer too short", "sip: {session_timer: 30s}", `a.yaml:1: sip.session_timer: 30s is out of range; allowed: never, or 90s to 86400s`},
		{"size without a unit", "telemetry: {journal: {max_bytes: 8}}", `a.yaml:1: telemetry.journal.max_bytes: 8 has no unit; write 8B, 8KiB, 8MiB or 8GiB`},
		{"size in another unit", "telemetry: {journal: {max_bytes: 8MB}}", `a.yaml:1: telemetry.journal.max_bytes: "8MB" is no size; write a whole number and a unit: B, KiB, MiB or GiB`},
		{"size out of range", "telemetry: {journal: {max_bytes: 1KiB}}", `a.yaml:1: telemetry.journal.max_bytes: 1KiB is out of range; allowed: 0, or 256KiB to 16GiB`},
		{"size that overflows", "telemetry: {journal: {max_bytes: 99999999999GiB}}", `a.yaml:1: telemetry.journal.max_bytes: "99999999999GiB" is no size; write a whole number and a unit: B, KiB, MiB or GiB`},
		{"enumerated value", "calls: {alerting: progres}", `a.yaml:1: calls.alerting: "progres" is not known, did you mean "progress"?; allowed: progress-then-ringing, ringing, progress`},
		{"enumerated value in a list", "media:\n  codecs:\n    - pcma\n    - opus\n", `a.yaml:4: media.codecs[1]: "opus" is not known; allowed: g722, pcma, pcmu`},
		{"value listed twice", "media: {codecs: [pcma, pcma]}", `a.yaml:1: media.codecs[1]: pcma is listed twice`},
		{"ports", "media: {rtp_ports: 10000}", `a.yaml:1: media.rtp_ports: "10000" is no range of ports; write it as 10000-10999, within 1024-65535`},
		{"ports the wrong way round", "media: {rtp_ports: 2000-1999}", `a.yaml:1: media.rtp_ports: "2000-1999" is no range of ports; write it as 10000-10999, within 1024-65535`},
		{"prompt without a file", "calls:\n  alerting: progress\n  early_media: prompt\n", `a.yaml:3: calls.early_media: prompt needs a recording; set calls.prompt to a WAV file`},
		{"prompt without a 183", "calls:\n  alerting: ringing\n  early_media: prompt\n  prompt: p.wav\n", `a.yaml:3: calls.early_media: a prompt is heard behind a 183, and calls.alerting: ringing sends none; allowed with it: ringback, none`},
		{"delay out of range", "calls: {ringing_after: 61s}", `a.yaml:1: calls.ringing_after: 61s is out of range; allowed: 0s to 60s`},
		{"ports too few", "media:\n  rtp_ports: 10000-10009\n", `a.yaml:2: media.rtp_ports: media.rtp_ports 10000-10009 has ports for 5 calls at a time, but calls.max is 32; each call needs an even port and the one above it`},
		{"calls too many", "calls:\n  max: 501\n", `a.yaml:2: calls.max: media.rtp_ports 10000-10999 has ports for 500 calls at a time, but calls.max is 501; each call needs an even port and the one above it`},
		{"packet time", "media: {ptime: 25ms}", `a.yaml:1: media.ptime: 25ms is no whole number of 10 ms; allowed: 10ms, 20ms, 30ms, 40ms, 50ms, 60ms`},
		{"identifier", "device: {id: Front Desk}", `a.yaml:1: device.id: "Front Desk" is no identifier; allowed: 1 to 64 of a-z, 0-9 and -`},
		{"empty", "device: {control: ''}", `a.yaml:1: device.control: it is empty; it needs a value`},
		{"socket path too long", "device: {control: " + strings.Repeat("x", 108) + "}", `a.yaml:1: device.control: the path has 108 bytes; a Unix socket allows 107`},
		{"control character", `device: {name: "a\nb"}`, `a.yaml:1: device.name: it holds a control character; allowed: one line of text`},
		{"block of text", "device:\n  name: |\n    a\n", `a.yaml:2: device.name: want a text`},
		{"listener without a transport", "sip: {listen: ['0.0.0.0:5060']}", `a.yaml:1: sip.listen[0]: "0.0.0.0:5060" is no listener; write it as udp://0.0.0.0:5060`},
		{"listener with another transport", "sip: {listen: ['sctp://0.0.0.0:5060']}", `a.yaml:1: sip.listen[0]: transport "sctp" is not known; allowed: udp, tcp, tls`},
		{"listener with a name", "sip: {listen: ['udp://localhost:5060']}", `a.yaml:1: sip.listen[0]: "localhost:5060" is no address with a port; write it as 0.0.0.0:5060 or [::]:5060; names are not allowed, and port 0 takes a free one`},
		{"no listener", "sip: {listen: []}", `a.yaml:1: sip.listen: it is empty; a phone needs at least one listener, such as udp://0.0.0.0:5060`},
		{"listener twice", "sip:\n  listen:\n    - udp://127.0.0.1:5060\n    - udp://127.0.0.1:5060\n", `a.yaml:4: sip.listen[1]: udp://127.0.0.1:5060 is listed twice`},
		{"listener on every address and on one", "sip:\n  listen:\n    - udp://0.0.0.0:5060\n    - udp://127.0.0.1:5060\n", `a.yaml:4: sip.listen[1]: udp://127.0.0.1:5060 takes the same port as udp://0.0.0.0:5060`},
		{"tls beside tcp", "sip:\n  tls: {cert_file: c, key_file: k}\n  listen: ['tcp://127.0.0.1:5060', 'tls://127.0.0.1:5060']\n", `a.yaml:3: sip.listen[1]: tls://127.0.0.1:5060 takes the same port as tcp://127.0.0.1:5060`},
		{"tls without a certificate", "sip: {listen: ['tls://0.0.0.0:5061']}", `a.yaml:1: sip.listen[0]: a tls listener needs sip.tls.cert_file and sip.tls.key_file`},
		{"certificate without a key", "sip: {tls: {cert_file: c}}", `a.yaml:1: sip.tls: cert_file and key_file go together; set both or none`},
		{"broker that is no URL", "telemetry: {broker: 'localhost'}", `a.yaml:1: telemetry.broker: it is no URL; write it as mqtt://HOST:PORT`},
		{"broker by another protocol", "telemetry: {broker: 'mqqt://h'}", `a.yaml:1: telemetry.broker: mqqt:// is not known, did you mean "mqtt"?; allowed: mqtt, mqtts, ws, wss`},
		{"broker without a host", "telemetry: {broker: 'mqtt://:1883'}", `a.yaml:1: telemetry.broker: the host is missing`},
		{"broker with a port that is none", "telemetry: {broker: 'mqtt://h:99999'}", `a.yaml:1: telemetry.broker: "99999" is no port; allowed: 1 to 65535`},
		{"broker with a path", "telemetry: {broker: 'mqtt://h/x'}", `a.yaml:1: telemetry.broker: nothing may follow the host and the port; only ws and wss have a path`},
		{"page for everybody", "device:\n  page:\n    listen: '[::]:8089'\n", `a.yaml:3: device.page.listen: others than this device can reach it, so that it needs a password; set device.page.password_file, or listen on 127.0.0.1`},
		{"page under a name", "device: {page: {listen: 'phone:80'}}", `a.yaml:1: device.page.listen: "phone:80" is no address with a port; write it as 127.0.0.1:8089, 0.0.0.0:8089 or :8089, which is a loopback address; names are not allowed, and port 0 takes a free one`},
		{"name of the page with a port", "device: {page: {hosts: ['phone:80']}}", `a.yaml:1: device.page.hosts[0]: "phone:80" is no name of a host; write it as phone.example.com, without a port`},
		{"certificate for a broker without TLS", "telemetry: {ca_file: ca.pem}", `a.yaml:1: telemetry.ca_file: the broker is not reached by TLS; use mqtts:// or wss://, or leave it out`},
		{"another broker that is none", "telemetry: {brokers: ['']}", `a.yaml:1: telemetry.brokers[0]: it is empty; leave it out`},
		{"another broker without a first", "telemetry: {broker: '', brokers: ['mqtt://b']}", `a.yaml:1: telemetry.brokers: they are for when telemetry.broker cannot be reached, and that is empty; set it too`},
		{"pin that is none", "telemetry: {broker: 'mqtts://h', pin: abcd}", `a.yaml:1: telemetry.pin: it is no SHA-256; write its 64 hexadecimal digits`},
		{"pin for a broker without TLS", "telemetry: {pin: " + strings.Repeat("0a", 32) + "}", `a.yaml:1: telemetry.pin: the broker is not reached by TLS; use mqtts:// or wss://, or leave it out`},
		{"account without an address", "sip:\n  accounts:\n    - name: x\n", `a.yaml:3: sip.accounts[0]: aor is missing; write it as sip:101@example.com`},
		{"account twice", "sip:\n  accounts:\n    - aor: sip:1@a\n    - aor: sip:1@a\n", `a.yaml:4: sip.accounts[1].aor: account 0 has it already`},
		{"account without a user", "sip: {accounts: [{aor: 'sip:example.com'}]}", `a.yaml:1: sip.accounts[0].aor: "sip:example.com" has no user; write it as sip:101@example.com`},
		{"network with a host in it", "sip: {accounts: [{aor: 'sip:1@a', networks: [10.0.0.1/8]}]}", `a.yaml:1: sip.accounts[0].networks[0]: 10.0.0.1/8 has bits beyond its length; write it as 10.0.0.0/8`},
		{"network that is none", "sip: {accounts: [{aor: 'sip:1@a', networks: [lan]}]}", `a.yaml:1: sip.accounts[0].networks[0]: "lan" is no network; write it as 192.0.2.0/24 or 2001:db8::/32`},
		{"calls of a registrar that is none", "sip: {accounts: [{aor: 'sip:1@a', accept: registrar}]}", `a.yaml:1: sip.accounts[0].accept: an account without a registrar has none that brings calls; set registrar or outbound_proxy too`},
		{"password that is none", "sip: {accounts: [{aor: 'sip:1@a', accept: digest}]}", `a.yaml:1: sip.accounts[0].accept: a caller must know the password; set password_file too`},
		{"account by telephone number", "sip: {accounts: [{aor: 'tel:101'}]}", `a.yaml:1: sip.accounts[0].aor: it is no SIP URI; write it as sip:101@example.com or sip:HOST:PORT`},
		{"server with a user", "sip: {accounts: [{aor: 'sip:1@a', outbound_proxy: 'sip:x@b'}]}", `a.yaml:1: sip.accounts[0].outbound_proxy: "sip:x@b" names a user; a server is written as sip:HOST:PORT`},
		{"server with a port that is none", "sip: {accounts: [{aor: 'sip:1@a', registrar: 'sip:b:0'}]}", `a.yaml:1: sip.accounts[0].registrar: "0" is no port; allowed: 1 to 65535`},
		{"prefix", "calls: {allowed: [abc]}", `a.yaml:1: calls.allowed[0]: "abc" is no beginning of a number; allowed: digits, * and #, after + or not`},
		{"anchor", "device: &d {id: a}\n", `a.yaml:1: device: want a section: keys with values, indented`},
		{"alias", "device: {name: &n a}\n", `a.yaml:1: device.name: want a text`},
		{"merge key", "device: {<<: {id: a}}\n", `a.yaml:1: device.<<: this key is too clever; allowed: plain keys`},
		{"second document", "log: {}\n---\nlog: {}\n", `a.yaml:3: a second document begins here; a configuration is one`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, _, err := Parse("a.yaml", []byte(tc.text))
			if err == nil {
				t.Fatal("accepted")
			}
			if diff := cmp.Diff(tc.want, err.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTextThatIsNoYAMLHasALine(t *testing.T) {
	for _, text := range []string{"device: [\n", "device: {id: a\nsip: {}\n", "a: b: c\n", "device:\n\tid: a\n", "\"", "? x\n", "a: 'b\n"} {
		_, _, err := Parse("a.yaml", []byte(text))
		var problems Problems
		if !errors.As(err, &problems) || problems[0].Line == 0 {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

func TestEveryProblemIsReportedInTheOrderOfLines(t *testing.T) {
	_, _, err := Parse("a.yaml", []byte("sip:\n  listen: []\n  foo: 1\ncalls:\n  max: x\nmedia: {ptime: 1}\ndevice: {id: A}\n"))
	var problems Problems
	if !errors.As(err, &problems) {
		t.Fatalf("got %v", err)
	}
	var lines []int
	for _, p := range problems {
		lines = append(lines, p.Line)
	}
	if diff := cmp.Diff([]int{2, 3, 5, 6, 7}, lines); diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestWrongValueGivesNoSecondProblemElsewhere(t *testing.T) {
	_, _, err := Parse("a.yaml", []byte("sip:\n  listen: [udp]\n"))
	var problems Problems
	if !errors.As(err, &problems) || len(problems) != 1 {
		t.Errorf("want one problem, got %v", err)
	}
}

func TestProblemsNeverRepeatAPassword(t *testing.T) {
	for _, text := range []string{
		"telemetry: {broker: 'mqtt://me:s3cret@h'}", "telemetry: {broker: '://me:s3cret@h'}", "telemetry: {broker: 'http://me:s3cret@h'}",
		"sip: {accounts: [{aor: 'sip:101:s3cret@h'}]}", "sip: {accounts: [{aor: 'sips:101:s3cret@h:x'}]}", "sip: {accounts: [{aor: 'x:101:s3cret@h'}]}",
	} {
		_, _, err := Parse("a.yaml", []byte(text))
		if err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestKeysWithoutEffectGiveNotes(t *testing.T) {
	_, notes, err := Parse("a.yaml", []byte(`
sip:
  session_timer: 1800s
  accounts:
    - aor: sip:101@example.com
      registrar: sip:example.com
      expires: 600s
calls:
  hold: {method: update, direction: inactive}
  suspend: {t2: 10s}
media: {ptime: 30ms}
`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range notes {
		got = append(got, n.String())
	}
	want := []string{"a.yaml:11: media.ptime: note: " + notActedOn}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPendingKeysExist(t *testing.T) {
	c := Default()
	for _, key := range pending {
		if !slices.ContainsFunc(c.settings(), func(s setting) bool { return s.key == key }) {
			t.Errorf("%s is no key", key)
		}
	}
}

func TestFaultBlamesTheLineOfTheValue(t *testing.T) {
	c := parse(t, "sip:\n  listen:\n    - udp://127.0.0.1:5060\n")
	taken := errors.New("address already in use")
	err := c.Fault("sip.listen[0]", taken)
	if err.Error() != "a.yaml:3: sip.listen[0]: address already in use" || !errors.Is(err, taken) {
		t.Errorf("got %v", err)
	}
	if err := c.Fault("sip.listen[7]", taken); err.Error() != "a.yaml:2: sip.listen[7]: address already in use" {
		t.Errorf("beyond the list: got %v", err)
	}
	if err := c.Fault("device.control", taken); err.Error() != "a.yaml: device.control: address already in use (the default, as the file does not set it)" {
		t.Errorf("default: got %v", err)
	}
	if err := Default().Fault("device.control", taken); err.Error() != "device.control: address already in use" {
		t.Errorf("without a file: got %v", err)
	}
}

func TestLoadNamesTheFileThatIsMissing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.yaml")
	_, _, err := Load(path)
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v", err)
	}
}

func TestSecretIsTheOnlyLineOfItsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	for _, tc := range []struct{ text, want, fault string }{
		{"s3cret\n", "s3cret", ""},
		{"s3cret", "s3cret", ""},
		{"two words\r\n", "two words", ""},
		{"", "", "is empty"},
		{"\n", "", "is empty"},
		{"a\nb\n", "", "more than one line"},
		{strings.Repeat("x", 5000), "", "more than 4096 bytes"},
	} {
		if err := os.WriteFile(path, []byte(tc.text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := Secret(path)
		if got != tc.want || (err == nil) != (tc.fault == "") || err != nil && !strings.Contains(err.Error(), tc.fault) {
			t.Errorf("%.10q: got %q, %v", tc.text, got, err)
		}
	}
	if got, err := Secret(""); got != "" || err != nil {
		t.Errorf("no path: got %q, %v", got, err)
	}
	if _, err := Secret(path + ".none"); err == nil {
		t.Error("a missing file is no error")
	}
}

func FuzzParse(f *testing.F) {
	text, err := os.ReadFile(example)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Add(withAccount(string(text)))
	f.Add("device: &a {id: *a}\n")
	f.Add("? [a, b]\n: !!str c\n")
	f.Add("a: |\n  b\n---\n...\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, _, err := Parse("a.yaml", []byte(text))
		if err != nil {
			var problems Problems
			if !errors.As(err, &problems) || len(problems) == 0 || strings.ContainsAny(strings.ReplaceAll(err.Error(), "\n", ""), "\x00\x1b") {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		for _, s := range c.settings() {
			if s.shape == listing || s.shape == section {
				continue
			}
			if err := s.set(s.show()); err != nil {
				t.Errorf("%s: %q is not accepted back: %v", s.key, s.show(), err)
			}
		}
	})
}

func TestEncryptionThatCannotBeHadIsNotPretended(t *testing.T) {
	_, _, err := Parse("agent.yaml", []byte("media: {srtp: required}\n"))
	if err == nil || !strings.Contains(err.Error(), "agent.yaml:1: media.srtp: required, but") {
		t.Errorf("%v", err)
	}
}
