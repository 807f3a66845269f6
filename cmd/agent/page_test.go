package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"
)

// fetchPage asks for a page and writes it to the file page: fetch STATUS PASSWORD|- URL
func fetchPage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: fetch STATUS PASSWORD URL")
	}
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, args[2], nil)
	ts.Check(err)
	if args[1] != "-" {
		r.SetBasicAuth("technician", args[1])
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	got, err := client.Do(r)
	ts.Check(err)
	defer func() { _ = got.Body.Close() }()
	body, err := io.ReadAll(got.Body)
	ts.Check(err)
	if strconv.Itoa(got.StatusCode) != args[0] {
		ts.Fatalf("%s, want %s\n%s", got.Status, args[0], body)
	}
	ts.Check(os.WriteFile(ts.MkAbs("page"), body, 0o600))
	ts.Setenv("FETCHED", args[2])
	ts.Setenv("PASSWORD", args[1])
}

var callLink = regexp.MustCompile(`<td class="c-call"><a href="([^"]*)"`)

// followLink fetches the first call of the list that was fetched last: follow FILE
func followLink(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: follow FILE")
	}
	link := callLink.FindStringSubmatch(ts.ReadFile(args[0]))
	if link == nil {
		ts.Fatalf("no call is listed")
	}
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, ts.Getenv("FETCHED"), nil)
	ts.Check(err)
	fetchPage(ts, false, []string{"200", ts.Getenv("PASSWORD"), "http://" + r.URL.Host + link[1]})
}
