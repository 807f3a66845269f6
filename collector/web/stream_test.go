package web_test

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sidetone/collector/store"
	"sidetone/collector/web"
)

func TestStreamTellsWhatTheStoreTells(t *testing.T) {
	s := house()
	server := httptest.NewServer(handler(s))
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if got := answer.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Fatalf("content type %s", got)
	}
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() {
		switch line := lines.Text(); {
		case strings.HasPrefix(line, "retry:"): // the stream is open, so the store is watched
			s.tell(store.Change{Kind: store.DeviceUpdated, ID: "reception-1"})
		case line == `data: {"id":"reception-1"}`:
			return
		}
	}
	t.Fatalf("the stream ended: %v", lines.Err())
}

func TestStreamsAreLimited(t *testing.T) {
	s := house()
	server := httptest.NewServer(web.New(s, web.Options{Streams: 1}))
	defer server.Close()
	open := func() *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/live", nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	first, second := open(), open()
	defer func() { _ = first.Body.Close() }()
	defer func() { _ = second.Body.Close() }()
	if first.StatusCode != http.StatusOK || second.StatusCode != http.StatusServiceUnavailable || second.Header.Get("Retry-After") == "" {
		t.Errorf("%d, then %d", first.StatusCode, second.StatusCode)
	}
}
