package web

import (
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"sidetone/collector/store"
	"sidetone/trace/page"
	"sidetone/trace/phrase"
)

// Options of the pages. The zero value is good.
type Options struct {
	Logger   *zap.Logger
	Now      func() time.Time       // time.Now when nil
	Broker   string                 // address that devices report to, for the page that has nothing to show yet
	Refusals func() []store.Refusal // whom the broker turned away, the latest first; nil when that is not known
	Streams  int                    // how many pages may be kept up to date at once; DefaultStreams when 0
}

// DefaultStreams bounds the open streams of changes.
const DefaultStreams = 256

// site is the handler.
type site struct {
	reader  store.Reader
	options Options
	log     *zap.Logger
	assets  assets
	streams atomic.Int64
	mux     *http.ServeMux
}

// New makes the handler of /, /calls/{id}, /devices, /live and /static/.
func New(reader store.Reader, options Options) http.Handler {
	if options.Logger == nil {
		options.Logger = zap.NewNop()
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Streams == 0 {
		options.Streams = DefaultStreams
	}
	s := &site{reader: reader, options: options, log: options.Logger.Named("web"), assets: packAssets(page.Assets(), ownFiles()), mux: http.NewServeMux()}
	s.mux.HandleFunc("GET /{$}", s.history)
	s.mux.HandleFunc("GET /calls/{id}", s.call)
	s.mux.HandleFunc("GET /devices", s.devices)
	s.mux.HandleFunc("GET /live", s.live)
	s.mux.Handle("GET /static/{version}/{name...}", s.assets)
	s.mux.HandleFunc("GET /", s.unknown)
	return s
}

// ServeHTTP implements http.Handler.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	protect(w.Header())
	s.mux.ServeHTTP(w, r)
}

// protect allows a page what it needs from this site and nothing else.
func protect(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "+
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
}

// visit is one request for a page: its language, its words, its links.
type visit struct {
	lang  phrase.Lang
	words words
	links page.Links
}

func (s *site) visit(r *http.Request) visit {
	lang, asked := page.Language(r.URL.Query().Get("lang"), strings.Join(r.Header.Values("Accept-Language"), ","))
	v := visit{lang: lang, words: wordsIn(lang), links: page.Links{Asset: s.assets.address}}
	if asked {
		v.links.Asked = lang
	}
	return v
}

// frame surrounds a page. Here is the path that the navigation marks.
func (s *site) frame(r *http.Request, v visit, title, here string) page.Frame {
	w := page.WordsIn(v.lang)
	return page.Frame{
		Lang: v.lang, Words: w, Title: title, Links: v.links, Live: "/live", Styles: []string{"web.css"}, Libraries: []string{"htmx.min.js"}, Modules: []string{"live.js"},
		Nav: []page.NavItem{
			{Label: w.Calls, Address: v.links.History(nil), Here: here == "/"},
			{Label: w.Devices, Address: v.links.To("/devices", nil), Here: here == "/devices"},
		},
		Languages: page.Languages(v.lang, v.links, r.URL.RequestURI()),
	}
}
