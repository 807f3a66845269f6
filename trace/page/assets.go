package page

import (
	"embed"
	"io/fs"
)

//go:embed static
var static embed.FS

// Static holds the style sheet, the script and the icon that the components need, at its root.
func Static() fs.FS {
	sub, err := fs.Sub(static, "static")
	if err != nil {
		return static // "static" is a valid path, so this cannot be
	}
	return sub
}
