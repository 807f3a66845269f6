package locate

import "strings"

// The longest label and name (RFC 1035 section 2.3.4), the name as it is written, with its last dot.
const (
	maxLabel = 63
	maxName  = 254
)

// canonical writes a name in lower case, with the dot of the root.
func canonical(name string) string {
	name = strings.ToLower(name)
	if !strings.HasSuffix(name, ".") {
		name += "."
	}
	return name
}

// isName tells whether something can be asked for.
func isName(name string) bool {
	if name == "" {
		return false
	}
	name = canonical(name)
	if len(name) > maxName {
		return false
	}
	if name == "." {
		return true
	}
	for label := range strings.SplitSeq(name[:len(name)-1], ".") {
		if label == "" || len(label) > maxLabel {
			return false
		}
	}
	return true
}

// host is a name without the dot of the root; the root itself is "".
func host(name string) string {
	name = canonical(name)
	return name[:len(name)-1]
}
