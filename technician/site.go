package technician

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"path"
	"runtime/debug"
	"strings"

	"go.uber.org/zap"

	"sidetone/internal/logkey"
	"sidetone/trace/markup"
	"sidetone/trace/page"
	"sidetone/trace/phrase"
)

// site makes the pages, one at a time.
type site struct {
	options Options
	log     *zap.Logger
	version string
	making  chan struct{} // full while a page is made
}

func newSite(o Options) *site {
	return &site{options: o, log: o.Logger.Named("page"), version: page.AssetsVersion(), making: make(chan struct{}, 1)}
}

// visit is one request for a page: what it asks for, and how it is answered.
type visit struct {
	path  []string // unescaped
	query url.Values
	uri   string
	lang  phrase.Lang
	words *page.Words
	links page.Links
}

func (s *site) visit(r *request) visit {
	v := visit{query: r.target.Query(), uri: r.target.RequestURI(), links: page.Links{Asset: s.asset}}
	for _, part := range strings.Split(strings.TrimPrefix(r.target.EscapedPath(), "/"), "/") {
		name, err := url.PathUnescape(part)
		if err != nil {
			name = part
		}
		v.path = append(v.path, name)
	}
	lang, asked := page.Language(v.query.Get("lang"), strings.Join(r.header.Values("Accept-Language"), ","))
	v.lang, v.words = lang, page.WordsIn(lang)
	if asked {
		v.links.Asked = lang
	}
	return v
}

// asset is the address of a static file. All of them have one version, which stands in their addresses as a folder.
func (s *site) asset(name string) string { return "/static/" + s.version + "/" + name }

// answer finds the page of an address. A bug ends one page, never the agent.
func (s *site) answer(ctx context.Context, r *request) (made *reply) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("a page panicked", zap.String(logkey.Path, r.target.Path), zap.Any(logkey.Reason, p), zap.ByteString("stack", debug.Stack()))
			made = refusal(http.StatusInternalServerError, "this page could not be made; the agent's log says why")
		}
	}()
	v := s.visit(r)
	if len(v.path) == 3 && v.path[0] == "static" {
		return s.file(v, r.header.Get("If-None-Match"))
	}
	select {
	case s.making <- struct{}{}:
		defer func() { <-s.making }()
	case <-ctx.Done():
		return s.trouble(v, http.StatusServiceUnavailable, v.words.Occupied)
	}
	var err error
	switch {
	case len(v.path) == 1 && v.path[0] == "":
		made, err = s.list(ctx, v)
	case len(v.path) == 1 && v.path[0] == "device":
		made, err = s.device(ctx, v)
	case len(v.path) == 2 && v.path[0] == "calls":
		made, err = s.call(ctx, v)
	case len(v.path) == 3 && v.path[0] == "calls" && v.path[2] == "export":
		made, err = s.export(ctx, v)
	default:
		err = ErrNoCall
	}
	switch {
	case err == nil:
		return made
	case errors.Is(err, ErrNoCall):
		return s.trouble(v, http.StatusNotFound, v.words.NotFound)
	}
	s.log.Error("page not made", zap.String(logkey.Path, r.target.Path), zap.Error(err))
	return s.trouble(v, http.StatusInternalServerError, v.words.Unreadable)
}

// render writes content into the frame of every page. Here is the path that the navigation marks.
func (s *site) render(v visit, status int, title, here string, content func(*markup.Writer)) *reply {
	f := page.Frame{
		Lang: v.lang, Words: v.words, Title: title, Links: v.links, Modules: []string{"page.js"},
		Nav: []page.NavItem{
			{Label: v.words.Calls, Address: v.links.History(nil), Here: here == "/"},
			{Label: v.words.ThisDevice, Address: v.links.To("/device", nil), Here: here == "/device"},
		},
		Languages: page.Languages(v.lang, v.links, v.uri),
	}
	var w markup.Writer
	page.Layout(&w, &f, content)
	made := &reply{status: status, body: w.Bytes()}
	made.set("Content-Type", "text/html; charset=utf-8")
	made.set("Cache-Control", "no-store")
	return made
}

// trouble is the page for what cannot be shown.
func (s *site) trouble(v visit, status int, text string) *reply {
	made := s.render(v, status, text, "", func(w *markup.Writer) { page.Trouble(w, v.words, text, v.links) })
	if status == http.StatusServiceUnavailable {
		made.set("Retry-After", "5")
	}
	return made
}

var contentTypes = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

// file gives a static file. One of the present version never changes.
func (s *site) file(v visit, known string) *reply {
	name, tag := v.path[2], `"`+s.version+`"`
	content, found := page.Assets()[name]
	if !found {
		return s.trouble(v, http.StatusNotFound, v.words.NotFound)
	}
	made := &reply{status: http.StatusOK, body: content}
	if known == tag {
		made.status = http.StatusNotModified
	}
	made.set("Content-Type", contentTypes[path.Ext(name)])
	made.set("ETag", tag)
	if v.path[1] == s.version {
		made.set("Cache-Control", "private, max-age=31536000, immutable")
	} else {
		made.set("Cache-Control", "no-cache")
	}
	return made
}
