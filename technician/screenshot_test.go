//go:build screenshot

package technician

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

var shots = flag.String("shots", "", "folder that gets a picture of every page")

// browser starts Chromium; whatever it complains about fails the test.
func browser(t *testing.T) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(t.TempDir()))
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	limited, giveUp := context.WithTimeout(allocator, 3*time.Minute)
	t.Cleanup(giveUp)
	ctx, end := chromedp.NewContext(limited)
	t.Cleanup(end)
	err := chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			t.Errorf("exception: %s", e.ExceptionDetails.Text)
		case *runtime.EventConsoleAPICalled:
			t.Errorf("console.%s: %v", e.Type, e.Args)
		case *cdplog.EventEntryAdded:
			t.Errorf("log: %s %s", e.Entry.Text, e.Entry.URL)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return ctx
}

func TestPagesOfTheDeviceLookRight(t *testing.T) {
	at := noon
	s := served(t, func(o *Options) {
		o.Password = ""
		o.Calls = record("answered", "busy", "no-answer", "unreachable", "cancelled", "blocked")
		o.Now = func() time.Time { at = at.Add(time.Second); return at }
	})
	ctx := browser(t)
	for _, l := range []struct {
		name, address string
		width         int64
		script        bool
	}{
		{"device-list", "/", 1280, true},
		{"device-list-phone", "/", 390, true},
		{"device-list-french", "/?lang=fr-CA&failed=true&number=10", 1280, true},
		{"device-list-plain", "/?since=24h", 390, false},
		{"device-flow", "/calls/answered", 1280, true},
		{"device-flow-phone", "/calls/answered", 390, true},
		{"device-flow-plain", "/calls/answered", 1280, false},
		{"device-status", "/device", 1280, true},
		{"device-status-phone", "/device", 390, true},
	} {
		if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !l.script}); err != nil {
			t.Fatal(err)
		}
		ready := "html main"
		if l.script {
			ready = "html.scripted main"
		}
		one, cancel := context.WithTimeout(ctx, 30*time.Second)
		err := chromedp.Do(one, chromedp.EmulateViewport(l.width, 620), chromedp.Navigate("http://"+s.Addr().String()+l.address), chromedp.WaitVisible(chromedp.CSS(ready)))
		cancel()
		if err != nil {
			t.Fatalf("%s: %v", l.name, err)
		}
		wide, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth`))
		if err != nil || wide > int(l.width) {
			t.Errorf("%s: %d wide on a screen of %d (%v)", l.name, wide, l.width, err)
		}
		if *shots == "" {
			continue
		}
		picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
		if err != nil {
			t.Fatalf("%s: %v", l.name, err)
		}
		if err := os.WriteFile(filepath.Join(*shots, l.name+".png"), picture, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
