package wire

import (
	"math"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// newParser is the parser of sip with our own readers of the fields that calls depend on. Those of sip mistake
// quoted strings, commas, blanks and letter case, and give up on the whole message where we can still answer 400.
func newParser(limits Limits) *sip.Parser {
	p := sip.NewParser(sip.WithHeadersParsers(fieldReaders()))
	p.MaxMessageLength = limits.Message
	return p
}

// broken stands in a message for a field that could not be read.
type broken struct {
	sip.Header
}

// list stands in a message for a field with several values, until spread puts each in its place.
type list struct {
	sip.Header // the first value
	rest       []sip.Header
}

// fieldReaders are what sip.Parser calls, by lower-case name of the field. None of them fails.
func fieldReaders() map[string]sip.HeaderParser {
	readers := map[string]sip.HeaderParser{}
	one := func(name, compact string, read func(string) (sip.Header, bool)) {
		reader := func(_ []byte, text string) (sip.Header, error) {
			if h, ok := read(text); ok {
				return h, nil
			}
			return broken{sip.NewHeader(name, text)}, nil
		}
		readers[strings.ToLower(name)] = reader
		if compact != "" {
			readers[compact] = reader
		}
	}
	many := func(name, compact string, read func(string) (sip.Header, bool)) {
		one(name, compact, func(text string) (sip.Header, bool) { return readList(text, read) })
	}
	many("Via", "v", readVia)
	many("Contact", "m", readContact)
	many("Route", "", readRoute)
	many("Record-Route", "", readRecordRoute)
	one("From", "f", readFrom)
	one("To", "t", readTo)
	one("Call-ID", "i", readCallID)
	one("CSeq", "", readCSeq)
	one("Max-Forwards", "", readMaxForwards)
	one("Content-Length", "l", readContentLength)
	one("Content-Type", "c", readContentType)
	for compact, name := range compactNames {
		readers[compact] = func(_ []byte, text string) (sip.Header, error) { return sip.NewHeader(name, text), nil }
	}
	return readers
}

// compactNames are the compact forms that have no reader of their own: a generic field must still be found by its
// full name. IANA, "SIP Parameters: Header Fields".
var compactNames = map[string]string{
	"a": "Accept-Contact", "b": "Referred-By", "d": "Request-Disposition", "e": "Content-Encoding", "j": "Reject-Contact",
	"k": "Supported", "n": "Identity-Info", "o": "Event", "r": "Refer-To", "s": "Subject", "u": "Allow-Events",
	"x": "Session-Expires", "y": "Identity",
}

func readList(text string, read func(string) (sip.Header, bool)) (sip.Header, bool) {
	if strings.IndexByte(text, ',') < 0 {
		return read(text)
	}
	values, ok := splitList(text)
	if !ok {
		return nil, false
	}
	headers := make([]sip.Header, 0, 1)
	for _, value := range values {
		h, ok := read(value)
		if !ok {
			return nil, false
		}
		headers = append(headers, h)
	}
	if len(headers) == 1 {
		return headers[0], true
	}
	return list{headers[0], headers[1:]}, true
}

func readContact(text string) (sip.Header, bool) {
	if text == "*" {
		return &sip.ContactHeader{Address: sip.Uri{Host: "*", Wildcard: true}}, true
	}
	a, ok := readAddress(text)
	return &sip.ContactHeader{DisplayName: a.display, Address: a.uri, Params: a.params}, ok
}

func readRoute(text string) (sip.Header, bool) {
	a, ok := readAddress(text)
	return &sip.RouteHeader{Address: a.uri}, ok
}

// readRecordRoute keeps a value with parameters of its own as text: the header of sip has no room for them, and a
// response must repeat them (RFC 3261 12.1.1).
func readRecordRoute(text string) (sip.Header, bool) {
	a, ok := readAddress(text)
	if ok && len(a.params) > 0 {
		return sip.NewHeader("Record-Route", "<"+a.uri.String()+">"+paramsText(text)), true
	}
	return &sip.RecordRouteHeader{Address: a.uri}, ok
}

func readFrom(text string) (sip.Header, bool) {
	a, ok := readAddress(text)
	return &sip.FromHeader{DisplayName: a.display, Address: a.uri, Params: a.params}, ok
}

func readTo(text string) (sip.Header, bool) {
	a, ok := readAddress(text)
	return &sip.ToHeader{DisplayName: a.display, Address: a.uri, Params: a.params}, ok
}

func readCallID(text string) (sip.Header, bool) {
	id := sip.CallIDHeader(text)
	return &id, text != "" && !strings.ContainsAny(text, blanks)
}

// readCSeq reads a number below 2^31 (RFC 3261 8.1.1.5) and a method.
func readCSeq(text string) (sip.Header, bool) {
	end := strings.IndexAny(text, blanks)
	if end < 0 {
		return nil, false
	}
	number, ok := readNumber(text[:end], math.MaxInt32)
	method := strings.Trim(text[end:], blanks)
	return &sip.CSeqHeader{SeqNo: uint32(number), MethodName: sip.RequestMethod(method)}, ok && isToken(method)
}

func readMaxForwards(text string) (sip.Header, bool) {
	number, ok := readNumber(text, 255) // RFC 3261 20.22
	hops := sip.MaxForwardsHeader(number)
	return &hops, ok
}

func readContentLength(text string) (sip.Header, bool) {
	number, ok := readNumber(text, math.MaxInt32)
	length := sip.ContentLengthHeader(number)
	return &length, ok
}

func readContentType(text string) (sip.Header, bool) {
	kind := sip.ContentTypeHeader(text)
	return &kind, text != ""
}

// readNumber reads 1*DIGIT up to highest; strconv alone would take signs.
func readNumber(s string, highest uint64) (uint64, bool) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	number, err := strconv.ParseUint(s, 10, 64)
	return number, err == nil && number <= highest
}
