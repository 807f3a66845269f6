package web

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"go.uber.org/zap"

	"sidetone/trace/markup"
	"sidetone/trace/page"
)

// worthPacking is the size from which a page is compressed: it then no longer fits one packet.
const worthPacking = 1400

// render writes a whole page, or an error page when it cannot be made. Nothing is sent before all of it is known.
func (s *site) render(w http.ResponseWriter, r *http.Request, status int, f page.Frame, content func(*markup.Writer)) {
	var document markup.Writer
	page.Layout(&document, &f, content)
	if err := document.Err(); err != nil {
		s.log.Error("page not rendered", zap.String("path", r.URL.Path), zap.Error(err))
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Vary", "Accept-Language, Accept-Encoding")
	h.Set("Cache-Control", "private, no-cache")
	if status == http.StatusOK {
		sum := sha256.Sum256(document.Bytes())
		tag := `W/"` + hex.EncodeToString(sum[:8]) + `"`
		h.Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	var packed []byte
	if len(document.Bytes()) > worthPacking && acceptsGzip(r) {
		packed = squeeze(document.Bytes())
	}
	sendStatus(w, r, status, document.Bytes(), packed)
}

func send(w http.ResponseWriter, r *http.Request, plain, packed []byte) {
	sendStatus(w, r, http.StatusOK, plain, packed)
}

// sendStatus sends the smaller form that the browser understands.
func sendStatus(w http.ResponseWriter, r *http.Request, status int, plain, packed []byte) {
	if packed != nil && acceptsGzip(r) {
		w.Header().Set("Content-Encoding", "gzip")
		plain = packed
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(plain)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(plain) // the browser has gone: nobody to tell
	}
}

// acceptsGzip reads Accept-Encoding (RFC 9110 section 12.5.3) as far as gzip is concerned.
func acceptsGzip(r *http.Request) bool {
	for _, item := range strings.Split(strings.Join(r.Header.Values("Accept-Encoding"), ","), ",") {
		coding, parameters, _ := strings.Cut(item, ";")
		if strings.TrimSpace(coding) == "gzip" {
			q := strings.ReplaceAll(parameters, " ", "")
			return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
		}
	}
	return false
}

// fail answers what cannot be shown in the words of a person: the reader's own mistake, or ours.
func (s *site) fail(w http.ResponseWriter, r *http.Request, v visit, status int, err error) {
	if errors.Is(err, r.Context().Err()) && err != nil {
		return // the browser has gone
	}
	text := v.words.Broken
	switch status {
	case http.StatusNotFound:
		text = page.WordsIn(v.lang).NotFound
	case http.StatusBadRequest:
		text = v.words.BadCursor
	default:
		s.log.Error("page not served", zap.String("path", r.URL.Path), zap.Error(err))
	}
	f := s.frame(r, v, text, "")
	f.Live = ""
	s.render(w, r, status, f, func(m *markup.Writer) { page.Trouble(m, page.WordsIn(v.lang), text, v.links) })
}

func (s *site) unknown(w http.ResponseWriter, r *http.Request) {
	s.fail(w, r, s.visit(r), http.StatusNotFound, nil)
}
