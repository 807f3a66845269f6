package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
)

//go:embed static
var static embed.FS

func ownFiles() map[string][]byte {
	files := map[string][]byte{}
	names, err := fs.Glob(static, "static/*")
	if err != nil {
		return files // the pattern is valid, so this cannot be
	}
	for _, name := range names {
		if content, err := static.ReadFile(name); err == nil {
			files[path.Base(name)] = content
		}
	}
	return files
}

// assets are the static files in memory, plain and compressed. One hash stands for all of them, as a folder in their
// addresses, so that modules and style sheets can refer to each other by bare name and still be cached for ever.
type assets struct {
	version string
	files   map[string]asset
}

type asset struct {
	kind          string
	plain, packed []byte // packed is nil when compression gains nothing
}

var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8",
}

// packAssets takes the files of each set. Files of an unknown type are not served.
func packAssets(sets ...map[string][]byte) assets {
	a := assets{files: map[string]asset{}}
	for _, set := range sets {
		for name, content := range set {
			if kind := contentTypes[path.Ext(name)]; kind != "" {
				a.files[name] = asset{kind: kind, plain: content, packed: squeeze(content)}
			}
		}
	}
	a.version = a.hash()
	return a
}

func (a assets) hash() string {
	names := make([]string, 0, len(a.files))
	for name := range a.files {
		names = append(names, name)
	}
	slices.Sort(names)
	sum := sha256.New()
	for _, name := range names {
		one := sha256.Sum256(a.files[name].plain)
		sum.Write([]byte(name))
		sum.Write(one[:])
	}
	return hex.EncodeToString(sum.Sum(nil)[:6])
}

// squeeze compresses, or gives nil when that does not pay.
func squeeze(content []byte) []byte {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil
	}
	if _, err := z.Write(content); err != nil || z.Close() != nil || b.Len() >= len(content) {
		return nil
	}
	return b.Bytes()
}

// address of a file, with the hash of all of them.
func (a assets) address(name string) string { return "/static/" + a.version + "/" + name }

// ServeHTTP implements http.Handler. A page from before an upgrade gets the present file, but may not keep it.
func (a assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	file, found := a.files[r.PathValue("name")]
	if !found {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", file.kind)
	h.Set("ETag", `"`+a.version+`"`)
	h.Set("Vary", "Accept-Encoding")
	h.Set("Cache-Control", "no-cache")
	if r.PathValue("version") == a.version {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if strings.Trim(r.Header.Get("If-None-Match"), "W/") == `"`+a.version+`"` {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	send(w, r, file.plain, file.packed)
}
