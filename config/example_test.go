package config

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const example = "../examples/agent.yaml"

func readExample(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// commentedOut is how the example shows the account that it does not set.
var commentedOut = regexp.MustCompile(`(?m)^  # ([- ] [a-z_]+:)`)

func withAccount(text string) string { return commentedOut.ReplaceAllString(text, "  $1") }

func TestExampleSetsEveryKeyToItsDefault(t *testing.T) {
	c, notes, err := Load(example)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Default(), c, cmpopts.IgnoreUnexported(Config{})); diff != "" {
		t.Errorf("the example differs from the defaults (-default +example):\n%s", diff)
	}
	if len(notes) > 0 {
		t.Errorf("notes on the defaults: %v", notes)
	}
	for _, s := range c.settings() {
		if _, ok := c.source.lines[s.key]; !ok {
			t.Errorf("%s is missing", s.key)
		}
	}
}

func TestExampleExplainsEveryKey(t *testing.T) {
	lines := strings.Split(readExample(t), "\n")
	c, _, err := Load(example)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range c.settings() {
		n := c.source.lines[s.key] - 1
		own := strings.Contains(lines[n], " # ")
		above := strings.HasPrefix(strings.TrimSpace(lines[n-1]), "# ")
		if !own && !above {
			t.Errorf("%s: no comment at line %d: %s", s.key, n+1, lines[n])
		}
	}
}

func TestExampleShowsAnAccountThatCanBeUncommented(t *testing.T) {
	c, notes, err := Parse(example, []byte(withAccount(readExample(t))))
	if err != nil {
		t.Fatal(err)
	}
	want := defaultAccount()
	want.AOR, want.Name = "sip:101@example.com", "Reception"
	if diff := cmp.Diff([]Account{want}, c.SIP.Accounts); diff != "" {
		t.Errorf("account (-want +got):\n%s", diff)
	}
	if len(notes) > 0 {
		t.Errorf("notes on the account's defaults: %v", notes)
	}
	for _, s := range want.settings() {
		if _, ok := c.source.lines["sip.accounts[0]."+s.key]; !ok {
			t.Errorf("the account's %s is missing", s.key)
		}
	}
}

func TestExampleNamesEveryAllowedValue(t *testing.T) {
	text := readExample(t)
	lines := strings.Split(text, "\n")
	c, _, err := Load(example)
	if err != nil {
		t.Fatal(err)
	}
	for key, names := range map[string][]string{
		"calls.alerting": stringsOf(alertings()), "calls.early_media": stringsOf(earlyMedias()), "telemetry.capture": stringsOf(captures()), "media.codecs": stringsOf(codecs()),
		"calls.transfers": stringsOf(transfers()), "calls.hold.method": stringsOf(holdMethods()), "calls.hold.direction": stringsOf(holdDirections()), "media.srtp": stringsOf(srtps()),
		"sip.reliable_provisional": stringsOf(reliableProvisionals()), "log.level": stringsOf(logLevels()), "log.format": stringsOf(logFormats()),
		"media.country": stringsOf(Countries()), "sip.listen": transports, "telemetry.broker": brokerSchemes,
	} {
		line := lines[c.source.lines[key]-1]
		for _, name := range names {
			if !strings.Contains(line, name) {
				t.Errorf("%s: %q is not named: %s", key, name, line)
			}
		}
	}
}

func TestDemoExamplesAreRightAndDoNotCollide(t *testing.T) {
	seen := map[string]string{}
	users := map[string]string{"reception": "101", "warehouse": "102", "office": "103"}
	for name, user := range users {
		path := filepath.Join("..", "examples", "demo", name+".yaml")
		c, notes, err := Load(path)
		if err != nil {
			t.Error(err)
			continue
		}
		if len(notes) > 0 {
			t.Errorf("%s sets what does nothing: %v", path, notes)
		}
		if len(c.SIP.Accounts) != 1 || c.SIP.Accounts[0].AOR != "sip:"+user+"@127.0.0.1" {
			t.Errorf("%s: accounts %v", path, c.SIP.Accounts)
		}
		if c.Device.Sim.AnswerAfter != Never {
			t.Errorf("%s answers by itself", path)
		}
		own := append([]string{c.Device.ID, c.Device.Control, c.Telemetry.Journal.Dir, c.Media.RTPPorts.String()}, c.SIP.Listen...)
		for _, thing := range own {
			if other, taken := seen[thing]; taken {
				t.Errorf("%s and %s share %s", path, other, thing)
			}
			seen[thing] = path
		}
	}
}

func stringsOf[E ~string](values []E) []string {
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = string(v)
	}
	return names
}
