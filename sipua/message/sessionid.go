package message

import (
	"strings"

	"github.com/emiago/sipgo/sip"
)

// NilSessionID stands for an end that is not known yet (RFC 7989 section 5).
const NilSessionID = "00000000000000000000000000000000"

// SessionID is the Session-ID header of a message from local to remote; an unknown remote is "".
func SessionID(local, remote string) sip.Header {
	if remote == "" {
		remote = NilSessionID
	}
	return sip.NewHeader("Session-ID", local+";remote="+remote)
}

// PeerSessionID is the sender's uuid in a message, "" when it gives none or none that can be read (RFC 7989 section 6).
func PeerSessionID(m sip.Message) string {
	fields := m.GetHeaders("Session-ID")
	if len(fields) == 0 {
		return ""
	}
	id, _, _ := strings.Cut(fields[0].Value(), ";")
	id = strings.TrimSpace(id)
	if !validSessionID(id) || id == NilSessionID {
		return ""
	}
	return id
}

func validSessionID(s string) bool {
	if len(s) != len(NilSessionID) {
		return false
	}
	for _, r := range s {
		if (r < '0' || r > '9') && (r < 'a' || r > 'f') {
			return false
		}
	}
	return true
}
