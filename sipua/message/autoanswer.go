package message

import (
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// maxAnswerAfter bounds the delay that a caller may ask for.
const maxAnswerAfter = 30 * time.Second

// AutoAnswer tells whether an INVITE asks to be answered without a person, and after what time. Three ways to ask are in
// use: Answer-Mode (RFC 5373 section 4), the parameter answer-after of Call-Info or Alert-Info, and an Alert-Info whose info
// names it. The header fields of RFC 3261 sections 20.4 and 20.9 are hints: whether one is obeyed is for the user to say.
func AutoAnswer(req *sip.Request) (after time.Duration, ok bool) {
	if h := req.GetHeader("Answer-Mode"); h != nil {
		mode, _, _ := strings.Cut(h.Value(), ";")
		if strings.EqualFold(strings.TrimSpace(mode), "Auto") {
			return 0, true
		}
	}
	for _, field := range []string{"Call-Info", "Alert-Info"} {
		for _, a := range readAddresses(req, field) {
			if after, ok = answerDelay(a.params["answer-after"]); ok {
				return after, true
			}
			if field == "Alert-Info" && alertsByAnswer(a.params["info"]) {
				after, _ = answerDelay(a.params["delay"])
				return after, true
			}
		}
	}
	return 0, false
}

// alertsByAnswer knows the values of info that phones take for it.
func alertsByAnswer(info string) bool {
	switch strings.ToLower(strings.ReplaceAll(info, " ", "-")) {
	case "alert-autoanswer", "auto-answer", "ring-answer", "intercom":
		return true
	}
	return false
}

// answerDelay reads a delay in whole seconds.
func answerDelay(s string) (time.Duration, bool) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return 0, false
	}
	return min(time.Duration(n)*time.Second, maxAnswerAfter), true
}
