//go:build interop

package interop

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browser starts a fresh Chromium and collects what its console complains of.
func browser(t *testing.T, ctx context.Context, complaints *[]string) context.Context {
	t.Helper()
	options := append([]chromedp.ExecAllocatorOption{},
		chromedp.ExecPath(program(t, "chromium")), chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.Headless, chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-quic", true), chromedp.UserDataDir(shortDir(t)), chromedp.WindowSize(1440, 1000),
	)
	alloc, stop := chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stop)
	tab, stopTab := chromedp.NewContext(alloc)
	t.Cleanup(stopTab)
	var mu sync.Mutex
	complain := func(text string) {
		mu.Lock()
		defer mu.Unlock()
		*complaints = append(*complaints, text)
	}
	if err := chromedp.Listen(tab, func(ev any) {
		switch ev := ev.(type) {
		case *log.EventEntryAdded:
			if ev.Entry.Level == log.EntryLevelError || ev.Entry.Level == log.EntryLevelWarning {
				complain(ev.Entry.Text + " " + ev.Entry.URL)
			}
		case *runtime.EventExceptionThrown:
			complain(ev.ExceptionDetails.Text)
		case *runtime.EventConsoleAPICalled:
			if ev.Type == runtime.ConsoleAPICalledTypeError || ev.Type == runtime.ConsoleAPICalledTypeWarning {
				complain("console." + string(ev.Type))
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	return tab
}

func TestBothPagesInChromiumWithoutAConsoleError(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	c := startCollector(t, ctx)
	a := startAgent(t, ctx, agentConfig(c.MQTT))
	startSIPp(t, ctx, "udp", "uac_hold", a.SIPPort, "-s", "101").wait(t)
	if err := a.UntilQuiet(ctx); err != nil {
		t.Fatal(err)
	}
	call := lastCall(t, ctx, a)
	if _, err := c.Call(ctx, call.ID); err != nil {
		t.Fatal(err)
	}

	var complaints []string
	tab := browser(t, ctx, &complaints)
	shots := os.Getenv("SCREENSHOTS")
	if shots == "" {
		shots = t.TempDir()
	}
	for _, page := range []struct{ name, path, want string }{
		{"history", "/", "answered"},
		{"call-flow", "/calls/" + call.ID, "INVITE"},
		{"call-flow-fr", "/calls/" + call.ID + "?lang=fr-CA", "raccroché"},
	} {
		if err := chromedp.Do(tab, chromedp.Navigate(c.URL+page.path), chromedp.WaitReady("main")); err != nil {
			t.Fatalf("%s: %v", page.name, err)
		}
		text, err := chromedp.Run(tab, chromedp.Text("body"))
		if err != nil {
			t.Fatalf("%s: %v", page.name, err)
		}
		png, err := chromedp.Run(tab, chromedp.FullScreenshot(100))
		if err != nil {
			t.Fatalf("%s: %v", page.name, err)
		}
		if !strings.Contains(strings.ToLower(text), strings.ToLower(page.want)) {
			t.Errorf("%s does not say %q:\n%s", page.name, page.want, text)
		}
		if err := os.WriteFile(filepath.Join(shots, page.name+".png"), png, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if len(complaints) > 0 {
		t.Errorf("the console says: %s", strings.Join(complaints, "\n"))
	}
}
