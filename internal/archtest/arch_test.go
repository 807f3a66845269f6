// Package archtest proves the architecture: who may import whom, and what the agent must not link.
package archtest

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

type pkg struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func list(t *testing.T, args ...string) []pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-json=ImportPath,Imports,Deps"}, args...)...)
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %v\n%s", err, exit.Stderr)
		}
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// area is the top-level package, with the split that the architecture makes below cmd.
func area(path string) string {
	rest, ok := strings.CutPrefix(path, "sidetone/")
	if !ok {
		return ""
	}
	first, second, _ := strings.Cut(rest, "/")
	if first == "cmd" || first == "internal" {
		second, _, _ = strings.Cut(second, "/")
		return first + "/" + second
	}
	return first
}

// mayImport names, for every area, the other areas of this module that it may import. cmd and test may import all.
var mayImport = map[string][]string{
	"trace":       nil, // a pure function of events, linked into everything
	"hold":        {"trace"},
	"callflow":    {"trace"},
	"sipua":       {"hold", "trace", "internal/logkey"},
	"media":       {"trace", "internal/logkey"},
	"device":      {"trace", "internal/logkey"},
	"journal":     {"trace", "internal/logkey"},
	"technician":  {"trace", "internal/logkey"}, // cmd gives it the calls
	"telemetry":   {"journal", "trace", "internal/logkey", "internal/seal", "internal/statefile"},
	"switchboard": {"sipua", "media", "device", "callflow", "hold", "trace", "internal/logkey"},
	"capture":     {"sipua", "trace"},
	"config":      {"internal/seal", "internal/spelling"}, // read by cmd only, so it knows nobody
	"collector":   {"trace", "internal/logkey", "internal/seal", "internal/statefile"},

	"build": nil, // stand-ins for the cross builds

	"internal/command":    {"internal/spelling"},
	"internal/logkey":     nil,
	"internal/seal":       nil, // what one side signs and the other verifies
	"internal/spelling":   nil,
	"internal/statefile":  nil,
	"internal/siptest":    nil,
	"internal/devicetest": {"device"},
	"internal/archtest":   nil,
	"internal/asyncapi":   {"trace"}, // makes a document of the types that are published; linked into no program
	"internal/ttytest":    nil,
	"internal/mqtttest":   nil,
}

func TestPackagesImportOnlyWhatTheArchitectureAllows(t *testing.T) {
	for _, p := range list(t, "./...") {
		from := area(p.ImportPath)
		if strings.HasPrefix(from, "cmd/") || from == "test" {
			continue
		}
		allowed, known := mayImport[from]
		if !known {
			t.Errorf("%s: a new area; say in this test what it may import", p.ImportPath)
			continue
		}
		for _, imp := range p.Imports {
			if to := area(imp); to != "" && to != from && !slices.Contains(allowed, to) {
				t.Errorf("%s imports %s: %s may import %v", p.ImportPath, imp, from, allowed)
			}
		}
	}
}

func TestOnlyTheUserAgentKnowsTheSIPStack(t *testing.T) {
	for _, p := range list(t, "./...") {
		from := area(p.ImportPath)
		for _, imp := range p.Imports {
			if imp == "github.com/emiago/sipgo" {
				t.Errorf("%s imports %s: its transaction layer reorders messages; use its sip package", p.ImportPath, imp)
			}
			if strings.HasPrefix(imp, "github.com/emiago/sipgo/") && from != "sipua" && from != "internal/siptest" {
				t.Errorf("%s imports %s: only sipua and internal/siptest know the SIP stack", p.ImportPath, imp)
			}
		}
	}
}

func TestWebSocketsAreTelemetrysOwn(t *testing.T) {
	for _, p := range list(t, "./...") {
		for _, imp := range p.Imports {
			if imp == "github.com/gorilla/websocket" || strings.HasPrefix(imp, "github.com/gobwas/") {
				t.Errorf("%s imports %s, which is linked for others only, and not for phones", p.ImportPath, imp)
			}
		}
	}
}

func TestPurePackagesDoNoInputOrOutput(t *testing.T) {
	impure := map[string]string{
		"os": "reads or writes files", "net": "opens sockets", "os/exec": "starts programs", "log": "logs", "log/slog": "logs",
		"go.uber.org/zap": "logs", "math/rand": "is not repeatable", "math/rand/v2": "is not repeatable", "crypto/rand": "is not repeatable",
		"sync": "needs goroutines, which a pure machine has not",
	}
	for _, p := range list(t, "./trace", "./trace/story/...", "./trace/ladder/...", "./trace/browse/...", "./trace/export/...", "./trace/markup/...", "./trace/page/...", "./hold/...", "./callflow/...", "./sipua/transaction/...", "./sipua/dialog/...", "./sipua/session/...", "./sipua/digest/...", "./sipua/register/...") {
		for _, imp := range p.Imports {
			if why, bad := impure[imp]; bad {
				if imp == "sync" && strings.HasPrefix(p.ImportPath, "sidetone/trace") {
					continue // lazily built tables
				}
				t.Errorf("%s imports %s, which %s", p.ImportPath, imp, why)
			}
		}
	}
}

func TestTheAgentLinksNothingDear(t *testing.T) {
	dear := map[string]string{
		"html/template": "514 kB: reflection keeps every method alive",
		"text/template": "the same", "regexp": "100 kB, and slow", "github.com/a-h/templ": "brings html/template",
		"encoding/xml":               "export writes the little XML there is by hand",
		"github.com/alecthomas/kong": "509 kB", "github.com/urfave/cli": "465 kB", "github.com/google/gopacket": "341 kB",
		"modernc.org/sqlite": "the collector's", "github.com/mochi-mqtt/server/v2": "the collector's",
	}
	for _, p := range list(t, "./cmd/agent") {
		for _, dep := range p.Deps {
			if why, bad := dear[dep]; bad {
				t.Errorf("the agent links %s (%s)", dep, why)
			}
		}
	}
}

// A call of reflect's Method or MethodByName with a name that is not constant makes the linker keep every exported
// method of the program. text/template does that in Execute (cobra imports it, but never calls that far), and so does the
// String method of pion/rtcp's packets. What the agent for a phone never calls without the linker's knowing, stand-ins
// keep away (build/arm/standin).
func TestTheLinkerMayDropWhatTheAgentNeverCalls(t *testing.T) {
	dear := map[string]string{
		"vendor/golang.org/x/text/": "Unicode tables for names that nobody asks for", "vendor/golang.org/x/net/http/": "the web client's proxies",
		"mime.": "nobody serves files with net/http", "net/http.(*Transport)": "nobody asks for pages", "net/http.(*Request).Write": "the same",
		"golang.org/x/net/proxy.": "proxies", "golang.org/x/net/internal/socks.": "proxies", "github.com/gorilla/websocket.": "telemetry has web sockets of its own",
	}
	answers := map[string]bool{ // of the stand-ins, to who would call them
		"github.com/eclipse/paho%2emqtt%2egolang.errNoConnection": false, "net/http.ErrNotSupported": false,
	}
	for line := range strings.Lines(linkedForPhones(t)) {
		from, to, _ := strings.Cut(strings.TrimSpace(line), " -> ")
		if (to == "reflect.Value.Method" || to == "reflect.Value.MethodByName") && !strings.HasPrefix(from, "reflect.") {
			t.Errorf("%s calls %s", from, to)
		}
		for prefix, why := range dear {
			if strings.HasPrefix(to, prefix) {
				t.Errorf("%s links %s (%s)", from, to, why)
			}
		}
		if _, one := answers[to]; one {
			answers[to] = true
		}
	}
	for answer, linked := range answers {
		if !linked {
			t.Errorf("%s is not linked: is its stand-in needed?", answer)
		}
	}
}

// linkedForPhones is which symbol of an agent that is built as for a phone keeps which other one, as the linker tells it.
func linkedForPhones(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	build := append([]string{"build", "-ldflags=-dumpdep", "-o", dir + "/agent"}, standins(t, dir)...)
	cmd := exec.CommandContext(t.Context(), "go", append(build, "./cmd/agent")...)
	cmd.Dir = "../.."
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return string(out)
}

// standins are the flags of the build for phones; what they need is made in dir.
func standins(t *testing.T, dir string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "../../build/arm/standin/flags.sh", dir).Output()
	if err != nil {
		t.Fatalf("flags.sh: %v", err)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n") // a folder may have a space in its name
}

func TestStandInsTakeWholePackagesAway(t *testing.T) {
	gone := []string{"github.com/gorilla/websocket", "golang.org/x/net/proxy", "vendor/golang.org/x/text/unicode/norm", "vendor/golang.org/x/net/http/httpproxy", "mime"}
	phones := list(t, append(standins(t, t.TempDir()), "./cmd/agent")...)
	for _, name := range gone {
		for _, p := range phones {
			if slices.Contains(p.Deps, name) {
				t.Errorf("the agent for phones links %s", name)
			}
		}
		for _, p := range list(t, "./cmd/agent") {
			if !slices.Contains(p.Deps, name) {
				t.Errorf("the ordinary agent links no %s: is a stand-in needed?", name)
			}
		}
	}
}

func TestSmallAgentHasNeitherTerminalViewNorPage(t *testing.T) {
	for _, view := range []string{"sidetone/trace/browse", "sidetone/trace/page", "sidetone/technician"} {
		for _, p := range list(t, "-tags=small", "./cmd/agent") {
			if slices.Contains(p.Deps, view) {
				t.Errorf("a small agent links %s", view)
			}
		}
		for _, p := range list(t, "./cmd/agent") {
			if !slices.Contains(p.Deps, view) {
				t.Errorf("the agent links no %s", view)
			}
		}
	}
}
