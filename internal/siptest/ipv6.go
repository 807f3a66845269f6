package siptest

import "strings"

// IPv6Message is a message with IPv6 addresses in the ways that RFC 5118 lists.
type IPv6Message struct {
	Section, Name string
	Text          string
}

// IPv6Messages are messages of our own for every section of RFC 5118, each with what that section is about and else sound.
// They are sent from [2001:db8::9:1] to a phone at [2001:db8::10].
func IPv6Messages() []IPv6Message {
	return []IPv6Message{
		{"4.1", "reference", register("sip:[2001:db8::10]")},
		{"4.2", "reference without brackets", register("sip:2001:db8::10")},
		{"4.3", "port within the brackets", register("sip:[2001:db8::10:5070]")},
		{"4.4", "port behind the brackets", register("sip:[2001:db8::10]:5070")},
		{"4.5", "received with brackets", sixth("BYE sip:[2001:db8::10]", "To: <sip:bob@[2001:db8::10]>;tag=b", "[2001:db8::9:1];received=[2001:db8::9:255]", "")},
		{"4.5", "received without brackets", sixth("OPTIONS sip:[2001:db8::10]", "", "[2001:db8::9:1];received=2001:db8::9:255", "")},
		{"4.6", "description", sixth("INVITE sip:bob@[2001:db8::10]", "", "", "IN IP6 2001:db8::9:1\r\ns=-\r\nc=IN IP6 2001:db8::9:1\r\nt=0 0\r\n"+
			"m=audio 6000 RTP/AVP 2 0\r\na=rtpmap:2 G726-32/8000\r\nm=video 6024 RTP/AVP 107\r\na=rtpmap:107 H263-1998/90000\r\n")},
		{"4.7", "both families in Via", sixth("BYE sip:bob@phone.example.net", "To: <sip:bob@example.net>;tag=b",
			"[2001:db8::9:1]:6050;branch=z9hG4bK1\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK2\r\n"+
				"Via: SIP/2.0/TCP [2001:db8::9:255];received=192.0.2.200", "")},
		{"4.8", "both families in a description", sixth("INVITE sip:bob@[2001:db8::10]", "", "", "IN IP4 pc.example.com\r\ns=\r\nt=0 0\r\n"+
			"m=audio 6000 RTP/AVP 0\r\nc=IN IP6 2001:db8::9:1\r\nm=video 6024 RTP/AVP 107\r\nc=IN IP4 192.0.2.1\r\na=rtpmap:107 H263-1998/90000\r\n")},
		{"4.9", "IPv4 mapped into IPv6", sixth("INVITE sip:bob@example.com", "Contact: <sip:ted@[::ffff:192.0.2.2]>",
			"[::ffff:192.0.2.10]:19823;branch=z9hG4bK1\r\nVia: SIP/2.0/UDP [::ffff:192.0.2.2]", "IN IP6 ::ffff:192.0.2.2\r\ns=-\r\n"+
				"c=IN IP6 ::ffff:192.0.2.2\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0\r\n")},
		{"4.10", "three colons", sixth("OPTIONS sip:bob@[2001:db8:::192.0.2.1]", "To: <sip:bob@[2001:db8:::192.0.2.1]>", "", "")},
		{"4.10", "two colons", sixth("OPTIONS sip:bob@[2001:db8::192.0.2.1]", "To: <sip:bob@[2001:db8::192.0.2.1]>", "", "")},
	}
}

func register(uri string) string {
	return sixth("REGISTER "+uri, "Contact: \"Ann\" <sip:ann@[2001:db8::1]>", "", "")
}

// sixth is a request. The description is what follows o= up to the address family.
func sixth(start, field, via, description string) string {
	method, _, _ := strings.Cut(start, " ")
	if via == "" {
		via = "[2001:db8::9:1]"
	}
	fields := []string{
		"Via: SIP/2.0/UDP " + via + ";branch=z9hG4bKsix", "From: <sip:ann@example.com>;tag=a", "Call-ID: six@example.com", "CSeq: 7 " + method,
		"Max-Forwards: 70",
	}
	if !strings.HasPrefix(field, "To:") {
		fields = append(fields, "To: <sip:bob@example.com>")
	}
	if field != "" {
		fields = append(fields, field)
	}
	if method == "INVITE" && !strings.HasPrefix(field, "Contact:") {
		fields = append(fields, "Contact: <sip:ann@[2001:db8::9:1]>")
	}
	if description != "" {
		description = "v=0\r\no=- 971731711378798081 0 " + description
	}
	return Text(start+" SIP/2.0", typed(fields, description), description)
}
