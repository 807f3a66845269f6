package telemetry

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
)

// webPair is a WebSocket whose other end is written by hand.
func webPair(t testing.TB) (*webConn, net.Conn) {
	t.Helper()
	client, server := net.Pipe()
	t.Cleanup(func() { _, _ = client.Close(), server.Close() })
	return &webConn{Conn: client, r: bufio.NewReader(client)}, server
}

// takeFrame reads a frame of the client, which must be final and masked.
func takeFrame(t *testing.T, c net.Conn) (kind byte, key [4]byte, payload []byte) {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Second)) // a pipe takes it
	read := func(b []byte) {
		if _, err := io.ReadFull(c, b); err != nil {
			t.Error(err)
		}
	}
	head := make([]byte, 2)
	read(head)
	length := int(head[1] & 0x7f)
	if head[0]&0xf0 != 0x80 || head[1]&0x80 == 0 || length > 126 {
		t.Errorf("frame % x: not final, not masked, extended or long", head)
	}
	if length == 126 {
		long := make([]byte, 2)
		read(long)
		length = int(binary.BigEndian.Uint16(long))
	}
	read(key[:])
	payload = make([]byte, length)
	read(payload)
	for i := range payload {
		payload[i] ^= key[i%4]
	}
	return head[0] & 0x0f, key, payload
}

func TestWhatIsWrittenIsMaskedWithANewKeyForEveryFrame(t *testing.T) {
	ws, server := webPair(t)
	for _, size := range []int{1, 125, 126, framePayload, 10 * framePayload} {
		data := make([]byte, size)
		for i := range data {
			data[i] = byte(rand.Uint32())
		}
		given := bytes.Clone(data)
		wrote := make(chan error, 1)
		go func() {
			n, err := ws.Write(given)
			if n != size {
				err = errors.Join(err, io.ErrShortWrite)
			}
			wrote <- err
		}()
		keys, got := map[[4]byte]bool{}, []byte(nil)
		frames := 0
		for len(got) < size {
			kind, key, payload := takeFrame(t, server)
			if kind != frameBinary || len(payload) > framePayload {
				t.Fatalf("kind %d, %d bytes", kind, len(payload))
			}
			keys[key] = true
			frames++
			got = append(got, payload...)
		}
		if err := <-wrote; err != nil {
			t.Error(err)
		}
		if !bytes.Equal(got, data) || !bytes.Equal(given, data) || len(keys) != frames {
			t.Errorf("%d bytes in %d frames with %d keys arrived changed, or were changed", size, frames, len(keys))
		}
	}
	if n, err := ws.Write(nil); n != 0 || err != nil {
		t.Errorf("nothing: %d, %v", n, err)
	}
}

func TestMessagesAreReadAsAStreamAcrossFragmentsAndControlFrames(t *testing.T) {
	ws, server := webPair(t)
	ponged := make(chan string, 1)
	go func() {
		_, _ = io.WriteString(server, "\x02\x03one\x89\x04ping")
		kind, _, payload := takeFrame(t, server)
		if kind != framePong {
			t.Errorf("kind %d", kind)
		}
		ponged <- string(payload)
		_, _ = io.WriteString(server, "\x8a\x00\x00\x00\x80\x03two"+"\x82\x00"+"\x82\x7e\x00\x05three"+"\x82\x7f\x00\x00\x00\x00\x00\x00\x00\x04four")
		_ = server.Close()
	}()
	got, err := io.ReadAll(ws)
	if string(got) != "onetwothreefour" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%q, %v", got, err)
	}
	if payload := <-ponged; payload != "ping" {
		t.Errorf("pong %q", payload)
	}
	if _, again := ws.Read(make([]byte, 1)); !errors.Is(again, io.ErrUnexpectedEOF) {
		t.Errorf("then %v", again)
	}
}

func TestCloseOfTheServerIsAnsweredAndEndsEverything(t *testing.T) {
	for sent, want := range map[string]struct{ answer, message string }{
		"\x88\x00":                {"", "closed the web socket"},
		"\x88\x09\x03\xe9restart": {"\x03\xe9", `1001 "restart"`},
		"\x88\x02\x03\xe8":        {"\x03\xe8", `1000 ""`},
		"\x88\x05\x0f\xa0\x1b[m":  {"\x0f\xa0", `4000 "\x1b[m"`},
	} {
		ws, server := webPair(t)
		go func() { _, _ = io.WriteString(server, sent+"\x82\x01x") }()
		failed := make(chan error, 1)
		go func() {
			_, err := ws.Read(make([]byte, 10))
			failed <- err
		}()
		if kind, _, payload := takeFrame(t, server); kind != frameClose || string(payload) != want.answer {
			t.Errorf("%q is answered with %d %q", sent, kind, payload)
		}
		if err := <-failed; err == nil || !strings.Contains(err.Error(), want.message) {
			t.Errorf("%q: %v, want %s", sent, err, want.message)
		}
		if _, err := ws.Read(make([]byte, 10)); err == nil {
			t.Error("reading goes on")
		}
		if n, err := ws.Write([]byte("x")); n != 0 || !errors.Is(err, net.ErrClosed) {
			t.Errorf("data after a close frame: %d, %v", n, err)
		}
	}
}

func TestFramesThatAreForbiddenEndTheConnection(t *testing.T) {
	for name, each := range map[string]struct {
		sent string
		code uint16
	}{
		"masked":                   {"\x82\x81\x00\x00\x00\x00x", 1002},
		"reserved bit":             {"\xc2\x01x", 1002},
		"reserved kind":            {"\x83\x01x", 1002},
		"reserved control":         {"\x8b\x00", 1002},
		"text":                     {"\x81\x01x", 1003},
		"continuation of nothing":  {"\x80\x01x", 1002},
		"message within a message": {"\x02\x00\x82\x01x", 1002},
		"ping of 126 bytes":        {"\x89\x7e\x00\x7e", 1002},
		"ping of very many bytes":  {"\x89\x7f\x7f\xff\xff\xff\xff\xff\xff\xff", 1002},
		"ping in pieces":           {"\x09\x01x", 1002},
		"close with half a code":   {"\x88\x01\x03", 1002},
		"close without any code":   {"\x88\x02\x03\xed", 1002}, // 1005, which stands for that
		"close like a broken line": {"\x88\x02\x03\xee", 1002}, // 1006
		"close like a broken TLS":  {"\x88\x02\x03\xf7", 1002}, // 1015
		"close with a low code":    {"\x88\x02\x03\xe7", 1002}, // 999
		"close with a high code":   {"\x88\x02\x13\x88", 1002}, // 5000
		"length with a sign":       {"\x82\x7f\x80\x00\x00\x00\x00\x00\x00\x00", 1002},
	} {
		t.Run(name, func(t *testing.T) {
			ws, server := webPair(t)
			go func() { _, _ = io.WriteString(server, each.sent) }()
			failed := make(chan error, 1)
			go func() {
				_, err := ws.Read(make([]byte, 10))
				failed <- err
			}()
			kind, _, payload := takeFrame(t, server)
			if kind != frameClose || len(payload) != 2 || binary.BigEndian.Uint16(payload) != each.code {
				t.Errorf("answered with %d % x", kind, payload)
			}
			_ = server.Close()
			if err := <-failed; err == nil || !strings.Contains(err.Error(), "the server sent ") {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestFrameOfAnyLengthIsReadAsItComes(t *testing.T) {
	ws, server := webPair(t)
	go func() { _, _ = io.WriteString(server, "\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xffbegin") }()
	b := make([]byte, 100)
	if n, err := ws.Read(b); err != nil || string(b[:n]) != "begin" {
		t.Errorf("%q, %v", b[:n], err)
	}
	if most := ws.r.Size(); most > 4096 {
		t.Errorf("%d bytes are held", most)
	}
}

func TestPongGoesOutLongAfterTheLastWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ws, server := webPair(t)
		if err := ws.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil { // as for what was written last
			t.Fatal(err)
		}
		<-time.After(2 * writeTimeout)
		go func() { _, _ = io.WriteString(server, "\x89\x01x") }()
		go func() { _, _ = ws.Read(make([]byte, 1)) }()
		if kind, _, payload := takeFrame(t, server); kind != framePong || string(payload) != "x" {
			t.Errorf("%d %q", kind, payload)
		}
		_ = server.Close()
		synctest.Wait()
	})
}

func TestPongGoesOutBetweenTheMessagesOfALongWrite(t *testing.T) {
	const messages = 2000
	ws, server := webPair(t)
	wrote := make(chan error, 1)
	go func() {
		_, err := ws.Write(make([]byte, messages*framePayload))
		wrote <- err
	}()
	go func() { _, _ = ws.Read(make([]byte, 1)) }()
	takeFrame(t, server)
	_, _ = io.WriteString(server, "\x89\x01x")
	ponged := 0
	for i := range messages {
		if kind, _, _ := takeFrame(t, server); kind == framePong {
			ponged = i + 1
		}
	}
	if err := <-wrote; err != nil || ponged == 0 || ponged == messages {
		t.Errorf("frame %d of %d is the pong, %v", ponged, messages, err)
	}
}

func TestPongGivesAWriteThatIsStuckNoMoreTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ws, server := webPair(t)
		ws.busy = true
		if err := ws.SetWriteDeadline(time.Now().Add(closeTimeout)); err != nil { // that of the write
			t.Fatal(err)
		}
		go func() { _, _ = io.WriteString(server, "\x89\x01x") }()
		began := time.Now()
		if _, err := ws.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(began) != closeTimeout {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

func TestNothingFollowsAFrameThatWasCutShort(t *testing.T) {
	ws, server := webPair(t)
	wrote := make(chan error, 1)
	go func() {
		_, err := ws.Write(make([]byte, 2*framePayload))
		wrote <- err
	}()
	if _, err := io.ReadFull(server, make([]byte, 100)); err != nil { // of the first frame
		t.Fatal(err)
	}
	if err := ws.SetWriteDeadline(time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := <-wrote; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("error %v", err)
	}
	followed := make(chan int64, 1)
	go func() {
		n, _ := io.Copy(io.Discard, server)
		followed <- n
	}()
	if err := ws.answer(framePong, nil, writeTimeout); !errors.Is(err, net.ErrClosed) {
		t.Errorf("error %v", err)
	}
	_ = ws.Close()
	if n := <-followed; n > 0 {
		t.Errorf("%d bytes follow", n)
	}
}

func TestServerThatPingsAndNeverReadsIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ws, server := webPair(t)
		go func() {
			for {
				if _, err := io.WriteString(server, "\x89\x01x"); err != nil {
					return
				}
			}
		}()
		began := time.Now()
		if _, err := ws.Read(make([]byte, 1)); err == nil || time.Since(began) != writeTimeout {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		_ = ws.Close()
		synctest.Wait()
	})
}

func TestStreamIsThatOfAnotherImplementation(t *testing.T) {
	const most = 300_000
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		upgrader := websocket.Upgrader{Subprotocols: []string{"mqtt"}, WriteBufferSize: 100} // many fragments
		ws, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = ws.Close() }()
		peer := &webPeer{Conn: ws}
		data := make([]byte, most)
		if _, err := io.ReadFull(peer, data); err != nil {
			t.Error(err)
		}
		for len(data) > 0 {
			n := min(1+rand.IntN(40_000), len(data))
			if err := ws.WriteControl(websocket.PingMessage, []byte("there?"), time.Now().Add(writeTimeout)); err != nil {
				t.Error(err)
			}
			if _, err := peer.Write(data[:n]); err != nil {
				t.Error(err)
			}
			data = data[n:]
		}
		_ = ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, "done"), time.Now().Add(writeTimeout))
		if _, _, err := ws.NextReader(); !websocket.IsCloseError(err, websocket.CloseNormalClosure) {
			t.Errorf("the close frame is answered with %v", err)
		}
	}))
	defer server.Close()
	b, err := parseBroker(strings.Replace(server.URL, "http", "ws", 1), nil)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := b.connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	data := make([]byte, most)
	for i := range data {
		data[i] = byte(rand.Uint32())
	}
	if _, err := conn.Write(data); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(conn)
	if err == nil || !strings.Contains(err.Error(), `1000 "done"`) {
		t.Errorf("ends with %v", err)
	}
	if !bytes.Equal(got, data) {
		t.Errorf("%d bytes came back, other than %d were sent", len(got), len(data))
	}
}

func FuzzWebSocketFrames(f *testing.F) {
	f.Add([]byte("\x02\x03one\x89\x04ping\x80\x03two\x88\x02\x03\xe8"))
	f.Add([]byte("\x82\x7e\x00\x05three\x82\x7f\x00\x00\x00\x00\x00\x00\x00\x04four"))
	f.Add([]byte("\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		client, server := net.Pipe()
		go func() { _, _ = io.Copy(io.Discard, server) }()
		ws := &webConn{Conn: client, r: bufio.NewReader(bytes.NewReader(sent))}
		got, err := io.ReadAll(ws)
		if err == nil || len(got) > len(sent) {
			t.Errorf("%d bytes of %d, %v", len(got), len(sent), err)
		}
		_, _ = client.Close(), server.Close()
	})
}
