//go:build interop

package interop

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"sidetone/test/fleet"
	"sidetone/trace"
)

func TestWhatAKilledMosquittoHadAcknowledgedIsSentAgain(t *testing.T) {
	t.Parallel()
	for name, restarted := range map[string]bool{"by the agent that had sent it": false, "by the next run of the agent": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := testContext(t)
			m := startMosquitto(t, ctx)
			c := startCollector(t, ctx, "--broker", m.url)
			a := startAgent(t, ctx, agentConfig(m.url))
			place := func() string {
				startSIPp(t, ctx, "udp", "uac_basic", a.SIPPort, "-s", "101").wait(t)
				if err := a.UntilQuiet(ctx); err != nil {
					t.Fatal(err)
				}
				return lastCall(t, ctx, a).ID
			}
			if _, err := c.Call(ctx, place()); err != nil {
				t.Fatal(err)
			}
			_ = c.Kill()
			lost := place()
			if err := a.UntilNothingWaits(ctx); err != nil { // Mosquitto has acknowledged it, and keeps it in memory
				t.Fatal(err)
			}
			_ = m.Kill()
			if restarted {
				_ = a.Kill()
				if err := a.Restart(ctx, "desk"); err != nil {
					t.Fatal(err)
				}
			}
			m.start(t, ctx)
			if err := c.Restart(ctx); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			s, err := c.Call(ctx, lost)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("the call was complete %v after the broker was back", time.Since(began).Round(time.Millisecond))
			if s.Result != trace.ResultAnswered || s.Missing != 0 || !s.Complete {
				t.Errorf("%+v", s)
			}
		})
	}
}

func TestADatabaseRestoredFromABackupIsFilledAgain(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	dir := shortDir(t)
	c, err := fleet.StartCollector(ctx, dir, absolute(t, collectorProgram), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Stop() })
	a := startAgent(t, ctx, agentConfig(c.MQTT))
	place := func() string {
		startSIPp(t, ctx, "udp", "uac_basic", a.SIPPort, "-s", "101").wait(t)
		if err := a.UntilQuiet(ctx); err != nil {
			t.Fatal(err)
		}
		id := lastCall(t, ctx, a).ID
		if _, err := c.Call(ctx, id); err != nil {
			t.Fatal(err)
		}
		return id
	}
	// between stops the database while f runs.
	between := func(f func() error) {
		t.Helper()
		if err := c.Stop(); err != nil {
			t.Fatal(err)
		}
		if err := f(); err != nil {
			t.Fatal(err)
		}
		if err := c.Restart(ctx); err != nil {
			t.Fatal(err)
		}
	}
	place()
	database := filepath.Join(dir, "sidetone.db")
	var backup []byte
	between(func() (err error) { backup, err = os.ReadFile(database); return err })
	later := place()
	between(func() error { return os.WriteFile(database, backup, 0o600) })
	s, err := c.Call(ctx, later)
	if err != nil {
		t.Fatal(err)
	}
	if s.Result != trace.ResultAnswered || s.Missing != 0 || !s.Complete {
		t.Errorf("%+v", s)
	}
}
