package export

import (
	"bytes"
	"encoding/json"
)

// writeLines writes the event lines, view by view. Each has one field more than an event line, "by": whose it is, which
// a story needs to name the device. Readers ignore fields they do not know.
func writeLines(b *bytes.Buffer, c call) error {
	for _, v := range c.views {
		by, err := json.Marshal(owner{Device: v.Device, Name: v.Name})
		if err != nil {
			return err
		}
		for e := range v.All() {
			line, err := e.Encode()
			if err != nil {
				return err
			}
			b.Write(line[:len(line)-1])
			if v.Device != "" || v.Name != "" {
				b.WriteString(`,"by":`)
				b.Write(by)
			}
			b.WriteString("}\n")
		}
	}
	return nil
}

// Owner reads from an exported event line whose it is. Both are "" for a line that does not say.
func Owner(line []byte) (device, name string) {
	var l struct {
		By owner `json:"by"`
	}
	if json.Unmarshal(line, &l) != nil {
		return "", ""
	}
	return l.By.Device, l.By.Name
}
