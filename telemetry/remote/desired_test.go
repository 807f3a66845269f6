package remote

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sidetone/internal/seal"
	"sidetone/internal/statefile"
)

func keeper(t *testing.T, path string) *Keeper {
	t.Helper()
	k, err := OpenKeeper(path)
	if err != nil {
		t.Fatal(err)
	}
	k.Tenant, k.Device, k.Key = "default", "a", nil
	return k
}

// acts tells what becomes of a payload: "yes", "no", or the code of its fault.
func acts(k *Keeper, payload string) string {
	_, act, err := k.Read([]byte(payload))
	var f *Fault
	switch {
	case errors.As(err, &f):
		return string(f.Code)
	case act:
		return "yes"
	}
	return "no"
}

func TestDesiredConfigurationIsActedOnWhenItIsNewer(t *testing.T) {
	k := keeper(t, "")
	if got := acts(k, ""); got != "no" {
		t.Errorf("nothing to take back: %s", got)
	}
	d, act, err := k.Read([]byte(`{"ver":3,"set":{"log.level":"debug"},"by":"anna"}`))
	if err != nil || !act || d.Ver != 3 || string(d.Set) != `{"log.level":"debug"}` {
		t.Fatalf("%+v, %v, %v", d, act, err)
	}
	must(t, k.Try(3))
	if got := acts(k, `{"ver":3,"set":{}}`); got != "no" {
		t.Errorf("what is tried already: %s", got)
	}
	must(t, k.Keep(d))
	must(t, k.Refuse(5, errors.New("bad")))
	for payload, want := range map[string]string{
		`{"ver":2,"set":{}}`: "no", `{"ver":3,"set":{}}`: "no", `{"ver":4,"set":{}}`: "yes", `{"ver":5,"set":{}}`: "no", `{"ver":6,"set":{}}`: "yes",
		"": "yes", `{"ver":0,"set":{}}`: "malformed", `{"ver":7}`: "malformed", `{"ver":7,"set":[]}`: "malformed", `{"ver":7,"set":null}`: "malformed",
		`{"ver":7,"set":{},"x":1}`: "malformed", `7`: "malformed", `{"ver":7.5,"set":{}}`: "malformed", `{"ver":7,"set":{},"by":"a\nb"}`: "malformed",
		strings.Repeat(" ", maxPayload+1): "malformed",
	} {
		if got := acts(k, payload); got != want {
			t.Errorf("%.60s: %s, want %s", payload, got, want)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestWithAPinnedKeyOnlySignedConfigurationsAreTaken(t *testing.T) {
	k := keeper(t, "")
	k.Tenant, k.Device, k.Key = "default", "a", public
	sign := func(device string, ver int64, set string) string {
		sig := seal.Sign(private, seal.Config, "default", device, strconv.FormatInt(ver, 10), set, "", "anna")
		return fmt.Sprintf(`{"ver":%d,"set":%s,"by":"anna","sig":%q}`, ver, set, sig)
	}
	first, second := sign("a", 1, `{"log.level": "debug"}`), sign("a", 2, `{}`)
	for name, tc := range map[string][2]string{
		"signed":             {first, "yes"},
		"not signed":         {`{"ver":1,"set":{}}`, "unsigned"},
		"taken back unasked": {"", "unsigned"},
		"another device's":   {sign("b", 1, `{}`), "unsigned"},
		"another version":    {strings.Replace(first, `"ver":1`, `"ver":9`, 1), "unsigned"},
		"other settings":     {strings.Replace(first, "debug", "error", 1), "unsigned"},
		"as somebody else":   {strings.Replace(first, "anna", "eve", 1), "unsigned"},
	} {
		if got := acts(k, tc[0]); got != tc[1] {
			t.Errorf("%s: %s, want %s", name, got, tc[1])
		}
	}
	d, _, err := k.Read([]byte(second))
	must(t, errors.Join(err, k.Keep(d)))
	if got := acts(k, first); got != "no" {
		t.Errorf("replayed: %s", got)
	}
}

func TestStandingOutlivesARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal", "desired.json")
	k := keeper(t, path)
	kept := Desired{Ver: 3, Set: json.RawMessage(`{"log.level":"debug"}`), By: "anna"}
	must(t, k.Keep(kept))
	must(t, k.Refuse(4, errors.New("bad")))
	if diff := cmp.Diff(Standing{Desired: kept, Refused: 4, Error: "bad"}, keeper(t, path).State()); diff != "" {
		t.Error(diff)
	}
	must(t, k.Try(5))
	after := keeper(t, path).State()
	if after.Ver != 3 || after.Refused != 5 || after.Trying != 0 || after.Error == "" {
		t.Errorf("a trial that was not survived: %+v", after)
	}
	must(t, k.Try(6))
	must(t, k.Try(0))
	if after := keeper(t, path).State(); after.Trying != 0 || after.Refused == 6 {
		t.Errorf("a trial that was broken off: %+v", after)
	}
	if left, err := filepath.Glob(path + ".new"); err != nil || left != nil {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestStandingThatCannotBeReadIsReportedAndIgnored(t *testing.T) {
	for _, text := range []string{`{"ver":3,"set":{"log`, `{"ver":3,"set":7}`, `[]`, strings.Repeat("x", statefile.MaxJSON+1)} {
		path := filepath.Join(t.TempDir(), "desired.json")
		must(t, os.WriteFile(path, []byte(text), 0o600))
		k, err := OpenKeeper(path)
		if err == nil || k.State().Ver != 0 {
			t.Errorf("%.30s: %+v, %v", text, k.State(), err)
		}
		must(t, k.Keep(Desired{Ver: 1, Set: json.RawMessage(`{}`)}))
	}
}

func FuzzDecodeDesired(f *testing.F) {
	for _, s := range []string{`{"ver":1,"set":{"log.level":"debug"},"by":"anna","sig":"AA"}`, `{"ver":1}`, `{"ver":-1,"set":{}}`, `{}`, `[]`, "\xff"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		d, err := DecodeDesired(payload)
		var set map[string]any
		if err == nil && (d.Ver < 1 || json.Unmarshal(d.Set, &set) != nil || set == nil) {
			t.Errorf("%q gave %+v", payload, d)
		}
	})
}

func TestRefusedVersionIsNotTriedAgainAfterAnEarlierOneIsKept(t *testing.T) {
	k := keeper(t, "")
	must(t, errors.Join(k.Refuse(9, errors.New("bad")), k.Keep(Desired{Ver: 4, Set: json.RawMessage(`{}`)})))
	if got := acts(k, `{"ver":9,"set":{}}`); got != "no" {
		t.Errorf("version 9: %s", got)
	}
	must(t, k.Keep(Desired{Ver: 10, Set: json.RawMessage(`{}`)}))
	if s := k.State(); s.Refused != 0 || s.Error != "" {
		t.Errorf("%+v", s)
	}
}
