package message

import (
	"strconv"

	"github.com/emiago/sipgo/sip"
)

// Warning is the Warning header that explains a 488 (RFC 3261 section 20.43). The agent names the host that warns.
func Warning(code int, agent, text string) sip.Header {
	return sip.NewHeader("Warning", strconv.Itoa(code)+" "+agent+" "+quote(text))
}
