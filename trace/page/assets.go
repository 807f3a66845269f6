package page

import (
	"bytes"
	"compress/flate"
	_ "embed" // the static files
	"hash/crc32"
	"io"
	"strconv"
	"strings"

	"sidetone/trace/ladder"
)

// The static files, static/*, deflated (RFC 1951): name and content of each, with a NUL behind both. On flash they take less than a
// third of their length; comments and indentation are left out. A test writes them with -update, and fails where they are stale.
//
//go:embed static.deflated
var packed string

// Assets are the static files that the components need, by name: style sheet, script modules and icon. The style sheet
// ends with the ladder's.
func Assets() map[string][]byte {
	files := map[string][]byte{}
	all, err := io.ReadAll(flate.NewReader(strings.NewReader(packed)))
	if err != nil {
		return files // it was packed by a test, so this cannot be
	}
	parts := bytes.Split(all, []byte{0})
	for i := 0; i+1 < len(parts); i += 2 {
		files[string(parts[i])] = parts[i+1]
	}
	files["page.css"] = append(files["page.css"], ladder.StyleSheet...)
	return files
}

// AssetsVersion changes whenever a static file does.
func AssetsVersion() string {
	return strconv.FormatUint(uint64(crc32.ChecksumIEEE([]byte(packed+ladder.StyleSheet))), 36)
}
