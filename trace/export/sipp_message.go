package export

import (
	"slices"
	"strconv"
	"strings"
)

// What SIPp calls itself by in a dialog.
const (
	callerTag = ";tag=[pid]SIPpTag00[call_number]"
	contact   = "Contact: <sip:[local_ip]:[local_port];transport=[transport]>"
)

// calleeTag is another one for each branch of a fork, by the tags that were recorded.
func (s *scenario) calleeTag(recorded string) string {
	at := slices.Index(s.tags, recorded)
	if at < 0 {
		at = len(s.tags)
		s.tags = append(s.tags, recorded)
	}
	return ";tag=[pid]SIPpTag0" + strconv.Itoa(at+1) + "[call_number]"
}

// replayed are the header fields that are sent as they were recorded: what this side is able to do, and why it does it.
const replayed = " allow supported require unsupported session-expires min-se expires min-expires rseq reason event subscription-state refer-to" +
	" refer-sub accept warning retry-after www-authenticate proxy-authenticate p-early-media answer-mode "

// challenges are the header fields by which a response asks for a password (RFC 3261 section 22).
var challenges = map[int]string{401: "WWW-Authenticate", 407: "Proxy-Authenticate"}

// send writes one message that the device sent.
func (s *scenario) send(i int) {
	p := s.steps[i]
	s.lines[i] = s.count
	s.count++
	var lines []string
	if p.IsRequest() {
		lines = s.request(i)
	} else {
		lines = s.response(i)
	}
	for _, f := range p.text.fields {
		if among(replayed, strings.ToLower(f.name)) {
			lines = append(lines, f.name+": "+literal(f.value))
		}
	}
	if name := challenges[p.Status]; name != "" {
		if _, recorded := p.text.value(name); !recorded { // SIPp answers no response without one
			lines = append(lines, name+`: Digest realm="sipp", nonce="[pid][call_number]", algorithm=MD5`)
		}
	}
	kind, body := replayBody(p)
	if kind != "" {
		lines = append(lines, "Content-Type: "+literal(kind))
	}
	lines = append(lines, "Content-Length: [len]", "")
	lines = append(lines, body...)
	retrans := ""
	if p.repeatable() && s.stopped(i) {
		retrans = " retrans=\"500\"" // T1 (RFC 3261 section 17.1.1.1)
	}
	s.out.WriteString("  <send" + retrans + "><![CDATA[\n")
	for _, l := range lines {
		s.out.WriteString(strings.TrimRight("      "+l, " ") + "\n")
	}
	s.out.WriteString("  ]]></send>\n")
}

// request begins a request: its first line, and what routes it and names its dialog.
func (s *scenario) request(i int) []string {
	p := s.steps[i]
	target, branch := "sip:[service]@[remote_ip]:[remote_port]", "[branch]"
	invite := s.invited(i)
	inside := p.InDialog()
	first, again := s.first[i]
	switch {
	case again:
		branch = s.branchOf(first)
	case p.Method == "CANCEL" && invite >= 0:
		branch = s.branchOf(invite)
		inside = s.steps[invite].InDialog()
	case p.Method == "ACK" && invite >= 0 && s.finalOf(invite) >= 300: // of the same transaction (RFC 3261 section 17.1.1.3)
		branch = s.branchOf(invite)
		inside = s.steps[invite].InDialog()
	}
	routes := ""
	if inside || p.Method == "ACK" && branch == "[branch]" {
		target, routes = "[next_url]", "[routes]"
	}
	lines := []string{p.Method + " " + target + " SIP/2.0", "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=" + branch, "Max-Forwards: 70"}
	if routes != "" {
		lines = append(lines, routes)
	}
	if s.caller {
		peer := "[peer_tag_param]"
		if !p.InDialog() {
			peer = ""
		}
		lines = append(lines, "From: "+s.self()+callerTag, "To: <sip:[service]@[remote_ip]:[remote_port]>"+peer)
	} else {
		lines = append(lines, "From:[$to0]"+s.calleeTag(p.FromTag), "To:[$from0]")
	}
	lines = append(lines, "Call-ID: [call_id]", "CSeq: "+strconv.FormatUint(uint64(p.CSeq), 10)+" "+token(p.Method), contact)
	if at := s.acknowledged(i); p.Method == "PRACK" && at >= 0 {
		lines = append(lines, "RAck: [$rseq"+strconv.Itoa(at)+"] "+strconv.FormatUint(uint64(s.steps[at].CSeq), 10)+" INVITE")
	}
	if s.challenged(i) {
		lines = append(lines, "[authentication]")
	}
	return lines
}

// self is the caller as its own From had it, at SIPp's address.
func (s *scenario) self() string {
	value, _ := s.steps[0].text.value("From")
	display, uri, _ := address(value)
	user := token(userOf(uri))
	if user == "" {
		user = "sipp"
	}
	out := "<sip:" + user + "@[local_ip]:[local_port]>"
	if name := unescape(display); name != "" {
		out = `"` + literal(strings.NewReplacer(`"`, "", `\`, "").Replace(name)) + `" ` + out
	}
	return out
}

func userOf(uri string) string {
	_, rest, _ := strings.Cut(uri, ":")
	user, _, found := strings.Cut(rest, "@")
	if !found {
		return ""
	}
	user, _, _ = strings.Cut(user, ":")
	return user
}

// invited finds the INVITE that a CANCEL or an ACK belongs to, or -1.
func (s *scenario) invited(i int) int {
	for at := i - 1; at >= 0; at-- {
		if p := s.steps[at]; p.sent == s.steps[i].sent && p.IsRequest() && p.Method == "INVITE" && p.CSeq == s.steps[i].CSeq {
			return at
		}
	}
	return -1
}

// finalOf is the status of the final response to an INVITE, 0 when there was none.
func (s *scenario) finalOf(invite int) int {
	for _, p := range s.steps[invite+1:] {
		if p.sent != s.steps[invite].sent && p.Status >= 200 && p.Method == "INVITE" && p.CSeq == s.steps[invite].CSeq {
			return p.Status
		}
	}
	return 0
}

// branchOf names the branch of an earlier message, which SIPp counts back by its commands.
func (s *scenario) branchOf(at int) string {
	return "[branch-" + strconv.Itoa(s.count-1-s.lines[at]) + "]"
}

// challenged tells of a request that was sent again because a server wanted a password.
func (s *scenario) challenged(i int) bool {
	p := s.steps[i]
	for at := i - 1; at >= 0; at-- {
		q := s.steps[at]
		if q.Method == p.Method && !q.sent && (q.Status == 401 || q.Status == 407) {
			return q.CSeq < p.CSeq && p.Method != "ACK"
		}
		if q.Method == p.Method && q.Status >= 200 {
			return false
		}
	}
	return false
}

// response begins a response: from the header fields of the message that came last, or from those that were kept.
func (s *scenario) response(i int) []string {
	p, at := s.steps[i], s.requestOf(i)
	lines := []string{"SIP/2.0 " + strconv.Itoa(p.Status) + " " + literal(p.Reason)}
	tag := ""
	if at >= 0 && !s.steps[at].InDialog() && p.Status > 100 {
		tag = s.calleeTag(p.ToTag)
	}
	if at >= 0 && s.kept[at] && s.receivedBetween(at, i) {
		n := strconv.Itoa(at)
		lines = append(lines, "Via:[$via"+n+"]", "From:[$from"+n+"]", "To:[$to"+n+"]"+tag, "[last_Call-ID:]", "CSeq:[$cseq"+n+"]")
	} else {
		lines = append(lines, "[last_Via:]", "[last_From:]", "[last_To:]"+tag, "[last_Call-ID:]", "[last_CSeq:]", "[last_Record-Route:]")
	}
	if p.Status > 100 && p.Status < 400 && (p.Method == "INVITE" || p.Method == "UPDATE") {
		lines = append(lines, contact)
	}
	return lines
}

// literal writes a text so that SIPp takes nothing in it for a keyword, and XML nothing for its own end.
func literal(s string) string {
	return strings.NewReplacer(`\`, `\x5C`, "[", `\x5B`, "]", `\x5D`).Replace(oneLine(s))
}

// replayBody is the body of a message line by line, with SIPp's addresses and ports in a session description.
func replayBody(p packet) (kind string, lines []string) {
	kind, _ = p.text.value("Content-Type")
	media, _, _ := strings.Cut(kind, ";")
	sdp := strings.EqualFold(strings.TrimSpace(media), "application/sdp")
	switch {
	case p.text.body == "" && p.SDP != "": // not recorded, but that there was one is known
		return "application/sdp", strings.Split("v=0\no=sipp 1 1 IN IP[local_ip_type] [local_ip]\ns=-\nc=IN IP[media_ip_type] [media_ip]\nt=0 0\n"+
			"m=audio [media_port] RTP/AVP 0\na=rtpmap:0 PCMU/8000\na="+string(p.SDP), "\n")
	case p.text.body == "":
		return "", nil
	}
	for line := range strings.Lines(p.text.body) {
		line = strings.TrimRight(line, "\r\n")
		if sdp {
			line = replaySDP(line)
		} else {
			line = literal(line)
		}
		lines = append(lines, line)
	}
	return kind, lines
}

func replaySDP(line string) string {
	parts := strings.Fields(line)
	switch {
	case strings.HasPrefix(line, "o=") && len(parts) == 6:
		return "o=sipp " + literal(parts[1]) + " " + literal(parts[2]) + " IN IP[local_ip_type] [local_ip]"
	case strings.HasPrefix(line, "c=") && len(parts) == 3 && parts[2] != "0.0.0.0": // that holds the call (RFC 2543)
		return "c=IN IP[media_ip_type] [media_ip]"
	case strings.HasPrefix(line, "m=audio ") && len(parts) > 3 && parts[1] != "0":
		return "m=audio [media_port] " + literal(strings.Join(parts[2:], " "))
	}
	return literal(line)
}
