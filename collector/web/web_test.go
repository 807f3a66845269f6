package web_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sidetone/collector/store"
	"sidetone/collector/web"
	"sidetone/trace/calltest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const answered = "/calls/answered"

func handler(s *shelf) http.Handler {
	return web.New(s, web.Options{Now: func() time.Time { return noon.Add(5 * time.Minute) }, Broker: "mqtt://collector.example:1883", Refusals: strangers})
}

// contains asserts that a page says all of this, in this order.
func contains(t *testing.T, document string, parts ...string) {
	t.Helper()
	rest := document
	for _, part := range parts {
		at := strings.Index(rest, part)
		if at < 0 {
			t.Fatalf("missing or out of order: %q", part)
		}
		rest = rest[at+len(part):]
	}
}

func TestEveryPageIsWellFormedAndWithinItsOwnPolicy(t *testing.T) {
	full, empty := house(), &shelf{}
	full.put("hostile", hostile())
	for name := range calltest.Calls() {
		full.put(name, scripted(name, time.Hour))
	}
	for _, lang := range []string{"en", "fr-CA"} {
		for _, address := range []string{"/", "/?result=busy&since=2026-11-20&device=reception-1", "/devices", "/nowhere", "/calls/nobody"} {
			for name, s := range map[string]*shelf{"full": full, "empty": empty} {
				for _, fault := range faults(get(t, handler(s), address, "Accept-Language", lang).Body.String()) {
					t.Errorf("%s %s %s: %s", lang, name, address, fault)
				}
			}
		}
		for _, c := range full.calls {
			for _, fault := range faults(page(t, handler(full), "/calls/"+c.Summary.ID, "Accept-Language", lang)) {
				t.Errorf("%s call %s: %s", lang, c.Summary.ID, fault)
			}
		}
	}
}

func TestPagesAllowNothingButTheirOwnSite(t *testing.T) {
	h := get(t, handler(house()), "/").Header()
	policy := h.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
		if !strings.Contains(policy, part) {
			t.Errorf("policy %q lacks %q", policy, part)
		}
	}
	if strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q", policy)
	}
	for key, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin"} {
		if got := h.Get(key); got != want {
			t.Errorf("%s: %q", key, got)
		}
	}
}

func TestCallFlowReadsInTheOrderOfTheSpecification(t *testing.T) {
	doc := page(t, handler(house()), answered)
	contains(t, doc, `<html lang="en">`, `class="crumb"`, "<h1>", "Reception", "→", "Warehouse", `class="when"`, "Saturday 21 November 2026, 15:42:07",
		`class="verdict"`, "Answered.", `class="facts"`, "Ended by", "Last SIP response", "200", "Trace", "complete", `class="phases"`,
		`id="story"`, `<ol class="story"`, `id="ladder"`, "<svg", `id="message"`, `class="raw"`)
}

func TestCallFlowOffersTheCallInEveryFormat(t *testing.T) {
	doc := page(t, handler(house()), answered)
	contains(t, doc, `id="message"`, `class="downloads"`, "Download this call:", `href="/api/v1/calls/answered/export?format=json&amp;lang=en" download>json</a>`,
		`format=pcapng&amp;lang=en"`, "Without names, numbers and addresses:", `format=sipp&amp;lang=en&amp;redact=true"`)
	contains(t, page(t, handler(house()), answered+"?lang=fr-CA"), "Télécharger cet appel\u00a0:", "lang=fr-CA")
}

func TestCallFlowSpeaksFrench(t *testing.T) {
	doc := page(t, handler(house()), answered+"?lang=fr-CA")
	contains(t, doc, `<html lang="fr-CA">`, "Appels", "Appareils", "samedi 21 novembre 2026", "Ce qui s’est passé")
	contains(t, doc, `href="/?lang=fr-CA"`) // the language stays when it was asked for by address
	for _, english := range []string{"What happened", "Ended by", "Answered."} {
		if strings.Contains(doc, english) {
			t.Errorf("English words: %q", english)
		}
	}
}

func TestOneSelectionRunsThroughStoryLadderAndMessage(t *testing.T) {
	h := handler(house())
	doc := page(t, h, answered+"?sel="+reinvite.ID())
	if n := strings.Count(doc, `<li class="s-held on"`); n != 1 {
		t.Errorf("%d held steps are selected", n)
	}
	visible := visiblePanel(t, doc)
	contains(t, visible, "re-INVITE", "Reception → Warehouse", "UDP", "sent", "received", `<b class="r-start">INVITE sip:102@10.1.0.9:5060 SIP/2.0</b>`,
		`<mark class="r-mark">;tag=77b0</mark>`, `<mark class="r-mark">CSeq: 2 INVITE</mark>`, `<mark class="r-mark">a=sendonly</mark>`,
		"Told apart by", "CSeq 2 and to-tag", "Evidence", fmt.Sprintf("event %d", reinvite.Seq))
}

// visiblePanel cuts out the one panel that is not hidden.
func visiblePanel(t *testing.T, doc string) string {
	t.Helper()
	var shown []string
	for _, p := range strings.Split(doc, `<article class="panel"`)[1:] {
		if head, _, _ := strings.Cut(p, ">"); !strings.Contains(head, " hidden") {
			shown = append(shown, p)
		}
	}
	if len(shown) != 1 {
		t.Fatalf("%d panels are shown", len(shown))
	}
	return shown[0]
}

func TestUnknownSelectionFallsBackToTheOpeningOne(t *testing.T) {
	h := handler(house())
	visiblePanel(t, page(t, h, answered+"?sel=%3Cscript%3E"))
	visiblePanel(t, page(t, h, answered))
}

func TestCallInProgressAsksToBeKeptUpToDate(t *testing.T) {
	h := handler(house())
	contains(t, page(t, h, "/calls/live"), `data-live="/live"`, `id="flow"`, `data-live="call.updated"`, `data-id="live"`)
	if doc := page(t, h, answered); strings.Contains(doc, "data-live") {
		t.Error("a call that is over and complete still listens")
	}
}

func TestCallHistoryShowsOneRowACall(t *testing.T) {
	doc := page(t, handler(house()), "/")
	contains(t, doc, "Saturday 21 November 2026", "Reception", "Warehouse", "in progress", `href="/calls/answered"`, "Reception", "Warehouse", "answered", "held 37", "200", "Friday 20 November 2026")
	contains(t, doc, "busy", "486", "failed", "404")
	if n := strings.Count(doc, `<tr class="call `); n != 11 {
		t.Errorf("%d rows", n)
	}
}

func TestEmptyHistoryTellsHowToGetAFirstCall(t *testing.T) {
	contains(t, page(t, handler(&shelf{}), "/"), "No call has been recorded yet", "mqtt://collector.example:1883", "sidetone-agent run")
}

func TestDevicesShowTheirStateInWordAndShape(t *testing.T) {
	contains(t, page(t, handler(house()), "/devices"), "Reception", "●", "ready", "Warehouse", "✕", "lost", "32 events lost", "Workshop", "○", "switched off")
	contains(t, page(t, handler(&shelf{}), "/devices"), "No device has reported yet")
}

func TestDevicesShowHowEachLineStandsWithItsRegistrar(t *testing.T) {
	contains(t, page(t, handler(house()), "/devices"), "101", "registered", "102", "registering", "103", "not registered", "403 Forbidden")
	contains(t, page(t, handler(house()), "/devices?lang=fr-CA"), "enregistrée", "s’enregistre", "non enregistrée")
}

func TestDevicesTellWhatTheySaidWhenTheyConnected(t *testing.T) {
	contains(t, page(t, handler(house()), "/devices"), "Reception", "1204 events waited when it connected", "up since", "2026-11-19 13:42:07",
		"started after a power cut or a kernel crash", "Workshop", "events wait in memory only: read-only file system", "started after an update")
	contains(t, page(t, handler(house()), "/devices?lang=fr-CA"), "1204 événements attendaient à la connexion", "en marche depuis", "démarré après une coupure de courant")
}

func TestDevicesTellHowItStandsWithTheirDesiredConfiguration(t *testing.T) {
	contains(t, page(t, handler(house()), "/devices"), "Reception", "configuration 1764000000", "configuration 1764000060 refused: sip.listen: must not be changed remotely")
	s := &shelf{devices: []store.Device{{ID: "a", Config: json.RawMessage(`{"ver":7,"trial":true}`)}, {ID: "b", Config: json.RawMessage(`7`)}}}
	contains(t, page(t, handler(s), "/devices?lang=fr-CA"), "configuration 7, à l’essai", "b")
}

func TestWhomTheBrokerTurnedAwayIsShown(t *testing.T) {
	contains(t, page(t, handler(house()), "/devices"), "Turned away", "reception-1", "wrong password", "12", "10.1.0.77",
		"warehouse-1", "publish outside the own branch", "st/v1/default/reception-1/up/ev", "client identifier", "340", "192.0.2.80")
	contains(t, page(t, handler(house()), "/devices?lang=fr-CA"), "Refusés", "mot de passe erroné", "publication hors de sa branche")
	if strings.Contains(page(t, web.New(house(), web.Options{}), "/devices"), "Turned away") {
		t.Error("somebody was turned away from nowhere")
	}
}

// The reasons are made by the broker and by the gate before it; the pages know them by their text.
func TestEveryReasonOfARefusalHasFrenchWords(t *testing.T) {
	reason := regexp.MustCompile(`(?i)\brefused\w+ +(?:Refusal )?= "(.+)"`)
	var reasons []store.Refusal
	for _, file := range []string{"../ingest/embedded/hook.go", "../access/gate.go"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range reason.FindAllStringSubmatch(string(text), -1) {
			reasons = append(reasons, store.Refusal{Reason: m[1]})
		}
	}
	if len(reasons) < 20 {
		t.Fatalf("%d reasons", len(reasons))
	}
	shown := page(t, web.New(house(), web.Options{Refusals: func() []store.Refusal { return reasons }}), "/devices?lang=fr-CA")
	for _, r := range reasons {
		if strings.Contains(shown, "<td>"+r.Reason+"</td>") {
			t.Errorf("%q is shown in English", r.Reason)
		}
	}
}

func TestLanguageIsTheAddressThenTheBrowser(t *testing.T) {
	h := handler(house())
	for _, c := range []struct{ address, accept, want string }{
		{"/", "", "en"},
		{"/", "fr-CA,fr;q=0.9,en;q=0.8", "fr-CA"},
		{"/", "fr-FR", "fr-CA"},
		{"/", "de, en;q=0.5, fr;q=0.7", "fr-CA"},
		{"/", "en;q=0.2, fr;q=0", "en"},
		{"/", "fr;q=nonsense, en", "en"},
		{"/?lang=fr-CA", "en", "fr-CA"},
		{"/?lang=en", "fr", "en"},
		{"/?lang=tlh", "fr", "fr-CA"},
	} {
		doc := get(t, h, c.address, "Accept-Language", c.accept).Body.String()
		if !strings.Contains(doc, `<html lang="`+c.want+`">`) {
			t.Errorf("%s with %q is not in %s", c.address, c.accept, c.want)
		}
	}
}

func TestWhatIsNotThereIsSaidInWords(t *testing.T) {
	h := handler(house())
	for address, want := range map[string]int{"/calls/nobody": 404, "/nowhere": 404, "/?cursor=forged": 400, "/static/x/none.css": 404, "/static/x/htmx.min.js": 200} {
		if got := get(t, h, address).Code; got != want {
			t.Errorf("%s: %d, want %d", address, got, want)
		}
	}
	contains(t, get(t, h, "/calls/nobody").Body.String(), "There is no such page or call here", `href="/"`)
}

func TestFailureOfTheStoreIsNotShownToStrangers(t *testing.T) {
	for _, address := range []string{"/", "/devices", answered} {
		w := get(t, handler(&shelf{err: errors.New("disk /var/secret is full")}), address)
		if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s: %d %s", address, w.Code, w.Body)
		}
	}
}

func TestOnlyReadingIsAllowed(t *testing.T) {
	h := handler(house())
	for _, method := range []string{http.MethodPost, http.MethodDelete} {
		r, _ := http.NewRequestWithContext(t.Context(), method, "/", nil)
		w := newRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", method, w.Code)
		}
	}
}

func TestWhatCameOverTheWireCannotHarmTheReader(t *testing.T) {
	s := house()
	s.put("hostile", hostile())
	s.devices = append(s.devices, store.Device{ID: "evil", Name: "<script>alert(1)</script>\u202e", Model: "<b>", State: "<i>", Lines: []store.Registration{{Status: store.LineError, AOR: "sip:<script>alert(1)@x", Reason: "<img>\u202e"}}})
	for _, address := range []string{"/", "/calls/hostile", "/devices", "/?number=%3Cscript%3Ealert(1)%3C/script%3E%E2%80%AE", "/?result=%3Cscript%3Ealert(1)"} {
		doc := page(t, handler(s), address)
		for _, bad := range []string{"<script>alert", "<img", "<b>A", "\u202e", "\x00", "\x1b"} {
			if strings.Contains(doc, bad) {
				t.Errorf("%s: %q got through", address, bad)
			}
		}
		if len(doc) > 2<<20 {
			t.Errorf("%s: %d bytes", address, len(doc))
		}
	}
}
