package store

import (
	"strings"

	"sidetone/trace"
)

// NumberKeys lists what a Number filter may say to find a call of these parties: each party's URI, and the user part
// of it (RFC 3261 section 19.1.1, RFC 3966 section 3). No key is listed twice.
func NumberKeys(parties ...trace.Party) []string {
	var keys []string
	add := func(key string) {
		if key == "" {
			return
		}
		for _, k := range keys {
			if k == key {
				return
			}
		}
		keys = append(keys, key)
	}
	for _, p := range parties {
		add(p.URI)
		add(UserPart(p.URI))
	}
	return keys
}

// UserPart cuts the user or number out of a SIP, SIPS or TEL URI: without scheme, password, parameters and host. It is
// empty for a SIP URI that has none.
func UserPart(uri string) string {
	scheme, rest, ok := strings.Cut(uri, ":")
	if !ok {
		return uri
	}
	switch strings.ToLower(scheme) {
	case "sip", "sips":
		at := strings.LastIndexByte(rest, '@')
		if at < 0 {
			return ""
		}
		rest, _, _ = strings.Cut(rest[:at], ":")
	case "tel":
	default:
		return ""
	}
	rest, _, _ = strings.Cut(rest, ";")
	return rest
}
