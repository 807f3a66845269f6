package switchboard

import (
	"sidetone/sipua"
	"sidetone/trace"
)

// reasonOf is why a call ended, in words. A CANCEL whose cause is SIP 200 says that a fork of the call was answered (RFC 3326
// section 2), however it is put.
func reasonOf(e *sipua.Ended) string {
	if e.Cancelled && e.Side == trace.Remote && e.Status == 200 {
		return trace.AnsweredElsewhere
	}
	return e.Reason
}
