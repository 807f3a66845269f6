package technician

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"sidetone/trace"
	"sidetone/trace/export"
	"sidetone/trace/phrase"
)

// contains asserts that a page says all of this, in this order.
func contains(t *testing.T, document string, parts ...string) {
	t.Helper()
	rest := document
	for _, part := range parts {
		at := strings.Index(rest, part)
		if at < 0 {
			t.Fatalf("missing or out of order: %q in\n%.3000s", part, document)
		}
		rest = rest[at+len(part):]
	}
}

func TestListShowsTheCallsOfTheDevice(t *testing.T) {
	s := served(t, nil)
	contains(t, shown(t, s, "/"), `<html lang="en">`, "Calls", "This device", "<h1>Reception</h1>", `href="/calls/answered"`, "answered", `href="/calls/busy"`, "486")
}

func TestListIsFilteredByItsForm(t *testing.T) {
	calls := record("answered")
	s := served(t, func(o *Options) { o.Calls = calls })
	contains(t, shown(t, s, "/?number=10%222&failed=true&since=24h"), ` open>`, `name="number" value="10&#34;2"`, `value="24h" selected`, "checked")
	if want := (Filter{Number: `10"2`, Failed: true, Since: 24 * time.Hour}); calls.asked != want {
		t.Errorf("%+v", calls.asked)
	}
	shown(t, s, "/?since=forever")
	if calls.asked != (Filter{}) {
		t.Errorf("%+v", calls.asked)
	}
	calls.list = nil
	contains(t, shown(t, s, "/?failed=true"), "No call is like that.", `href="/"`)
	contains(t, shown(t, s, "/"), "No call has been recorded yet.")
}

func TestLongListHasPages(t *testing.T) {
	calls := record("answered")
	one := calls.list[0]
	calls.list = nil
	for i := range 2*rowsOfPage + 1 {
		one.ID = fmt.Sprintf("call-%d", i)
		calls.list = append(calls.list, one)
	}
	s := served(t, func(o *Options) { o.Calls = calls })
	rows, older := 0, regexp.MustCompile(`<a class="older" rel="next" href="([^"]*)"`)
	for address := "/?failed=true&lang=en"; address != ""; {
		doc := shown(t, s, address)
		rows += strings.Count(doc, `<tr class="call `)
		address = ""
		if next := older.FindStringSubmatch(doc); next != nil {
			address = strings.ReplaceAll(next[1], "&amp;", "&")
			contains(t, address, "after=", "failed=true", "lang=en")
		}
	}
	if rows != len(calls.list) {
		t.Errorf("%d rows of %d calls", rows, len(calls.list))
	}
}

func TestListTellsWhatCouldNotBeRead(t *testing.T) {
	calls := record("answered")
	calls.lost = 2
	s := served(t, func(o *Options) { o.Calls = calls })
	contains(t, shown(t, s, "/?lang=fr-CA"), "2 enregistrements du journal sont perdus ou illisibles")
}

func TestCallShowsStoryLadderAndMessage(t *testing.T) {
	s := served(t, nil)
	doc := shown(t, s, "/calls/answered")
	contains(t, doc, "<h1>", "Reception", "Warehouse", `class="verdict"`, "Answered.", `id="story"`, `id="ladder"`, "<svg", `id="message"`, `class="raw"`, "Download this call:",
		`href="/calls/answered/export?format=json&amp;lang=en" download>json</a>`)
	selection := regexp.MustCompile(`href="(/calls/answered\?sel=[^"]*)"`).FindAllStringSubmatch(doc, -1)
	if len(selection) < 10 {
		t.Fatalf("%d selections", len(selection))
	}
	contains(t, shown(t, s, selection[len(selection)-1][1]), `class="s-`, ` on"`, `aria-current="true"`)
	contains(t, shown(t, s, "/calls/answered?times=clock"), `data-times="clock"`)
}

func TestPagesSpeakTheLanguageOfTheAddressThenOfTheBrowser(t *testing.T) {
	s := served(t, nil)
	contains(t, shown(t, s, "/", "Accept-Language: fr-CA,fr;q=0.9\r\n"), `<html lang="fr-CA">`, "Cet appareil", "répondu")
	contains(t, shown(t, s, "/?lang=en", "Accept-Language: fr\r\n"), `<html lang="en">`, `href="/?lang=en"`)
	contains(t, shown(t, s, "/calls/busy?lang=fr-CA"), `<html lang="fr-CA">`, "Ce qui s’est passé")
}

func TestCallIsExportedInEveryFormat(t *testing.T) {
	s := served(t, nil)
	for _, f := range export.Formats() {
		r := say(t, s, ask("/calls/answered/export?redact=true&format="+f.Name))
		body := r.Body
		if r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != f.MediaType || body == "" {
			t.Errorf("%s: %s, %s, %d bytes", f.Name, r.Status, r.Header.Get("Content-Type"), len(body))
		}
		if got := r.Header.Get("Content-Disposition"); got != `attachment; filename="answered`+f.Extension+`"` {
			t.Errorf("%s: %s", f.Name, got)
		}
		if strings.Contains(body, "10.1.0.9") {
			t.Errorf("%s is not redacted", f.Name)
		}
	}
	if r := say(t, s, ask("/calls/answered/export?format=gif")); r.StatusCode != http.StatusBadRequest || !strings.Contains(r.Body, "pcapng") {
		t.Error(r.Status)
	}
}

func TestDevicePageSaysHowTheDeviceIs(t *testing.T) {
	s := served(t, nil)
	contains(t, shown(t, s, "/device"), `<html lang="en">`, "This device", `<pre class="raw status" tabindex="0">`, "handset on hook &lt;now&gt;")
	contains(t, shown(t, s, "/device?lang=fr-CA"), `<html lang="fr-CA">`, "Cet appareil", `<pre class="raw status" tabindex="0">`, "combiné raccroché &lt;now&gt;")
}

func TestWhatIsNotThereIsSaidInWords(t *testing.T) {
	s := served(t, nil)
	for _, address := range []string{"/calls/nobody", "/calls/", "/calls/nobody/export?format=json", "/nowhere", "/static/x/none.css", "/static/x/../../secret", "/favicon.ico"} {
		r := say(t, s, ask(address))
		if doc := r.Body; r.StatusCode != http.StatusNotFound || !strings.Contains(doc, "There is no such page or call here") {
			t.Errorf("%s: %s", address, r.Status)
		}
	}
}

func TestFailureOfTheJournalIsNotShown(t *testing.T) {
	calls := record("answered")
	calls.err = errors.New("read /var/secret: input/output error")
	s := served(t, func(o *Options) { o.Calls = calls })
	r := say(t, s, ask("/"))
	if doc := r.Body; r.StatusCode != http.StatusInternalServerError || strings.Contains(doc, "secret") {
		t.Errorf("%s %s", r.Status, doc)
	}
}

func TestPagesAllowNothingButTheirOwnSite(t *testing.T) {
	s := served(t, nil)
	for _, r := range []heard{say(t, s, ask("/")), say(t, s, ask("/nowhere")), say(t, s, "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n")} {
		for field, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
			"X-Content-Type-Options":  "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
			"Cross-Origin-Resource-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
		} {
			if got := r.Header.Get(field); got != want {
				t.Errorf("%s: %s: %q", r.Status, field, got)
			}
		}
	}
}

func TestStaticFilesAreKeptByTheBrowser(t *testing.T) {
	s := served(t, nil)
	found := regexp.MustCompile(`(?:src|href)="(/static/[^"]+)"`).FindAllStringSubmatch(shown(t, s, "/"), -1)
	if len(found) != 3 {
		t.Fatalf("%v", found)
	}
	for _, match := range found {
		first := say(t, s, ask(match[1]))
		if first.StatusCode != http.StatusOK || !strings.Contains(first.Header.Get("Cache-Control"), "immutable") || len(first.Body) < 300 {
			t.Errorf("%s: %s, %s", match[1], first.Status, first.Header.Get("Cache-Control"))
		}
		again := say(t, s, ask(match[1], "If-None-Match: "+first.Header.Get("ETag")+"\r\n"))
		if again.StatusCode != http.StatusNotModified || again.Body != "" {
			t.Errorf("%s: %s for what the browser has", match[1], again.Status)
		}
	}
	if r := say(t, s, ask("/static/old/page.css")); r.StatusCode != http.StatusOK || r.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("a page from before an upgrade: %s %s", r.Status, r.Header.Get("Cache-Control"))
	}
}

func TestWhatCameOverTheWireCannotHarmTheReader(t *testing.T) {
	const evil = "</title><script>alert(1)</script>\u202e\"'><img src=x onerror=alert(1)>"
	calls := record("answered")
	one := calls.list[0]
	one.From.Name, one.ID, one.Device = evil, "javascript:alert(1)//"+evil, evil
	calls.list = []trace.Summary{one}
	views := calls.views["answered"]
	views[0].Name, views[0].Device = evil, evil
	calls.views[one.ID] = views
	s := served(t, func(o *Options) { o.Calls, o.Name = calls, evil })
	address := regexp.MustCompile(`<td class="c-call"><a href="([^"]*)"`).FindStringSubmatch(shown(t, s, "/"))[1]
	if !strings.HasPrefix(address, "/calls/javascript") {
		t.Errorf("a link made of a call's data: %s", address)
	}
	for _, page := range []string{"/", "/device", address, "/?number=%3Cscript%3Ealert(1)"} {
		doc := shown(t, s, strings.ReplaceAll(page, "&#39;", "'"))
		for _, bad := range []string{"<script>alert", "<img", "href=\"javascript"} {
			if strings.Contains(doc, bad) {
				t.Errorf("%s: %q got through", page, bad)
			}
		}
	}
}

func TestPageThatPanicsEndsNothingElse(t *testing.T) {
	s := served(t, func(o *Options) {
		o.Status = func(context.Context, phrase.Lang) (string, error) { panic("a bug") }
	})
	if r := say(t, s, ask("/device")); r.StatusCode != http.StatusInternalServerError || !r.Close || strings.Contains(r.Body, "a bug") {
		t.Errorf("%s: %s", r.Status, r.Body)
	}
	shown(t, s, "/")
}
