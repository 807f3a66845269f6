package control

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// socketIn gives a path short enough for a socket; a test's own folder may have a long name.
func socketIn(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ctl")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return filepath.Join(dir, "run", "agent.sock")
}

// serve runs a server until the test ends.
func serve(t *testing.T, path string, h Handler) {
	t.Helper()
	s, err := Listen(path, h, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func connectTo(t *testing.T, path string) *Client {
	t.Helper()
	c, err := Connect(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestClientGetsItsReplies(t *testing.T) {
	path := socketIn(t)
	s := &stub{}
	serve(t, path, s.verbs())
	c := connectTo(t, path)
	for range 3 {
		reply, err := c.Do(t.Context(), Request{Verb: Dial, Args: []string{"102"}})
		if err != nil || reply.Text != "01CALL" {
			t.Fatalf("got %+v, %v", reply, err)
		}
	}
	if _, err := c.Do(t.Context(), Request{Verb: "explode"}); err == nil || err.Error() != `unknown verb "explode"` {
		t.Errorf("got %v", err)
	}
	if _, err := c.Do(t.Context(), Request{Verb: Status}); err != nil {
		t.Errorf("after a refusal: %v", err)
	}
}

func TestSocketIsItsOwnersAlone(t *testing.T) {
	path := socketIn(t)
	serve(t, path, (&stub{}).verbs())
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
}

func TestSocketOfADeadAgentIsReplaced(t *testing.T) {
	path := socketIn(t)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	if err := dead.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Connect(t.Context(), path); !errors.Is(err, ErrNotRunning) {
		t.Errorf("dead: got %v", err)
	}
	serve(t, path, (&stub{}).verbs())
	connectTo(t, path)
}

func TestSocketOfALivingAgentIsLeftAlone(t *testing.T) {
	path := socketIn(t)
	serve(t, path, (&stub{}).verbs())
	if _, err := Listen(path, (&stub{}).verbs(), nil); !errors.Is(err, ErrInUse) {
		t.Errorf("got %v", err)
	}
	if _, err := connectTo(t, path).Do(t.Context(), Request{Verb: Status}); err != nil {
		t.Errorf("the first one: %v", err)
	}
}

func TestFileInThePlaceOfTheSocketIsLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.sock")
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(path, nil, nil); err == nil || !strings.Contains(err.Error(), "no socket") {
		t.Errorf("got %v", err)
	}
	if text, _ := os.ReadFile(path); string(text) != "precious" {
		t.Errorf("it holds %q", text)
	}
}

func TestPathThatIsTooLongIsRefusedClearly(t *testing.T) {
	path := "/" + strings.Repeat("x", 107)
	_, listening := Listen(path, nil, nil)
	_, connecting := Connect(t.Context(), path)
	for _, err := range []error{listening, connecting} {
		if err == nil || !strings.Contains(err.Error(), "108 bytes; a Unix socket allows 107") {
			t.Errorf("got %v", err)
		}
	}
	if _, err := Listen("", nil, nil); err == nil {
		t.Error("no path is accepted")
	}
}

func TestNoAgentIsSaidSo(t *testing.T) {
	if _, err := Connect(t.Context(), filepath.Join(t.TempDir(), "a.sock")); !errors.Is(err, ErrNotRunning) {
		t.Errorf("got %v", err)
	}
}

// raw opens a connection without a client.
func raw(t *testing.T, path string) net.Conn {
	t.Helper()
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	return conn
}

func TestJunkIsAnsweredAndTheConnectionGoesOn(t *testing.T) {
	path := socketIn(t)
	serve(t, path, (&stub{}).verbs())
	conn := raw(t, path)
	in := bufio.NewScanner(conn)
	for _, line := range []string{"hello", "", "[]", `{"verb":1}`, "\x00\xff", `{"verb":"status"}`} {
		if _, err := conn.Write([]byte(line + "\n")); err != nil {
			t.Fatal(err)
		}
		if !in.Scan() {
			t.Fatalf("%q: no reply: %v", line, in.Err())
		}
		var reply Reply
		if err := json.Unmarshal(in.Bytes(), &reply); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if good := strings.Contains(line, "status"); reply.OK != good {
			t.Errorf("%q: got %+v", line, reply)
		}
	}
}

func TestRequestThatIsTooLongEndsTheConnection(t *testing.T) {
	path := socketIn(t)
	serve(t, path, (&stub{}).verbs())
	conn := raw(t, path)
	if _, err := conn.Write([]byte(strings.Repeat("x", maxLine+1))); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewScanner(conn)
	if !in.Scan() || !strings.Contains(in.Text(), "longer than 4096 bytes") {
		t.Errorf("got %q, %v", in.Text(), in.Err())
	}
	if in.Scan() {
		t.Errorf("the connection goes on: %q", in.Text())
	}
}

func TestConnectionsAboveTheLimitAreTurnedAway(t *testing.T) {
	path := socketIn(t)
	serve(t, path, (&stub{}).verbs())
	for range maxConnections {
		if _, err := connectTo(t, path).Do(t.Context(), Request{Verb: Status}); err != nil {
			t.Fatal(err)
		}
	}
	in := bufio.NewScanner(raw(t, path))
	if !in.Scan() || !strings.Contains(in.Text(), "16 control connections are open") {
		t.Errorf("got %q, %v", in.Text(), in.Err())
	}
}

// slow is a handler that works until its context ends.
type slow struct{ entered chan struct{} }

func (h slow) Handle(ctx context.Context, _ Request) Reply {
	close(h.entered)
	<-ctx.Done()
	return failed(ctx.Err())
}

func TestEndOfTheServerEndsItsConnections(t *testing.T) {
	path := socketIn(t)
	h := slow{entered: make(chan struct{})}
	s, err := Listen(path, h, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	asked := make(chan error, 1)
	c := connectTo(t, path)
	go func() {
		_, err := c.Do(context.Background(), Request{Verb: Status})
		asked <- err
	}()
	<-h.entered
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := <-asked; err == nil {
		t.Error("a request that was not answered is no error")
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
}

func TestClientGivesUpWithItsContext(t *testing.T) {
	path := socketIn(t)
	h := slow{entered: make(chan struct{})}
	serve(t, path, h)
	c := connectTo(t, path)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-h.entered
		cancel()
	}()
	if _, err := c.Do(ctx, Request{Verb: Status}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// lag is a handler whose replies name their request, the first one late.
type lag struct{ release chan struct{} }

func (h lag) Handle(ctx context.Context, r Request) Reply {
	if r.Call == "late" {
		select {
		case <-h.release:
		case <-ctx.Done():
		}
	}
	return Reply{OK: true, Text: r.Call}
}

func TestReplyThatComesTooLateIsNotTakenForTheNext(t *testing.T) {
	path := socketIn(t)
	h := lag{release: make(chan struct{})}
	serve(t, path, h)
	c := connectTo(t, path)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := c.Do(ctx, Request{Call: "late"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
	close(h.release)
	for range 100 {
		ctx, cancel := context.WithCancel(t.Context())
		reply, err := c.Do(ctx, Request{Call: "next"})
		cancel() // at the worst moment: right after the reply
		if err != nil || reply.Text != "next" {
			t.Fatalf("got %+v, %v", reply, err)
		}
	}
}

func FuzzServer(f *testing.F) {
	for _, line := range []string{`{"verb":"dial","args":["102"]}`, `{"verb":"reject","args":["486"],"call":"1"}`, "{}", "null", `{"args":[null]}`} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		s := &Server{handler: (&stub{}).verbs(), log: zap.NewNop()}
		reply := s.answer(t.Context(), line)
		if !reply.OK && reply.Error == "" {
			t.Errorf("%q: refused without a word", line)
		}
	})
}
