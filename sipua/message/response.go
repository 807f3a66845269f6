package message

import "github.com/emiago/sipgo/sip"

// Response makes the response to a request (RFC 3261 section 8.2.6.2). The tag is added to To where it has none, except
// in a 100. An empty reason takes the RFC's phrase.
func Response(req *sip.Request, status int, reason, tag string) *sip.Response {
	if reason == "" {
		reason = Phrase(status)
	}
	res := sip.NewResponse(status, reason)
	sip.CopyHeaders("Via", req, res)
	if formsDialog(req, status) {
		sip.CopyHeaders("Record-Route", req, res) // section 12.1.1
	}
	if from := req.From(); from != nil {
		res.AppendHeader(sip.HeaderClone(from))
	}
	if to := req.To(); to != nil {
		res.AppendHeader(sip.HeaderClone(to))
		if own := res.To(); status > 100 && tag != "" && !own.Params.Has("tag") {
			own.Params.Add("tag", tag)
		}
	}
	if id := req.CallID(); id != nil {
		res.AppendHeader(sip.HeaderClone(id))
	}
	if seq := req.CSeq(); seq != nil {
		res.AppendHeader(sip.HeaderClone(seq))
	}
	if status == 100 {
		sip.CopyHeaders("Timestamp", req, res) // section 8.2.6.1
	}
	res.SetBody(nil)
	return res
}

func formsDialog(req *sip.Request, status int) bool {
	return req.Method == sip.INVITE && status > 100 && status < 300
}

var phrases = map[int]string{
	100: "Trying", 180: "Ringing", 181: "Call Is Being Forwarded", 182: "Queued", 183: "Session Progress",
	200: "OK", 202: "Accepted",
	300: "Multiple Choices", 301: "Moved Permanently", 302: "Moved Temporarily", 305: "Use Proxy", 380: "Alternative Service",
	400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found",
	405: "Method Not Allowed", 406: "Not Acceptable", 407: "Proxy Authentication Required", 408: "Request Timeout",
	410: "Gone", 413: "Request Entity Too Large", 414: "Request-URI Too Long", 415: "Unsupported Media Type",
	416: "Unsupported URI Scheme", 420: "Bad Extension", 421: "Extension Required", 422: "Session Interval Too Small", 423: "Interval Too Brief",
	429: "Provide Referrer Identity", 469: "Bad Info Package",
	480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist", 482: "Loop Detected", 483: "Too Many Hops",
	484: "Address Incomplete", 485: "Ambiguous", 486: "Busy Here", 487: "Request Terminated", 488: "Not Acceptable Here",
	489: "Bad Event", 491: "Request Pending", 493: "Undecipherable",
	500: "Server Internal Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
	504: "Server Time-out", 505: "Version Not Supported", 513: "Message Too Large",
	600: "Busy Everywhere", 603: "Decline", 604: "Does Not Exist Anywhere", 606: "Not Acceptable",
}

var classPhrases = [...]string{1: "Progress", 2: "OK", 3: "Redirection", 4: "Request Failure", 5: "Server Failure", 6: "Global Failure"}

// Phrase is the reason phrase of RFC 3261 section 21, or one for the status class.
func Phrase(status int) string {
	if p, ok := phrases[status]; ok {
		return p
	}
	if class := status / 100; class > 0 && class < len(classPhrases) {
		return classPhrases[class]
	}
	return "Unknown"
}
