package page

import (
	"embed"
	"io/fs"
	"path"

	"sidetone/trace/ladder"
)

//go:embed static
var static embed.FS

// Assets are the static files that the components need, by name: style sheet, script modules and icon. The style sheet
// ends with the ladder's.
func Assets() map[string][]byte {
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
	files["page.css"] = append(files["page.css"], ladder.StyleSheet...)
	return files
}
