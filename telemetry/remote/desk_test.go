package remote

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"sidetone/internal/seal"
	"sidetone/trace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	private = ed25519.NewKeyFromSeed([]byte(strings.Repeat("k", ed25519.SeedSize)))
	public  = private.Public().(ed25519.PublicKey)
)

// office is a desk with what it answers and writes down.
type office struct {
	*Desk
	t    *testing.T
	stop func()

	mu      sync.Mutex
	answers []string // "cid state code"
	datas   []string
	events  []trace.Command
	ran     int
	synced  bool
	dead    bool // answers do not arrive
	hold    chan struct{}
}

// open begins a desk in a bubble; change says what is different.
func open(t *testing.T, m *Memory, change func(*office, *Options)) *office {
	o := &office{t: t, synced: true, hold: make(chan struct{})}
	options := Options{
		Tenant: "default", Device: "a", Memory: m, Logger: zap.NewNop(),
		Synced: func() bool { return o.synced },
		Record: func(c trace.Command) { o.mu.Lock(); defer o.mu.Unlock(); o.events = append(o.events, c) },
		Answer: o.answer,
		Ops:    "echo \nwait \nlater \npanic \nargs for\nlarge \nrefuse \nfail \nagent.restart \n",
	}
	ops := map[string]Op{
		"echo": func(_ context.Context, j *Job) (any, error) { o.ran++; return j.Args, nil },
		"wait": func(ctx context.Context, j *Job) (any, error) {
			o.Note(j.CID, map[string]int{"step": 1})
			select {
			case <-o.hold:
				return nil, nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		},
		"later": func(context.Context, *Job) (any, error) { return nil, ErrLater },
		"panic": func(context.Context, *Job) (any, error) { panic("oh") },
		"args": func(_ context.Context, j *Job) (any, error) {
			var a struct {
				For Duration `json:"for"`
			}
			return nil, j.Read(&a)
		},
		"large":         func(context.Context, *Job) (any, error) { return strings.Repeat("é", maxData), nil },
		"refuse":        func(context.Context, *Job) (any, error) { return nil, Faultf(NotFound, "not there") },
		"fail":          func(context.Context, *Job) (any, error) { return nil, errors.New("broken") },
		"agent.restart": func(context.Context, *Job) (any, error) { return nil, ErrLater },
	}
	options.Do = func(ctx context.Context, j *Job) (any, error) { return ops[j.Op](ctx, j) }
	if change != nil {
		change(o, &options)
	}
	o.Desk = NewDesk(options)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = o.Run(ctx) }()
	o.stop = sync.OnceFunc(func() { cancel(); <-ended })
	t.Cleanup(o.stop)
	synctest.Wait()
	return o
}

func (o *office) answer(cid string, payload []byte, sent func()) {
	var a Answer
	if err := json.Unmarshal(payload, &a); err != nil || a.CID != cid {
		o.t.Errorf("answer to %s: %q", cid, payload)
	}
	o.mu.Lock()
	o.answers = append(o.answers, strings.TrimSpace(fmt.Sprintln(cid, a.State, a.Code)))
	o.datas = append(o.datas, string(a.Data))
	o.mu.Unlock()
	if !o.dead {
		sent()
	}
}

// ask hands in a command and gives what was answered.
func (o *office) ask(payload string) []string {
	o.t.Helper()
	o.mu.Lock()
	o.answers, o.datas = nil, nil
	o.mu.Unlock()
	o.Take([]byte(payload), false)
	synctest.Wait()
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.answers
}

func wants(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func signed(cid, op, args string, exp time.Time, by string) string {
	e := exp.UTC().Format(time.RFC3339)
	sig := seal.Sign(private, seal.Command, "default", "a", cid, op, args, e, "", by)
	return fmt.Sprintf(`{"cid":%q,"op":%q,"args":%s,"exp":%q,"by":%q,"sig":%q}`, cid, op, args, e, by, sig)
}

func memory(t *testing.T, path string) *Memory {
	t.Helper()
	m, err := OpenMemory(path)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestCommandIsAnsweredInStepsAndWrittenDownWithWhoAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := open(t, memory(t, ""), nil)
		wants(t, "echo", o.ask(`{"cid":"c1","op":"echo","args":{"a": [1]},"by":"anna"}`), "c1 accepted", "c1 done")
		if got := o.datas[1]; got != `{"a":[1]}` {
			t.Errorf("data %s", got)
		}
		if diff := cmp.Diff([]trace.Command{
			{CID: "c1", Op: "echo", By: "anna", State: "accepted"}, {CID: "c1", Op: "echo", By: "anna", State: "done"},
		}, o.events); diff != "" {
			t.Error(diff)
		}
		for payload, want := range map[string][]string{
			`{"cid":"c2","op":"refuse"}`:                       {"c2 accepted", "c2 failed not-found"},
			`{"cid":"c3","op":"fail"}`:                         {"c3 accepted", "c3 failed failed"},
			`{"cid":"c4","op":"panic"}`:                        {"c4 accepted", "c4 failed failed"},
			`{"cid":"c5","op":"args","args":{"x":1}}`:          {"c5 accepted", "c5 failed args"},
			`{"cid":"c6","op":"args","args":{"for":30}}`:       {"c6 accepted", "c6 failed args"},
			`{"cid":"c7","op":"args","args":{"for":"30s"}}`:    {"c7 accepted", "c7 done"},
			`{"cid":"c8","op":"args"}`:                         {"c8 accepted", "c8 done"},
			`{"cid":"c9","op":"self-destruct"}`:                {"c9 failed unknown"},
			`{"cid":"d1","op":"echo","colour":"red"}`:          {"d1 failed malformed"},
			`{"cid":"d2","op":"echo"} {}`:                      nil,
			`{"cid":"d3","op":"echo","exp":"soon"}`:            {"d3 failed malformed"},
			`{"cid":"d4","op":"echo","ttl":"-1s"}`:             {"d4 failed malformed"},
			`{"cid":"d5","op":"rm -rf"}`:                       {"d5 failed malformed"},
			`{"cid":"d6","op":"echo","by":"a\nb"}`:             {"d6 failed malformed"},
			`{"cid":"d7","op":"echo","ttl":30}`:                {"d7 accepted", "d7 done"},
			`{"cid":"../../x","op":"echo"}`:                    nil,
			`{"op":"echo"}`:                                    nil,
			`nonsense`:                                         nil,
			strings.Repeat(" ", maxPayload+1):                  nil,
			"{\"cid\":\"d8\",\"op\":\"echo\",\"by\":\"\xff\"}": nil,
		} {
			wants(t, payload, o.ask(payload), want...)
		}
	})
}

func TestSameCommandIsRunOnceAndAnsweredAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := memory(t, "")
		o := open(t, m, nil)
		o.ask(`{"cid":"c1","op":"echo","args":1}`)
		wants(t, "again", o.ask(`{"cid":"c1","op":"echo","args":2}`), "c1 done")
		if o.datas[0] != "1" {
			t.Errorf("answered %s", o.datas[0])
		}
		wants(t, "begun", o.ask(`{"cid":"c2","op":"wait"}`), "c2 accepted", "c2 progress")
		wants(t, "while it runs", o.ask(`{"cid":"c2","op":"wait"}`), "c2 progress")
		o.stop()
		wants(t, "the agent ends", o.answers[1:], "c2 failed interrupted")
		next := open(t, m, nil) // another agent in the same process
		wants(t, "after that", next.ask(`{"cid":"c1","op":"echo"}`), "c1 done")
		if next.datas[0] != "1" || o.ran != 1 || next.ran != 0 {
			t.Errorf("answered %s, ran %d times and %d", next.datas[0], o.ran, next.ran)
		}
	})
}

func TestCommandsAreKnownAfterARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal", "commands.json")
	synctest.Test(t, func(t *testing.T) {
		o := open(t, memory(t, path), nil)
		o.ask(`{"cid":"c1","op":"echo","args":1}`)
		o.ask(`{"cid":"c2","op":"agent.restart"}`)
		o.ask(`{"cid":"c3","op":"later"}`)
		o.stop()
		next := open(t, memory(t, path), nil)
		wants(t, "what was left", next.answers, "c2 done", "c3 failed interrupted")
		wants(t, "again", next.ask(`{"cid":"c1","op":"echo"}`), "c1 done")
		if next.ran != 0 || next.datas[0] != "" {
			t.Errorf("ran %d times, data %q", next.ran, next.datas[0])
		}
	})
}

func TestMemoryThatCannotBeReadIsReportedAndBeginsAnew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "commands.json")
	if err := os.WriteFile(path, []byte(`{"commands":[{"cid"`), 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := OpenMemory(path)
	if err == nil {
		t.Error("nothing was said")
	}
	if err := m.begin(Request{CID: "c"}, false, time.Time{}); err != nil || m.save() != nil {
		t.Error(err)
	}
	if again, err := OpenMemory(path); err != nil || len(again.kept.Entries) != 1 {
		t.Errorf("%+v, %v", again, err)
	}
}

func TestAnswerThatDidNotArriveIsSentByTheNextAgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := memory(t, "")
		o := open(t, m, func(o *office, _ *Options) { o.dead = true })
		o.ask(`{"cid":"c1","op":"echo","args":1}`)
		o.stop()
		next := open(t, m, nil)
		wants(t, "owed", next.answers, "c1 done")
		next.stop()
		wants(t, "no longer owed", open(t, m, nil).answers)
	})
}

func TestMemoryIsBoundedAndForgetsWhatIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := open(t, memory(t, ""), nil)
		o.ask(`{"cid":"running","op":"wait"}`)
		for i := range 2 * maxEntries {
			o.ask(fmt.Sprintf(`{"cid":"c%d","op":"echo"}`, i))
		}
		if n := len(o.o.Memory.kept.Entries); n != maxEntries {
			t.Errorf("%d are remembered", n)
		}
		wants(t, "one that runs is not forgotten", o.ask(`{"cid":"running","op":"wait"}`), "running progress")
		wants(t, "the oldest is", o.ask(`{"cid":"c0","op":"echo"}`), "c0 accepted", "c0 done")
	})
}

func TestFewCommandsRunAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := open(t, memory(t, ""), nil)
		for i := range maxRunning {
			wants(t, "begun", o.ask(fmt.Sprintf(`{"cid":"c%d","op":"wait"}`, i)), fmt.Sprintf("c%d accepted", i), fmt.Sprintf("c%d progress", i))
		}
		wants(t, "one too many", o.ask(`{"cid":"more","op":"echo"}`), "more failed busy")
		close(o.hold)
		synctest.Wait()
		wants(t, "later", o.ask(`{"cid":"more","op":"echo"}`), "more accepted", "more done")
	})
}

func TestCommandIsGoodUntilItExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		at := func(d time.Duration) string { return now.Add(d).UTC().Format(time.RFC3339) }
		o := open(t, memory(t, ""), nil)
		wants(t, "in time", o.ask(`{"cid":"c1","op":"echo","exp":"`+at(time.Minute)+`"}`), "c1 accepted", "c1 done")
		wants(t, "too late", o.ask(`{"cid":"c2","op":"echo","exp":"`+at(-time.Second)+`"}`), "c2 failed expired")
		wants(t, "too far ahead", o.ask(`{"cid":"c3","op":"echo","exp":"`+at(48*time.Hour)+`"}`), "c3 failed refused")
		o.synced = false
		wants(t, "nobody knows what time it is", o.ask(`{"cid":"c4","op":"echo","exp":"`+at(-time.Hour)+`","ttl":"5s"}`), "c4 accepted", "c4 done")
		j := o.acceptInLoop(letter{payload: []byte(`{"cid":"c5","op":"echo","ttl":"5s"}`), at: now})
		if j == nil || !j.Until.Equal(now.Add(5*time.Second)) {
			t.Fatalf("%+v", j)
		}
		time.Sleep(6 * time.Second) //nolint:forbidigo // the time of the bubble
		if j := o.acceptInLoop(letter{payload: []byte(`{"cid":"c6","op":"echo","ttl":"5s"}`), at: now}); j != nil {
			t.Error("a command that waited too long was begun")
		}
		wants(t, "it waited too long", o.answers[len(o.answers)-1:], "c6 failed expired")
	})
}

func TestRetainedCommandIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := open(t, memory(t, ""), nil)
		o.Take([]byte(`{"cid":"c1","op":"echo","by":"anna"}`), true)
		synctest.Wait()
		wants(t, "retained", o.answers, "c1 failed retained")
		if len(o.events) != 1 || o.events[0].By != "anna" || o.events[0].Code != "retained" {
			t.Errorf("%+v", o.events)
		}
	})
}

func pinned(_ *office, o *Options) { o.Key = public }

func TestWithAPinnedKeyOnlySignedCommandsAreTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := open(t, memory(t, ""), pinned)
		exp := time.Now().Add(time.Minute)
		good := signed("c1", "echo", `{"a": "é<"}`, exp, "anna")
		wants(t, "signed", o.ask(good), "c1 accepted", "c1 done")
		wants(t, "not signed", o.ask(`{"cid":"c2","op":"echo"}`), "c2 failed unsigned")
		for _, change := range [][2]string{
			{`"c1"`, `"c3"`},
			{`"echo"`, `"fail"`},
			{`"é<"`, `"e"`},
			{`"anna"`, `"eve"`},
			{exp.UTC().Format(time.RFC3339), exp.Add(time.Hour).UTC().Format(time.RFC3339)},
			{`"by"`, `"ttl":"9s","by"`},
		} {
			got := o.ask(strings.Replace(good, change[0], change[1], 1))
			if len(got) != 1 || !strings.HasSuffix(got[0], " failed unsigned") {
				t.Errorf("%s: %v", change, got)
			}
		}
		never := fmt.Sprintf(`{"cid":"c4","op":"echo","sig":%q}`, seal.Sign(private, seal.Command, "default", "a", "c4", "echo", "", "", "", ""))
		wants(t, "signed for ever", o.ask(never), "c4 failed unsigned")
		other := open(t, memory(t, ""), func(o *office, p *Options) { pinned(o, p); p.Device = "b" })
		wants(t, "for another device", other.ask(good), "c1 failed unsigned")
	})
}

func TestSignedCommandIsNotReplayed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "commands.json")
	synctest.Test(t, func(t *testing.T) {
		o := open(t, memory(t, path), pinned)
		first := signed("first", "echo", "1", time.Now().Add(time.Hour), "")
		o.ask(first)
		for i := range maxEntries - 1 {
			o.ask(signed(fmt.Sprint("c", i), "echo", "1", time.Now().Add(time.Hour), ""))
		}
		wants(t, "no room to remember", o.ask(signed("more", "echo", "1", time.Now().Add(time.Hour), "")), "more failed busy")
		wants(t, "replayed", o.ask(first), "first done")
		o.stop()
		o = open(t, memory(t, path), pinned)
		wants(t, "after a restart", o.ask(first), "first done")
		time.Sleep(2 * time.Hour) //nolint:forbidigo // the time of the bubble
		wants(t, "room again", o.ask(signed("more", "echo", "1", time.Now().Add(time.Hour), "")), "more accepted", "more done")
		wants(t, "forgotten, but expired", o.ask(first), "first failed expired")
		if o.ran != 1 {
			t.Errorf("ran %d", o.ran)
		}
	})
}

func TestWithoutAClockNothingOlderThanADayIsReplayed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := open(t, memory(t, ""), func(o *office, p *Options) { pinned(o, p); o.synced = false })
		then := time.Now()
		old := signed("old", "echo", "1", then.Add(time.Minute), "")
		wants(t, "new", o.ask(signed("new", "echo", "1", then.Add(48*time.Hour), "")), "new accepted", "new done")
		wants(t, "more than a day older", o.ask(old), "old failed expired")
		wants(t, "less", o.ask(signed("less", "echo", "1", then.Add(25*time.Hour), "")), "less accepted", "less done")
	})
}

func TestFloodOfRefusalsDoesNotFillTheJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := open(t, memory(t, ""), nil)
		for range 100 {
			o.ask("nonsense")
		}
		if n := len(o.events); n != recordBurst {
			t.Errorf("%d were written down", n)
		}
		time.Sleep(recordEvery) //nolint:forbidigo // the time of the bubble
		o.ask("nonsense")
		if e := o.events[len(o.events)-1]; len(o.events) != recordBurst+1 || e.Untold != 100-recordBurst {
			t.Errorf("%d, the last %+v", len(o.events), e)
		}
	})
}

func TestMoreRequestsThanCanWaitAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &office{t: t}
		d := NewDesk(Options{Memory: memory(t, ""), Answer: o.answer})
		for i := range inboxSize + 1 {
			d.Take(fmt.Appendf(nil, `{"cid":"c%d","op":"echo"}`, i), false)
		}
		wants(t, "the last", o.answers, fmt.Sprintf("c%d failed busy", inboxSize))
	})
}

func TestAnswerThatIsTooLargeIsCutWithAMark(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := open(t, memory(t, ""), nil)
		wants(t, "large", o.ask(`{"cid":"c1","op":"large"}`), "c1 accepted", "c1 done")
		var c cut
		if err := json.Unmarshal([]byte(o.datas[1]), &c); err != nil || !c.Cut || c.Bytes != 2*maxData+2 || !strings.HasPrefix(c.Text, `"éé`) || len(o.datas[1]) > maxData {
			t.Errorf("%v, %d bytes of %d: %.20s", err, len(o.datas[1]), c.Bytes, c.Text)
		}
	})
}

func TestFinishComesOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := open(t, memory(t, ""), nil)
		wants(t, "later", o.ask(`{"cid":"c1","op":"later"}`), "c1 accepted")
		o.Note("c1", 1)
		o.Finish("c1", 2, nil)
		o.Finish("c1", nil, errors.New("no"))
		o.Finish("unknown", nil, nil)
		wants(t, "then", o.answers, "c1 accepted", "c1 progress", "c1 done")
	})
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		`{"cid":"c1","op":"echo","args":{"a":1},"exp":"2026-11-28T05:00:00Z","ttl":"30s","by":"anna","sig":"AAAA"}`,
		`{"cid":"c1","op":"echo","ttl":30}`, `{}`, `[]`, `null`, `{"cid":1}`, `{"cid":"a","cid":"b","op":"x"}`, "\x00", `{"cid":"c","op":"a","args":{}}x`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		r, err := Decode(payload)
		if r.CID != validCID(r.CID) || err == nil && (r.CID == "" || !validOp(r.Op) || oneLine(r.By) != nil || r.TTL < 0 || r.TTL > maxAhead) {
			t.Errorf("%q gave %+v, %v", payload, r, err)
		}
		if err == nil && len(r.Args) > 0 && !json.Valid(r.Args) {
			t.Errorf("%q gave args %q", payload, r.Args)
		}
	})
}
