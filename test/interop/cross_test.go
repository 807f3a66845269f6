//go:build interop

package interop

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sidetone/test/fleet"
	"sidetone/trace"
)

// What phones are given is built otherwise than what every other test runs: see build/arm/cross.sh.
func TestCrossTheMIPSBinaryAnswersACallUnderQEMU(t *testing.T) {
	for _, each := range []struct{ target, emulator string }{{"mipsle", "qemu-mipsel-static"}, {"mips", "qemu-mips-static"}} {
		t.Run(each.target, func(t *testing.T) {
			t.Parallel()
			ctx := testContext(t)
			binary := absolute(t, "../../dist/sidetone-agent-"+each.target)
			if !fileExists(binary) {
				t.Fatal("make cross builds " + binary)
			}
			m := startMosquitto(t, ctx)
			arrives := exec.CommandContext(ctx, program(t, "mosquitto_sub"), "-h", "127.0.0.1", "-p", fmt.Sprint(m.port), "-q", "1",
				"-t", "st/v1/default/desk-1/up/ev", "-C", "1", "-N")
			dir := shortDir(t)
			if err := os.WriteFile(filepath.Join(dir, "password"), []byte("open sesame\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			page, err := fleet.FreeSIP()
			if err != nil {
				t.Fatal(err)
			}
			config := agentConfig(m.web).Set("device.page.listen", fmt.Sprintf("127.0.0.1:%d", page)).
				Set("device.page.password_file", filepath.Join(dir, "password"))
			if err := arrives.Start(); err != nil {
				t.Fatal(err)
			}
			a, err := fleet.StartAgent(ctx, dir, binary, "desk", config, program(t, each.emulator))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = a.Stop() })
			a.Program = absolute(t, agentProgram) // commands run natively, on the socket and the journal of the emulated phone
			startSIPp(t, ctx, "udp", "uac_hold", a.SIPPort, "-s", "101").wait(t)
			if err := a.UntilQuiet(ctx); err != nil {
				t.Fatal(err)
			}
			if f := lastCall(t, ctx, a); f.Result != trace.ResultAnswered || f.Holds != 1 {
				t.Errorf("the trace says %+v", f.Summary)
			}
			if err := arrives.Wait(); err != nil {
				t.Errorf("no events at the broker: %v", err)
			}
			readPage(t, ctx, fmt.Sprintf("http://127.0.0.1:%d", page), "open sesame")
		})
	}
}

// readPage looks at every kind of page that a device has, after a call with a hold.
func readPage(t *testing.T, ctx context.Context, site, password string) {
	t.Helper()
	for _, wrong := range []string{"", "guess"} {
		if status, _ := fetch(t, ctx, site+"/", wrong); status != http.StatusUnauthorized {
			t.Errorf("with the password %q: status %d", wrong, status)
		}
	}
	want := func(address string, texts ...string) string {
		began := time.Now()
		status, body := fetch(t, ctx, site+address, password)
		t.Logf("%s: %d, %d bytes, %v", address, status, len(body), time.Since(began).Round(time.Millisecond))
		for _, text := range texts {
			if !strings.Contains(body, text) {
				t.Errorf("%s: status %d, no %q in\n%s", address, status, text, body)
			}
		}
		return body
	}
	list := want("/?lang=en", `<tr class="call is-good"`)
	want("/device?lang=fr-CA", "combiné raccroché")
	links := regexp.MustCompile(`href="(/(?:calls|static)/[^"?]*)`).FindAllStringSubmatch(list, -1)
	seen := map[string]bool{}
	for _, link := range links {
		switch {
		case seen[link[1]]:
		case strings.HasPrefix(link[1], "/calls/"):
			want(link[1]+"?lang=en", `id="ladder"`, "INVITE sip:101@127.0.0.1")
			want(link[1]+"/export?format=svg", "<svg")
			seen["call"] = true
		case strings.HasSuffix(link[1], ".css"):
			want(link[1], "{")
			seen["style"] = true
		}
		seen[link[1]] = true
	}
	if !seen["call"] || !seen["style"] {
		t.Errorf("the page links to %v", links)
	}
}

// fetch asks a page of a device for what it has.
func fetch(t *testing.T, ctx context.Context, address, password string) (status int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if password != "" {
		r.SetBasicAuth("technician", password)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

func TestACallFromSIPpShowsOnTheDeviceAndInTheCollectorWithinASecond(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	c := startCollector(t, ctx)
	config, err := fleet.ReadConfig("../../examples/agent.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for key, value := range agentConfig(c.MQTT)["media"].(map[string]any) {
		config.Set("media."+key, value)
	}
	delete(config["sip"].(map[string]any), "listen")
	a := startAgent(t, ctx, config.Set("telemetry.broker", c.MQTT))
	arrived := c.Watch(ctx)
	startSIPp(t, ctx, "udp", "uac_basic", a.SIPPort, "-s", "service").wait(t)

	out, err := a.Run(ctx, "trace", "show", "last", "-c", a.Config)
	if err != nil || !strings.Contains(out, "Answered") {
		t.Errorf("trace show last: %v\n%s", err, out)
	}
	f := lastCall(t, ctx, a)
	if f.Result != trace.ResultAnswered {
		t.Errorf("the device says %+v", f.Summary)
	}
	seen, ok := <-arrived
	if late := seen.Sub(f.EndedAt); !ok || late > fleet.Prompt {
		t.Errorf("the collector showed the call %v after its end", late)
	}
	t.Logf("the collector showed the call %v after its end", seen.Sub(f.EndedAt).Round(time.Millisecond))
}
