package dialog

import (
	"errors"
	"fmt"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// State of a dialog.
type State uint8

// The states of a Dialog.
const (
	Early State = iota
	Confirmed
	Terminated
)

var stateNames = [...]string{"early", "confirmed", "terminated"}

func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("state %d", uint8(s))
}

// ID identifies a dialog at one end of it (RFC 3261 section 12).
type ID struct{ CallID, LocalTag, RemoteTag string }

// Dialog is one end's view of a dialog.
type Dialog struct {
	id    ID
	state State

	local, remote address // From and To of our requests
	target        sip.Uri // remote target
	routes        []sip.Uri
	localSeq      uint32
	remoteSeq     uint32
	remoteSeqSet  bool
}

// address is a From or To value without its tag.
type address struct {
	name string
	uri  sip.Uri
}

// NewUAC starts a dialog at the caller, from a response above 100 to its INVITE (RFC 3261 section 12.1.2).
func NewUAC(req *sip.Request, res *sip.Response) (*Dialog, error) {
	from, to := req.From(), res.To()
	if from == nil || to == nil || req.CallID() == nil || req.CSeq() == nil {
		return nil, errors.New("start dialog: header missing")
	}
	d := &Dialog{
		// A peer of RFC 2543 gives no tag; that is a tag of its own (section 12.1.2).
		id:       ID{CallID: req.CallID().Value(), LocalTag: Tag(from.Params), RemoteTag: Tag(to.Params)},
		local:    address{from.DisplayName, *from.Address.Clone()},
		remote:   address{to.DisplayName, *to.Address.Clone()},
		target:   *req.Recipient.Clone(),
		localSeq: req.CSeq().SeqNo,
	}
	d.Learn(res)
	return d, nil
}

// NewUAS starts a dialog at the callee, from an INVITE (RFC 3261 section 12.1.1).
func NewUAS(req *sip.Request, localTag string) (*Dialog, error) {
	from, to := req.From(), req.To()
	if from == nil || to == nil || req.CallID() == nil || req.CSeq() == nil {
		return nil, errors.New("start dialog: header missing")
	}
	d := &Dialog{
		// As at the caller, a missing tag is a tag of its own (section 12.1.1).
		id:        ID{CallID: req.CallID().Value(), LocalTag: localTag, RemoteTag: Tag(from.Params)},
		local:     address{to.DisplayName, *to.Address.Clone()},
		remote:    address{from.DisplayName, *from.Address.Clone()},
		target:    *from.Address.Clone(),
		remoteSeq: req.CSeq().SeqNo, remoteSeqSet: true,
	}
	if c := req.Contact(); c != nil {
		d.target = *c.Address.Clone()
	}
	for _, h := range req.GetHeaders("Record-Route") {
		if uri, ok := routeOf(h); ok {
			d.routes = append(d.routes, uri)
		}
	}
	return d, nil
}

// ID returns the dialog's identifier.
func (d *Dialog) ID() ID { return d.id }

// Target is where the peer is reached inside the dialog.
func (d *Dialog) Target() sip.Uri { return *d.target.Clone() }

// State returns the dialog's state.
func (d *Dialog) State() State { return d.state }

// Terminate ends the dialog.
func (d *Dialog) Terminate() { d.state = Terminated }

// Confirm makes an early dialog a confirmed one.
func (d *Dialog) Confirm() {
	if d.state == Early {
		d.state = Confirmed
	}
}

// Learn takes route set and target from a response to the caller's INVITE. Until the dialog is confirmed every response
// may change them; the 2xx decides (RFC 3261 section 13.2.2.4). Afterwards only the target changes.
func (d *Dialog) Learn(res *sip.Response) {
	d.Refresh(res)
	if d.state != Early {
		return
	}
	routes := res.GetHeaders("Record-Route")
	if len(routes) == 0 && res.StatusCode < 200 {
		return
	}
	d.routes = nil
	for i := len(routes) - 1; i >= 0; i-- { // in reverse at the caller (section 12.1.2)
		if uri, ok := routeOf(routes[i]); ok {
			d.routes = append(d.routes, uri)
		}
	}
}

// routeOf is the URI of a Record-Route; parameters that follow it are no part of the route set (RFC 3261 section
// 12.1.1). A value that has some is text, as the header of package sip has no room for them.
func routeOf(h sip.Header) (sip.Uri, bool) {
	if r, ok := h.(*sip.RecordRouteHeader); ok {
		return *r.Address.Clone(), true
	}
	var uri sip.Uri
	text, _, ok := strings.Cut(strings.TrimPrefix(h.Value(), "<"), ">")
	return uri, ok && sip.ParseUri(text, &uri) == nil
}

// Refresh takes the remote target from the Contact of a target refresh request or of its 2xx (RFC 3261 sections
// 12.2.1.2, 12.2.2).
func (d *Dialog) Refresh(m sip.Message) {
	for _, h := range m.GetHeaders("Contact") {
		if c, ok := h.(*sip.ContactHeader); ok && !c.Address.Wildcard && c.Address.Host != "" {
			d.target = *c.Address.Clone()
			return
		}
	}
}

// Matches tells whether a request belongs to this dialog (RFC 3261 section 12.2.2).
func (d *Dialog) Matches(req *sip.Request) bool {
	return req.From() != nil && req.To() != nil && req.CallID() != nil && d.id == ID{
		CallID: req.CallID().Value(), LocalTag: Tag(req.To().Params), RemoteTag: Tag(req.From().Params),
	}
}

// OutOfOrder tells whether a request comes behind a later one, and notes its number if not (RFC 3261 section 12.2.2).
// ACK and CANCEL repeat the number of their INVITE and are not asked about.
func (d *Dialog) OutOfOrder(req *sip.Request) bool {
	seq := req.CSeq().SeqNo
	if d.remoteSeqSet && seq <= d.remoteSeq {
		return true
	}
	d.remoteSeq, d.remoteSeqSet = seq, true
	return false
}

// Tag reads the tag parameter of a From or To header.
func Tag(p sip.HeaderParams) string {
	tag, _ := p.Get("tag")
	return tag
}
