package ingest

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidetone/collector/store"
)

func TestLineReportsAreReadOrCountedAsFaults(t *testing.T) {
	since := time.Date(2026, 11, 21, 3, 38, 47, 0, time.UTC)
	up := `{"status":"up","aor":"sip:101@example.com","code":200,"server":"sip:pbx.example.com","since":"2026-11-21T03:38:47Z","expires":"2026-11-21T03:48:47Z"}`
	origin := store.Origin{Tenant: "default", Device: "reception-1", At: since}
	for name, c := range map[string]struct {
		channel, payload string
		want             []store.Update
	}{
		"up": {"line/2", up, []store.Update{store.LineReport{Origin: origin, Registration: store.Registration{
			Line: 2, Status: "up", AOR: "sip:101@example.com", Code: 200, Server: "sip:pbx.example.com", Since: since, Expires: since.Add(10 * time.Minute),
		}}}},
		"taken back":        {"line/2", "", []store.Update{store.LineReport{Origin: origin, Registration: store.Registration{Line: 2}}}},
		"no number":         {"line/x", up, nil},
		"number 0":          {"line/0", up, nil},
		"too many":          {"line/65", up, nil},
		"unknown status":    {"line/1", `{"status":"fine"}`, nil},
		"not JSON":          {"line/1", `up`, nil},
		"too long":          {"line/1", `{"status":"up","reason":"` + strings.Repeat("x", maxLineReport) + `"}`, nil},
		"time out of shape": {"line/1", `{"status":"up","since":"yesterday"}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, faults := decode(Message{Topic: "st/v1/default/reception-1/up/" + c.channel, Payload: []byte(c.payload), At: since})
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if fault := faults[FaultReport] == 1; fault != (c.want == nil) {
				t.Errorf("faults %v", faults)
			}
		})
	}
}
