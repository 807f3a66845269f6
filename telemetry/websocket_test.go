package telemetry

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
)

// shakeHands has openWebSocket ask address, and a server answer what answer makes of the request's key.
func shakeHands(t testing.TB, address string, answer func(key string) string) (net.Conn, *http.Request, error) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	client, server := net.Pipe()
	t.Cleanup(func() { _, _ = client.Close(), server.Close() })
	asked := make(chan *http.Request, 1)
	go func() {
		r, err := http.ReadRequest(bufio.NewReader(server))
		if err != nil {
			t.Error(err)
		}
		asked <- r
		_, _ = io.WriteString(server, answer(r.Header.Get("Sec-Websocket-Key"))) // may be cut short
		_ = server.Close()
	}()
	ws, err := openWebSocket(t.Context(), client, u)
	return ws, <-asked, err
}

func accepted(key string) string {
	return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + acceptanceOf(key) +
		"\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"
}

func TestAcceptanceIsThatOfTheRFC(t *testing.T) {
	if got := acceptanceOf("dGhlIHNhbXBsZSBub25jZQ=="); got != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" { // RFC 6455 section 1.3
		t.Error(got)
	}
}

func TestWebSocketIsAskedForWithAKeyOfItsOwn(t *testing.T) {
	keys := map[string]bool{}
	for address, want := range map[string]struct{ target, host string }{
		"ws://broker.example":                   {"/", "broker.example"},
		"ws://broker.example:8080/mqtt?a=b%20c": {"/mqtt?a=b%20c", "broker.example:8080"},
		"wss://[2001:db8::1]:9001/x":            {"/x", "[2001:db8::1]:9001"},
		"ws://[fe80::1%25eth0]:9001/":           {"/", "[fe80::1]:9001"},
		"ws://[fe80::1%25eth0]":                 {"/", "[fe80::1]"},
	} {
		ws, r, err := shakeHands(t, address, accepted)
		if err != nil {
			t.Fatal(err)
		}
		_ = ws.Close()
		if r.Method != http.MethodGet || r.Proto != "HTTP/1.1" || r.RequestURI != want.target || r.Host != want.host {
			t.Errorf("%s: %s %s %s, host %s", address, r.Method, r.RequestURI, r.Proto, r.Host)
		}
		for name, value := range map[string]string{
			"Upgrade": "websocket", "Connection": "Upgrade", "Sec-Websocket-Version": "13", "Sec-Websocket-Protocol": "mqtt",
		} {
			if got := r.Header.Get(name); got != value {
				t.Errorf("%s: %s is %q, want %q", address, name, got, value)
			}
		}
		key := r.Header.Get("Sec-Websocket-Key")
		if nonce, err := base64.StdEncoding.DecodeString(key); err != nil || len(nonce) != 16 || keys[key] {
			t.Errorf("%s: key %q, %v", address, key, err)
		}
		keys[key] = true
	}
}

func TestAnswersThatAreNoWebSocketForMQTTAreRefused(t *testing.T) {
	without := func(old, replacement string) func(string) string {
		return func(key string) string { return strings.Replace(accepted(key), old, replacement, 1) }
	}
	say := func(answer string) func(string) string { return func(string) string { return answer } }
	for name, each := range map[string]struct {
		answer func(key string) string
		want   string
	}{
		"status":             {say("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"), `web socket refused: "HTTP/1.1 403 Forbidden"`},
		"redirection":        {say("HTTP/1.1 302 Found\r\nLocation: ws://other.example/\r\n\r\n"), "302 Found"},
		"status, almost":     {say("HTTP/1.1 1010 What\r\n\r\n"), "1010"},
		"HTTP/1.0":           {without("HTTP/1.1", "HTTP/1.0"), "HTTP/1.0 101"},
		"no HTTP":            {say("220 mail.example ESMTP\r\n"), "ESMTP"},
		"controls":           {say("HTTP/1.1 500 \x1b[2J\r\n\r\n"), `\x1b[2J`},
		"long status":        {say("HTTP/1.1 500 " + strings.Repeat("a", 5000) + "\r\n\r\n"), "aaa\""},
		"nothing":            {say(""), "unexpected EOF"},
		"half a line":        {say("HTTP/1.1 1"), "refused"},
		"half an answer":     {without("\r\n\r\n", "\r\n"), "unexpected EOF"},
		"no upgrade":         {without("Upgrade: websocket\r\n", ""), "no such server"},
		"other upgrade":      {without("Upgrade: websocket", "Upgrade: h2c"), "no such server"},
		"no connection":      {without("Connection: Upgrade\r\n", ""), "no such server"},
		"other connection":   {without("Connection: Upgrade", "Connection: close"), "no such server"},
		"no acceptance":      {without("Sec-WebSocket-Accept", "X"), "no such server"},
		"foreign acceptance": {func(key string) string { return accepted("x" + key) }, "no such server"},
		"extension":          {without("\r\n\r\n", "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"), "extends"},
		"no protocol":        {without("\r\nSec-WebSocket-Protocol: mqtt", ""), "does not speak MQTT"},
		"other protocol":     {without("Protocol: mqtt", "Protocol: mqttv3.1"), "does not speak MQTT"},
		"header of no name":  {without("\r\n\r\n", "\r\nnonsense\r\n\r\n"), "malformed"},
		"endless line":       {say("HTTP/1.1 101 " + strings.Repeat("a", answerLimit)), "too long"},
		"endless header":     {without("\r\n\r\n", strings.Repeat("\r\nX: y", answerLimit)), "too long"},
	} {
		t.Run(name, func(t *testing.T) {
			ws, _, err := shakeHands(t, "ws://broker.example/", each.answer)
			if err == nil || !strings.Contains(err.Error(), each.want) || len(err.Error()) > 200 {
				t.Errorf("error %v, want %q", err, each.want)
			}
			if ws != nil {
				t.Error("a connection comes with the error")
			}
		})
	}
}

func TestAnswersThatServersGiveAreTaken(t *testing.T) {
	for name, change := range map[string][2]string{
		"letter case":    {"Upgrade: websocket\r\nConnection: Upgrade", "UPGRADE: WebSocket\r\nconnection: upgrade"},
		"list":           {"Connection: Upgrade", "Connection: keep-alive , Upgrade"},
		"two fields":     {"Connection: Upgrade", "Connection: keep-alive\r\nConnection: Upgrade"},
		"no phrase":      {"101 Switching Protocols", "101"},
		"something else": {"\r\n\r\n", "\r\nServer: x\r\nSet-Cookie: y=z\r\n\r\n"},
	} {
		if _, _, err := shakeHands(t, "ws://broker.example/", func(key string) string {
			return strings.Replace(accepted(key), change[0], change[1], 1)
		}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFramesRightBehindTheAnswerAreNotLost(t *testing.T) {
	many := strings.Repeat("\x82\x7e\x04\x00"+strings.Repeat("x", 1024), 2*answerLimit/1024) // its limit is over
	ws, _, err := shakeHands(t, "ws://broker.example/", func(key string) string { return accepted(key) + "\x82\x02hi" + many })
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(ws)
	if !errors.Is(err, io.ErrUnexpectedEOF) || len(got) != 2+2*answerLimit || string(got[:3]) != "hix" {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func TestContextEndsTheWaitForTheAnswerOfAWebServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := net.Pipe()
		defer func() { _ = server.Close() }()
		go func() { _, _ = io.Copy(io.Discard, server) }()
		ctx, cancel := context.WithTimeout(t.Context(), connectTimeout)
		defer cancel()
		began := time.Now()
		_, err := openWebSocket(ctx, client, &url.URL{Scheme: "ws", Host: "broker.example"})
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != connectTimeout {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		if _, err := client.Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("the connection is open: %v", err)
		}
	})
}

func TestServerThatRefusesTheWebSocketIsQuotedByTheUplink(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "not you", http.StatusForbidden)
	}))
	defer server.Close()
	b, err := parseBroker(strings.Replace(server.URL, "http", "ws", 1)+"/mqtt", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.connect(t.Context()); err == nil || !strings.Contains(err.Error(), "403 Forbidden") {
		t.Errorf("error %v", err)
	}
}

func TestServerThatDoesNotChooseMQTTIsLeft(t *testing.T) {
	gone := make(chan error, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		_, _, err = ws.ReadMessage()
		gone <- err
		_ = ws.Close()
	}))
	defer server.Close()
	b, err := parseBroker(strings.Replace(server.URL, "http", "ws", 1), nil)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := b.connect(t.Context())
	if err == nil {
		_ = conn.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "does not speak MQTT") {
		t.Errorf("error %v", err)
	}
	if err := <-gone; err == nil {
		t.Error("the connection stays open")
	}
}

func FuzzWebSocketAnswer(f *testing.F) {
	f.Add([]byte(accepted("x")))
	f.Add([]byte("HTTP/1.1 101\r\nUpgrade: websocket\r\nConnection: a,\r\n b,upgrade\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"))
	f.Add([]byte("HTTP/1.1 403 Forbidden\r\n\r\n"))
	f.Fuzz(func(t *testing.T, answer []byte) {
		client, server := net.Pipe()
		go func() {
			_, _ = http.ReadRequest(bufio.NewReader(server))
			_, _ = server.Write(answer)
			_ = server.Close()
		}()
		if _, err := openWebSocket(t.Context(), client, &url.URL{Scheme: "ws", Host: "h"}); err == nil {
			t.Fatal("an answer made beforehand was accepted") // it cannot know the key
		}
		_ = server.Close()
	})
}
