package story

import (
	"fmt"
	"strconv"
	"strings"

	"sidetone/trace/phrase"
)

// Explanation is what a status means, apart from any call.
type Explanation struct {
	Status   string `json:"status"`   // "486", "18X", "9XX", "0"
	Phrase   string `json:"phrase"`   // as IANA registered it; "" for the product's own codes
	RFC      string `json:"rfc"`      // the number of the RFC that defines it; "" for a vendor's
	Sentence string `json:"sentence"` // in plain words
	Q850     string `json:"q850"`     // the cause RFC 3398 maps it to, with its meaning; "" when there is none
	Where    string `json:"where"`    // whose side the cause is on, in plain words; "" when nothing went wrong
}

// Explain tells what a status means. It knows every status in IANA's registry, 0, 18X, 9XX, BYE and CANCEL.
func Explain(status string, lang Lang) (Explanation, error) {
	code := strings.ToUpper(strings.TrimSpace(status))
	if n, err := strconv.Atoi(code); err == nil {
		code = phrase.StatusCode(n)
	}
	s, ok := phrase.StatusOf(code)
	if !ok {
		return Explanation{}, fmt.Errorf("status %q is not registered: want a SIP status, 0, 18X, 9XX, BYE or CANCEL", phrase.Clean(status))
	}
	sentence := lang.Say("status."+code,
		phrase.With("callee", lang.Say("name.the-callee")), phrase.With("who", lang.Say("name.one-party")))
	e := Explanation{Status: code, RFC: s.RFC, Sentence: phrase.Upper(sentence) + ".", Q850: causeOf(s.Q850, lang)}
	if s.RFC != "" && s.Phrase != "-" {
		e.Phrase = s.Phrase
	}
	if s.Where != "none" {
		e.Where = lang.Say("where." + s.Where)
	}
	return e, nil
}

// causeOf writes the mapping of RFC 3398 with the meaning of its cause.
func causeOf(mapping string, lang Lang) string {
	if mapping == "" {
		return ""
	}
	number, _, _ := strings.Cut(mapping, "(")
	n, err := strconv.Atoi(number)
	if err != nil {
		return lang.Say("cause.by-warning")
	}
	return number + " " + Cause(n, lang)
}
