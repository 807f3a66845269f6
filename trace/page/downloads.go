package page

import "sidetone/trace/export"

// Download is a row of links to files of a call.
type Download struct {
	Label string
	Files []File
}

// File is a link to a call in one format.
type File struct{ Name, Address string }

// downloads offers every format, as it was recorded and redacted.
func downloads(o FlowOptions, words *Words) []Download {
	if o.Download == nil {
		return nil
	}
	rows := []Download{{Label: words.Download}, {Label: words.Redacted}}
	for i := range rows {
		for _, f := range export.Formats() {
			rows[i].Files = append(rows[i].Files, File{f.Name, o.Download(f, i == 1)})
		}
	}
	return rows
}
