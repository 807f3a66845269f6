package session

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/transaction"
	"sidetone/trace"
)

// redirect answers a request with Contacts.
func redirect(req *sip.Request, status int, contacts ...string) string {
	fields := ""
	for _, c := range contacts {
		fields += "Contact: " + c + "\r\n"
	}
	return strings.Replace(response(req, status, ""), "Contact: <sip:alice@10.0.0.1:5060>\r\n", fields, 1)
}

func TestWhichTargetsOfARedirectionAreTriedAndInWhichOrder(t *testing.T) {
	for name, tc := range map[string]struct {
		status   int
		contacts []string
		want     string // Request-URIs of the INVITEs that follow, as each target is busy
	}{
		"302":                          {302, []string{"<sip:103@10.0.0.3>"}, "sip:103@10.0.0.3"},
		"301":                          {301, []string{"<sip:103@10.0.0.3>"}, "sip:103@10.0.0.3"},
		"by q":                         {300, []string{"<sip:a@h>;q=0.2", "<sip:b@h>", "<sip:c@h>;q=0.9", "<sip:d@h>;q=7"}, "sip:b@h sip:d@h sip:c@h sip:a@h"},
		"380 names services":           {380, []string{"<sip:103@10.0.0.3>"}, ""},
		"no Contact":                   {302, nil, ""},
		"the caller's own target":      {302, []string{"<sip:alice@10.0.0.1>", "<sip:alice@10.0.0.1;x=1>"}, ""},
		"twice the same":               {302, []string{"<sip:103@Host>", "<sip:103@host>;q=0.1"}, "sip:103@Host"},
		"no SIP URI":                   {302, []string{"<tel:+15551234>", "<mailto:a@b.c>", "<sip:103@h>"}, "sip:103@h"},
		"another method":               {302, []string{"<sip:103@h;method=MESSAGE>", "<sip:104@h;method=INVITE>"}, "sip:104@h"},
		"not permitted":                {302, []string{"<sip:900@h>", "<sip:103@h>"}, "sip:103@h"},
		"more targets than are tried":  {300, []string{"<sip:1@h>", "<sip:2@h>", "<sip:3@h>", "<sip:4@h>", "<sip:5@h>", "<sip:6@h>", "<sip:7@h>", "<sip:8@h>"}, "sip:1@h sip:2@h sip:3@h sip:4@h sip:5@h sip:6@h sip:7@h"},
		"a failure is no redirection":  {486, []string{"<sip:103@10.0.0.3>"}, ""},
		"header fields are left out":   {302, []string{"<sip:103@h?Subject=x>"}, "sip:103@h"},
		"a secure target of plain one": {302, []string{"<sips:103@h>"}, "sips:103@h"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newCaller(t)
			r.cfg.Redirect = func(uri sip.Uri) bool { return uri.User != "900" }
			r.must(r.do(Dial{}))
			first := r.request(sip.INVITE)
			r.must(r.receive(redirect(first, tc.status, tc.contacts...)))
			var tried []string
			last := tc.status
			for seq := uint32(2); r.State() == Inviting; seq++ {
				invite := r.request(sip.INVITE)
				if invite.CSeq().SeqNo != seq || invite.To().Value() != first.To().Value() || invite.From().Value() != first.From().Value() ||
					string(invite.Body()) != string(first.Body()) {
					t.Errorf("\n%s", invite)
				}
				tried = append(tried, invite.Recipient.String())
				last = 486
				r.must(r.receive(response(invite, last, "")))
			}
			if got := strings.Join(tried, " "); got != tc.want {
				t.Errorf("tried %q", got)
			}
			if ended := r.ended(); ended.LastResponse != last {
				t.Errorf("%+v", ended)
			}
		})
	}
}

func (r *rig) ended() Ended {
	r.tb.Helper()
	for _, s := range r.signals {
		if e, ok := s.(Ended); ok {
			return e
		}
	}
	r.tb.Fatal("the call goes on")
	return Ended{}
}

func TestTargetsThatRedirectToEachOtherEndTheCall(t *testing.T) {
	r := callerIn(t, Inviting)
	r.must(r.receive(redirect(r.request(sip.INVITE), 302, "<sip:103@h>")))
	r.must(r.receive(redirect(r.request(sip.INVITE), 302, "<sip:alice@10.0.0.1>", "<sip:103@h>")))
	if ended := r.ended(); len(r.invites()) != 2 || ended.LastResponse != 302 || ended.Status != 302 {
		t.Errorf("%d INVITEs, %+v", len(r.invites()), ended)
	}
}

func TestRedirectionWithoutAnEndIsFollowedToEightTargets(t *testing.T) {
	r := callerIn(t, Inviting)
	for i := 0; r.State() == Inviting; i++ {
		r.must(r.receive(redirect(r.request(sip.INVITE), 302, fmt.Sprintf("<sip:%d@h>", i))))
	}
	if len(r.invites()) != maxTargets {
		t.Errorf("%d INVITEs", len(r.invites()))
	}
}

func TestTargetsOfATargetComeBeforeThoseThatWait(t *testing.T) {
	r := callerIn(t, Inviting)
	r.must(r.receive(redirect(r.request(sip.INVITE), 302, "<sip:a@h>", "<sip:b@h>;q=0.5")))
	r.must(r.receive(redirect(r.request(sip.INVITE), 302, "<sip:c@h>;q=0.1")))
	if got := r.request(sip.INVITE).Recipient.User; got != "c" {
		t.Error(got)
	}
	r.must(r.receive(response(r.request(sip.INVITE), 486, "")))
	if got := r.request(sip.INVITE).Recipient.User; got != "b" {
		t.Error(got)
	}
}

func TestNextTargetIsTriedWhenOneFails(t *testing.T) {
	for name, fail := range map[string]func(*rig, *sip.Request) error{
		"404": func(r *rig, req *sip.Request) error { return r.receive(response(req, 404, "")) },
		"503": fails["503"], "transport": fails["transport"], "timeout": fails["timeout"],
	} {
		t.Run(name, func(t *testing.T) {
			r := callerIn(t, Inviting)
			r.must(r.receive(redirect(r.request(sip.INVITE), 302, "<sip:a@h>", "<sip:b@h>;q=0.5")))
			r.must(fail(r, r.request(sip.INVITE)))
			invite := r.request(sip.INVITE)
			if invite.Recipient.User != "b" {
				t.Fatalf("\n%s", invite)
			}
			r.must(r.do(Fired{Timer: TimerID{Kind: TransactionTimer, Transaction: r.transactionOf(invite), Letter: transaction.TimerB}}))
			if ended := r.ended(); ended.LastResponse != 0 || ended.Reason != "no response" {
				t.Errorf("%+v", ended)
			}
		})
	}
}

func TestTargetThatCannotBeLocatedIsPassedOver(t *testing.T) {
	r := callerIn(t, Inviting)
	effects, err := r.Step(r.now, Received{Message: parse(t, redirect(r.request(sip.INVITE), 302, "<sip:a@nowhere>", "<sip:b@h>;q=0.5"))})
	r.must(err)
	var asked Locate
	for _, e := range effects {
		if l, ok := e.(Locate); ok {
			asked = l
		}
	}
	r.must(r.do(Located{Locate: asked, Err: errors.New("the name nowhere does not exist")}))
	if got := r.request(sip.INVITE).Recipient.User; got != "b" {
		t.Error(got)
	}
}

func TestA6xxOfATargetIsTheEnd(t *testing.T) {
	r := callerIn(t, Inviting)
	r.must(r.receive(redirect(r.request(sip.INVITE), 302, "<sip:a@h>", "<sip:b@h>;q=0.5")))
	r.must(r.receive(response(r.request(sip.INVITE), 603, "")))
	if ended := r.ended(); len(r.invites()) != 2 || ended.LastResponse != 603 {
		t.Errorf("%d INVITEs, %+v", len(r.invites()), ended)
	}
}

func TestRedirectionAfterTheCallerHungUpIsNotFollowed(t *testing.T) {
	r := callerIn(t, Inviting)
	r.must(r.do(Hangup{}))
	r.must(r.receive(redirect(r.request(sip.INVITE), 302, "<sip:a@h>")))
	if ended := r.ended(); len(r.invites()) != 1 || !ended.Cancelled {
		t.Errorf("%d INVITEs, %+v", len(r.invites()), ended)
	}
}

func TestUseProxyKeepsTheTargetAndTakesTheContactAsTheRoute(t *testing.T) {
	r := callerIn(t, Inviting)
	r.must(r.receive(redirect(r.request(sip.INVITE), 305, "<sip:proxy@10.0.0.9;lr>")))
	invite := r.request(sip.INVITE)
	if invite.Recipient.String() != "sip:alice@10.0.0.1" || invite.Route().Value() != "<sip:proxy@10.0.0.9;lr>" {
		t.Fatalf("\n%s", invite)
	}
	r.must(r.receive(redirect(invite, 305, "<sip:proxy@10.0.0.9;lr>")))
	if len(r.invites()) != 2 {
		t.Error("the same proxy was used twice")
	}
}

func TestSecureCallIsNotRedirectedToAPlainTarget(t *testing.T) {
	r := newCaller(t)
	r.outgoing.Target.Scheme = "sips"
	r.must(r.do(Dial{}))
	r.must(r.receive(redirect(r.request(sip.INVITE), 302, "<sip:a@h>", "<sips:b@h>")))
	if got := r.request(sip.INVITE).Recipient.String(); got != "sips:b@h" {
		t.Error(got)
	}
}

func TestOnlySafeHeaderFieldsOfAContactAreTaken(t *testing.T) {
	r := callerIn(t, Inviting)
	r.must(r.receive(redirect(r.request(sip.INVITE), 302, "<sip:a@h?Diversion=%3Csip%3A102%40h%3E&Subject=x&From=%3Csip%3Aevil%40h%3E&Replaces=1&User-to-User=a%0D%0AEvil%3A%20b>")))
	r.must(r.receive(redirect(r.request(sip.INVITE), 302, "<sip:b@h?diversion=%3Csip%3Aa%40h%3E&subject=y>")))
	invite := r.request(sip.INVITE)
	var got []string
	for _, name := range []string{"Diversion", "Subject", "Replaces", "User-to-User", "Evil"} {
		for _, h := range invite.GetHeaders(name) {
			got = append(got, h.Name()+": "+h.Value())
		}
	}
	if want := []string{"Diversion: <sip:a@h>", "Diversion: <sip:102@h>", "Subject: y"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if invite.From().Address.User != "bob" {
		t.Errorf("\n%s", invite)
	}
}

func TestDiversionsOfARedirectionGoOnToItsTarget(t *testing.T) {
	r := callerIn(t, Inviting)
	first := redirect(r.request(sip.INVITE), 302, "<sip:102@h?Diversion=%3Csip%3Aalice%40h%3E>", "<sip:103@h>;q=0.5")
	r.must(r.receive(with("Diversion: <sip:alice@h>\r\nDiversion: <sip:desk@h>;reason=user-busy", first)))
	diversions := func() (all []string) {
		for _, h := range r.request(sip.INVITE).GetHeaders("Diversion") {
			all = append(all, h.Value())
		}
		return all
	}
	if got := diversions(); !slices.Equal(got, []string{"<sip:alice@h>", "<sip:desk@h>;reason=user-busy"}) {
		t.Errorf("%q", got)
	}
	many := strings.Repeat("Diversion: <sip:%d@h>\r\n", 20)
	var numbers []any
	for i := range 20 {
		numbers = append(numbers, i)
	}
	second := redirect(r.request(sip.INVITE), 302, "<sip:104@h>")
	r.must(r.receive(with(strings.TrimSuffix(fmt.Sprintf(many, numbers...), "\r\n"), second)))
	if got := diversions(); len(got) != 8 || got[0] != "<sip:0@h>" {
		t.Errorf("%q", got)
	}
	r.must(r.receive(response(r.request(sip.INVITE), 486, "")))
	if got := diversions(); !slices.Equal(got, []string{"<sip:alice@h>", "<sip:desk@h>;reason=user-busy"}) {
		t.Errorf("the other target of the first redirection: %q", got)
	}
}

func TestHistoryInfoTellsWhereTheCallHasBeen(t *testing.T) {
	r := callerIn(t, Inviting)
	if r.request(sip.INVITE).GetHeader("History-Info") != nil {
		t.Error("there is no history yet")
	}
	text := redirect(r.request(sip.INVITE), 302, "<sip:102@h>;mp=1", "<sip:103@h>;q=0.5;rc=x")
	r.must(r.receive(strings.Replace(text, "\r\n", "\r\nReason: Q.850;cause=19;text=\"No answer\"\r\n", 1)))
	r.must(r.receive(response(r.request(sip.INVITE), 486, "")))
	var got []string
	for _, h := range r.request(sip.INVITE).GetHeaders("History-Info") {
		got = append(got, h.Value())
	}
	want := []string{
		"<sip:alice@10.0.0.1?Reason=SIP%3Bcause%3D302&Reason=Q.850%3Bcause%3D19%3Btext%3D%22No%20answer%22>;index=1",
		"<sip:102@h?Reason=SIP%3Bcause%3D486>;index=2;mp=1",
		"<sip:103@h>;index=3",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestRedirectionIsToldWithWhoAndWhereTo(t *testing.T) {
	r := callerIn(t, Inviting)
	r.must(r.receive(redirect(r.request(sip.INVITE), 302, `"Carol \"C\"" <sip:103@h>`, "<sip:104@h>;q=0.5")))
	r.must(r.receive(response(r.request(sip.INVITE), 486, "")))
	r.must(r.receive(redirect(r.request(sip.INVITE), 305, "<sip:p@10.0.0.9>")))
	r.must(r.receive(response(r.request(sip.INVITE), 200, description)))
	carol := trace.Party{URI: "sip:103@h", Name: `Carol "C"`}
	want := []Signal{
		Forwarded{By: trace.Party{URI: "sip:alice@10.0.0.1"}, To: carol, Status: 302},
		Forwarded{By: carol, To: trace.Party{URI: "sip:104@h"}, Status: 486},
		Forwarded{By: trace.Party{URI: "sip:104@h"}, To: trace.Party{URI: "sip:p@10.0.0.9"}, Status: 305},
	}
	if !slices.Equal(r.signals[:min(3, len(r.signals))], want) {
		t.Errorf("%+v", r.signals)
	}
	if a, ok := r.signals[len(r.signals)-1].(Answered); !ok || a.Who != "104" {
		t.Errorf("%+v", r.signals)
	}
}

func TestInviteSentAgainGoesWhereTheRedirectionLed(t *testing.T) {
	r := callerIn(t, Inviting)
	r.must(r.receive(redirect(r.request(sip.INVITE), 302, "<sip:103@h>")))
	r.tryAgain(func(*attempt) {}) // as a 401 has it
	r.finish()
	for _, e := range r.out {
		if send, ok := e.(Send); ok {
			r.sent = append(r.sent, send.Message)
		}
	}
	invite := r.request(sip.INVITE)
	if invite.Recipient.User != "103" || invite.CSeq().SeqNo != 3 || len(invite.GetHeaders("History-Info")) != 2 {
		t.Errorf("\n%s", invite)
	}
}
