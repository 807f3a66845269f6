package technician

import (
	"bufio"
	"net/http"
	"strings"
	"testing"
)

func head(raw string) (*request, error) { return readRequest(bufio.NewReader(strings.NewReader(raw))) }

func TestHeadSaysWhatIsAskedFor(t *testing.T) {
	r, err := head("GET http://phone.example:80/calls/a%2Fb?lang=fr-CA HTTP/1.1\nhost: other.example\r\nConnection: Keep-Alive\r\n" +
		"Accept-Language: fr,\r\n en\r\nContent-Length: 0\r\ncontent-length: 0\r\n\r\nGET")
	if err != nil {
		t.Fatal(err)
	}
	if r.method != "GET" || r.target.EscapedPath() != "/calls/a%2Fb" || r.target.RawQuery != "lang=fr-CA" || r.host != "phone.example:80" ||
		r.header.Get("Accept-Language") != "fr, en" || r.major != 1 || r.minor != 1 || r.content || r.closing {
		t.Errorf("%+v", r)
	}
	for raw, closing := range map[string]bool{
		"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n":             true,
		"GET / HTTP/1.1\r\nConnection: te, Close\r\n\r\n":              true,
		"GET / HTTP/1.1\r\nConnection: x\r\nConnection: close\r\n\r\n": true,
		"GET / HTTP/1.1\r\n\r\n":                                       false,
	} {
		if r, err := head(raw); err != nil || r.closing != closing {
			t.Errorf("%q: %+v, %v", raw, r, err)
		}
	}
}

func TestHeadThatCanBeReadInTwoWaysIsMalformed(t *testing.T) {
	for _, line := range []string{
		"", "GET", "GET /", "GET / HTTP/1.1 ", "GET  / HTTP/1.1", " / HTTP/1.1", "GET / http/1.1", "GET / HTTP/1.", "GET / HTTP/11", "GET / HTTP/1.1.1",
		"GET / HTTP/1.x", "GET / HTTP/ .1", "GET / x HTTP/1.1", "GET x HTTP/1.1", "GET / HTTP/+.1", "HEAD \x00 HTTP/1.1", "GET /\x7f HTTP/1.1",
	} {
		if r, err := head(line + "\r\nHost: h\r\n\r\n"); err == nil {
			t.Errorf("%q: %+v", line, r)
		}
	}
	for _, fields := range []string{
		"Host: a\r\nHost: b", "Host: a\r\nhost: a", "no colon", ": no name", "Content-Length: -1", "Content-Length: +1", "Content-Length: ", "Content-Length: 0x0",
		"Content-Length: 0,0", "Content-Length: 0\r\nContent-Length: 1", "Content-Length: 1\r\nContent-Length: 01", "Transfer-Encoding: gzip",
		"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked, identity", "Transfer-Encoding: \x0bchunked",
		"X: a\rContent-Length: 5", "X: a\x00b", "Host: 127.0.0.1:http", "Host: ]127.0.0.1[", "Host: a@127.0.0.1", "Host: 127.0.0.1/", "Host: 127.0.0.1 x",
	} {
		if r, err := head("GET / HTTP/1.1\r\n" + fields + "\r\n\r\n"); err == nil {
			t.Errorf("%q: %+v", fields, r)
		}
	}
	for _, cut := range []string{"GET / HTTP/1.1", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: a\r\n", "GET / HTTP/1.1\r\nHost: a"} {
		if r, err := head(cut); err == nil {
			t.Errorf("%q: %+v", cut, r)
		}
	}
}

func TestPasswordIsReadFromTheAuthorization(t *testing.T) {
	for field, want := range map[string]string{
		"Basic YW55Ym9keTpjb3JyZWN0IGhvcnNl": "correct horse", "bASIC OnA=": "p", "Basic YTpiOmM=": "b:c", "Basic YTo=": "",
	} {
		r, err := head("GET / HTTP/1.1\r\nAuthorization: " + field + "\r\n\r\n")
		if err != nil {
			t.Fatal(err)
		}
		if got, given := r.password(); !given || got != want {
			t.Errorf("%s: %q, %v", field, got, given)
		}
	}
	for _, field := range []string{"", "Basic", "Basic ", "Basic YQ==", "Basic !", "Bearer YTpi", "Basic  YTpi", "BasicYTpi"} {
		r, err := head("GET / HTTP/1.1\r\nAuthorization: " + field + "\r\n\r\n")
		if err != nil {
			t.Fatal(err)
		}
		if got, given := r.password(); given {
			t.Errorf("%q: %q", field, got)
		}
	}
}

// What is let through must mean the same to everybody who reads it, net/http for one.
func FuzzHeadMeansWhatAnotherReaderSays(f *testing.F) {
	for _, seed := range []string{
		ask("/calls/a%2fb?x=y"), ask("http://127.0.0.1/"), ask("//x"), ask("/", "Content-Length: 0\r\n"), ask("/", "Transfer-Encoding: chunked\r\n"),
		ask("/", "Connection: te,close\r\n"), ask("/", "A:b\r\n c\r\n"), "HEAD / HTTP/1.0\nHost:[::1]:80\n\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		in := bufio.NewReader(strings.NewReader(raw))
		r, err := readRequest(in)
		if err != nil || vet(r, []string{"phone.example"}) != nil {
			return
		}
		other := bufio.NewReader(strings.NewReader(raw))
		want, err := http.ReadRequest(other)
		if err != nil {
			t.Fatalf("only we read %q: %v", raw, err)
		}
		name, password, given := want.BasicAuth()
		got, has := r.password()
		if r.method != want.Method || r.target.String() != want.URL.String() || r.host != want.Host || !r.closing && want.Close ||
			got != password || has != given || want.ContentLength != 0 || len(want.TransferEncoding) > 0 || in.Buffered() != other.Buffered() {
			t.Errorf("%q is %+v, and to others %+v by %s", raw, r, want, name)
		}
		for _, field := range []string{"Accept-Language", "If-None-Match"} {
			if strings.Join(r.header[field], "\n") != strings.Join(want.Header[field], "\n") {
				t.Errorf("%s is %q, and to others %q", field, r.header[field], want.Header[field])
			}
		}
	})
}
