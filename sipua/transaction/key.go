package transaction

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// MagicCookie begins the branch of every client that keeps to RFC 3261 (8.1.1.7).
const MagicCookie = sip.RFC3261BranchMagicCookie

// Key identifies a transaction. Keys of client and of server transactions never collide.
type Key struct {
	branch string            // with the cookie; empty for a server key of RFC 2543
	sentBy string            // server keys: host:port of the top Via
	method sip.RequestMethod // an ACK has INVITE here
	legacy string            // server keys of RFC 2543: everything that identifies such a request
}

// ErrNoKey is a message that lacks what a key is made of.
var ErrNoKey = errors.New("message has no transaction key")

// ClientKey is the key of the client transaction that a response belongs to (RFC 3261 17.1.3).
func ClientKey(res *sip.Response) (Key, error) {
	via, cseq := res.Via(), res.CSeq()
	if via == nil || cseq == nil {
		return Key{}, fmt.Errorf("%w: no Via or no CSeq", ErrNoKey)
	}
	branch, ok := via.Params.Get("branch")
	if !ok || branch == "" {
		return Key{}, fmt.Errorf("%w: no branch", ErrNoKey)
	}
	return Key{branch: branch, method: cseq.MethodName}, nil
}

// SentBy tells whether a response names in its top Via the host and port that its request was sent by. One that names
// another is not for us (RFC 3261 18.1.2).
func SentBy(req *sip.Request, res *sip.Response) bool {
	own, its := req.Via(), res.Via()
	return own != nil && its != nil && sentBy(own) == sentBy(its)
}

// ServerKey is the key of the server transaction that a request belongs to (RFC 3261 17.2.3). An ACK has the key of
// its INVITE: the one it acknowledges for a final response above 2xx, one of its own for a 2xx.
func ServerKey(req *sip.Request) (Key, error) {
	via := req.Via()
	if via == nil {
		return Key{}, fmt.Errorf("%w: no Via", ErrNoKey)
	}
	key := Key{sentBy: sentBy(via), method: req.Method}
	if req.Method == sip.ACK {
		key.method = sip.INVITE
	}
	if branch, _ := via.Params.Get("branch"); strings.HasPrefix(branch, MagicCookie) && branch != MagicCookie {
		key.branch = branch
		return key, nil
	}
	legacy, err := legacyKey(req, via)
	key.legacy = legacy
	return key, err
}

// Invite is the key of the INVITE that a CANCEL with this key cancels (RFC 3261 9.2).
func (k Key) Invite() Key {
	k.method = sip.INVITE
	return k
}

// String shows the key in logs.
func (k Key) String() string {
	if k.legacy != "" {
		return string(k.method) + " " + k.legacy
	}
	return strings.TrimSpace(string(k.method) + " " + k.branch + " " + k.sentBy)
}

// requestKey is the key of the client transaction that sends a request.
func requestKey(req *sip.Request) Key {
	key := Key{method: req.Method}
	if via := req.Via(); via != nil {
		key.branch, _ = via.Params.Get("branch")
	}
	return key
}

// legacyKey is what identifies a request whose client knows no unique branch. The To tag is left out, as the ACK of
// a final response has one that the INVITE had not; InviteServer compares it.
func legacyKey(req *sip.Request, via *sip.ViaHeader) (string, error) {
	from, callID, cseq := req.From(), req.CallID(), req.CSeq()
	if from == nil || callID == nil || cseq == nil {
		return "", fmt.Errorf("%w: no cookie in the branch, and no From, Call-ID or CSeq", ErrNoKey)
	}
	fromTag, _ := from.Params.Get("tag")
	return strings.Join([]string{
		req.Recipient.String(), fromTag, callID.Value(), strconv.FormatUint(uint64(cseq.SeqNo), 10), via.Value(),
	}, "\n"), nil
}

func sentBy(via *sip.ViaHeader) string {
	host := strings.ToLower(via.Host)
	if via.Port == 0 {
		return host
	}
	return "[" + host + "]:" + strconv.Itoa(via.Port) // an IPv6 address has colons of its own
}

func tag(to *sip.ToHeader) string {
	if to == nil {
		return ""
	}
	value, _ := to.Params.Get("tag")
	return value
}
