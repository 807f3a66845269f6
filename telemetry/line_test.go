package telemetry

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/journal"
)

func TestLinesAreToldWhenTheyChangeAndAgainOverANewConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		b.start()
		a := startAgent(t, b, 7, journal.Options{})
		lines := func() []string {
			b.mu.Lock()
			defer b.mu.Unlock()
			return slices.Clone(b.lines)
		}
		want := []string{}
		expect := func(more ...string) {
			t.Helper()
			want = append(want, more...)
			synctest.Wait()
			if got := lines(); !slices.Equal(got, want) {
				t.Fatalf("lines %q, want %q", got, want)
			}
		}
		<-time.After(time.Second)
		a.uplink.Line(1, Line{Status: LineRegistering, AOR: "sip:101@example.com"})
		expect("line/1 registering")
		a.uplink.Line(1, Line{Status: LineUp, AOR: "sip:101@example.com", Code: 200})
		expect("line/1 up")
		a.uplink.Line(1, Line{Status: LineUp, AOR: "sip:101@example.com", Code: 200})
		expect()
		a.uplink.Line(2, Line{Status: LineError, Code: 403})
		expect("line/2 error")
		if up := a.uplink.health().Lines; up != 1 {
			t.Errorf("%d lines are up in the health report", up)
		}
		b.cut()
		<-time.After(2 * time.Minute)
		expect("line/1 up", "line/2 error")
	})
}

func TestSinceIsTheMomentOfTheLastChangeOfStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLines()
		begin := time.Now().UTC()
		l.set(1, Line{Status: LineUp})
		<-time.After(time.Minute)
		l.set(1, Line{Status: LineUp, Expires: time.Now()})
		if since := l.snapshot()[1].Since; !since.Equal(begin) {
			t.Errorf("since %s, want %s", since, begin)
		}
		l.set(1, Line{Status: LineError})
		if since := l.snapshot()[1].Since; !since.Equal(begin.Add(time.Minute)) {
			t.Errorf("since %s, want a minute later", since)
		}
	})
}
