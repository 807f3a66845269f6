//go:build screenshot

package web_test

import (
	"context"
	"flag"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"sidetone/collector/store"
)

var shots = flag.String("shots", "", "folder that gets a picture of every page")

// look is one way of looking at a page.
type look struct {
	name, address string
	width         int64
	dark          bool
	then          []chromedp.Action[chromedp.Void]
}

// browser starts Chromium in Toronto; whatever it complains about fails the test.
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
	if _, err := chromedp.Call(ctx, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "America/Toronto"}); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// open shows a page as the look says.
func open(ctx context.Context, l look) error {
	scheme := "light"
	if l.dark {
		scheme = "dark"
	}
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, media); err != nil {
		return err
	}
	steps := []chromedp.Action[chromedp.Void]{
		chromedp.EmulateViewport(l.width, 900), chromedp.Navigate(l.address), chromedp.WaitVisible(chromedp.CSS("html.scripted main")),
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	return chromedp.Do(ctx, append(steps, l.then...)...)
}

func TestPagesLookRight(t *testing.T) {
	s := house()
	s.put("through-proxy", scripted("through-proxy", 2*time.Hour))
	server := httptest.NewServer(handler(s))
	t.Cleanup(server.Close) // after the browser, whose streams it would wait for
	blank := httptest.NewServer(handler(&shelf{}))
	t.Cleanup(blank.Close)
	ctx := browser(t)
	hold := answered + "?sel=" + reinvite.ID()
	tab := func(name string) []chromedp.Action[chromedp.Void] {
		return []chromedp.Action[chromedp.Void]{chromedp.Click(chromedp.CSS("#tab-" + name))}
	}
	for _, l := range []look{
		{"history-light", server.URL + "/", 1440, false, nil},
		{"history-dark", server.URL + "/", 1440, true, nil},
		{"history-phone", server.URL + "/", 390, false, nil},
		{"history-french", server.URL + "/?lang=fr-CA&result=failed&device=reception-1&since=2026-11-16", 1440, false, []chromedp.Action[chromedp.Void]{chromedp.Click(chromedp.CSS(".refine summary"))}},
		{"history-empty", blank.URL + "/", 1440, false, nil},
		{"devices", server.URL + "/devices", 1440, false, nil},
		{"devices-phone", server.URL + "/devices", 390, true, nil},
		{"flow-light", server.URL + hold, 1440, false, nil},
		{"flow-dark", server.URL + hold, 1440, true, nil},
		{"flow-french", server.URL + answered + "?lang=fr-CA", 1440, false, nil},
		{"flow-phone", server.URL + hold, 390, false, nil},
		{"flow-phone-ladder", server.URL + hold, 390, false, tab("ladder")},
		{"flow-phone-message", server.URL + hold, 390, true, tab("message")},
		{"flow-tablet", server.URL + answered, 820, false, nil},
		{"flow-clock", server.URL + answered + "?times=clock", 1440, false, nil},
		{"flow-busy", server.URL + "/calls/busy", 1440, false, nil},
		{"flow-unreachable", server.URL + "/calls/unreachable", 1440, false, nil},
		{"history-tablet", server.URL + "/", 820, false, nil},
		{"history-small", server.URL + "/", 1100, false, nil},
		{"flow-proxy", server.URL + "/calls/through-proxy", 1440, false, nil},
		{"flow-proxy-phone", server.URL + "/calls/through-proxy", 390, false, tab("ladder")},
		{"flow-cut", server.URL + "/calls/cut", 1440, false, nil},
		{"flow-lossy", server.URL + "/calls/lossy", 1440, true, nil},
		{"flow-blocked", server.URL + "/calls/blocked?lang=fr-CA", 1440, false, nil},
		{"flow-live", server.URL + "/calls/live", 1440, false, nil},
	} {
		if err := open(ctx, l); err != nil {
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

// state is what a test reads from a call flow.
type state struct {
	Step, Row, Panel, Address, Focus string
	Panels                           int
}

func read(t *testing.T, ctx context.Context) state {
	t.Helper()
	s, err := chromedp.Run(ctx, chromedp.Evaluate[state](`({
		Step: document.querySelector(".story .on .what")?.textContent.trim() || "",
		Row: document.querySelector("#ladder .selected")?.id || "",
		Panel: document.querySelector(".panel:not([hidden])")?.id || "",
		Panels: document.querySelectorAll(".panel:not([hidden])").length,
		Address: location.search,
		Focus: document.activeElement?.closest("[id]")?.id || "",
	})`))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

func TestSelectionMovesByKeyboardAndMouse(t *testing.T) {
	server := httptest.NewServer(handler(house()))
	t.Cleanup(server.Close)
	ctx := browser(t)
	if err := open(ctx, look{address: server.URL + answered, width: 1440}); err != nil {
		t.Fatal(err)
	}
	before := read(t, ctx)
	do(t, ctx, chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowDown))
	down := read(t, ctx)
	if before.Step == down.Step || down.Address == "" || down.Panels != 1 {
		t.Errorf("arrow keys: %+v then %+v", before, down)
	}
	do(t, ctx, chromedp.Click(chromedp.CSS(`#ladder [id="l-`+reinvite.ID()+`"]`)))
	clicked := read(t, ctx)
	if clicked.Row == "" || clicked.Panel != "m-"+clicked.Row[len("l-"):] {
		t.Errorf("click on a row: %+v", clicked)
	}
	do(t, ctx, chromedp.Reload(), chromedp.WaitVisible(chromedp.CSS("html.scripted main")))
	reloaded := read(t, ctx)
	clicked.Focus, reloaded.Focus = "", ""
	if clicked != reloaded {
		t.Errorf("the address does not keep the selection: %+v then %+v", clicked, reloaded)
	}
}

func TestListFollowsTheCallsWhileItIsOpen(t *testing.T) {
	s := house()
	server := httptest.NewServer(handler(s))
	t.Cleanup(server.Close)
	ctx := browser(t)
	if err := open(ctx, look{address: server.URL + "/", width: 1440}); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { s.mu.Lock(); defer s.mu.Unlock(); return len(s.watchers) == 1 })
	s.put("new", scripted("live-held", -4*time.Minute))
	s.tell(callUpdated("new"))
	do(t, ctx, chromedp.WaitVisible(chromedp.CSS("#call-new")))
	if said, err := chromedp.Run(ctx, chromedp.TextContent(chromedp.CSS("#announce"))); err != nil || said != "Reception to 102, in progress" {
		t.Errorf("announced %q, %v", said, err)
	}
	do(t, ctx,
		chromedp.Click(chromedp.CSS(".refine summary")), chromedp.SetValue(chromedp.CSS("#f-result"), "busy"),
		chromedp.Func(changed), chromedp.WaitVisible(chromedp.CSS(".chip")), chromedp.WaitNotPresent(chromedp.CSS("#call-new")))
	if address, err := chromedp.Run(ctx, chromedp.Location()); err != nil || address != server.URL+"/?result=busy" {
		t.Errorf("address %s, %v", address, err)
	}
	do(t, ctx, chromedp.Click(chromedp.CSS(".chip")), chromedp.WaitVisible(chromedp.CSS("#call-new")))
}

func TestCallFlowFollowsTheCallUntilItEnds(t *testing.T) {
	s := house()
	id := "live"
	server := httptest.NewServer(handler(s))
	t.Cleanup(server.Close)
	ctx := browser(t)
	if err := open(ctx, look{address: server.URL + "/calls/" + id, width: 1440}); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { s.mu.Lock(); defer s.mu.Unlock(); return len(s.watchers) == 1 })
	s.put(id, scripted("answered", 0))
	s.tell(callUpdated(id))
	do(t, ctx, chromedp.WaitVisible(chromedp.CSS("#flow.is-good")))
	if said, err := chromedp.Run(ctx, chromedp.TextContent(chromedp.CSS("#announce"))); err != nil || said == "" {
		t.Errorf("announced %q, %v", said, err)
	}
}

// changed tells the page what a person's choice in a select would.
func changed(ctx context.Context, _ *chromedp.Target) error {
	_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.querySelector("#f-result").dispatchEvent(new Event("change", {bubbles: true}))`))
	return err
}

func callUpdated(id string) store.Change { return store.Change{Kind: store.CallUpdated, ID: id} }

// until waits for what another goroutine does.
func until(t *testing.T, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !done(); {
		if time.Now().After(deadline) {
			t.Fatal("it never happened")
		}
		<-time.After(5 * time.Millisecond)
	}
}
