package message

import (
	"testing"

	"github.com/emiago/sipgo/sip"
)

func TestRAckIsReadAsItIsWritten(t *testing.T) {
	want := RAck{RSeq: 4294967295, CSeq: 1, Method: sip.INVITE}
	got, ok := ReadRAck(request(t, "PRACK", want.Header().String()+"\n"))
	if !ok || got != want {
		t.Errorf("%+v, %t", got, ok)
	}
}

func TestRAckThatIsNoneIsNotRead(t *testing.T) {
	for _, fields := range []string{"", "RAck: \n", "RAck: 1 2\n", "RAck: a 2 INVITE\n", "RAck: 1 b INVITE\n", "RAck: 4294967296 2 INVITE\n", "RAck: 1 2 INVITE 3\n"} {
		if got, ok := ReadRAck(request(t, "PRACK", fields)); ok {
			t.Errorf("%q: %+v", fields, got)
		}
	}
}

func TestResponseIsReliableByRequireAndRSeq(t *testing.T) {
	for _, tc := range []struct {
		status        int
		require, rseq string
		want          uint32
	}{
		{183, "100rel", "9", 9},
		{180, "timer, 100REL", "1", 1},
		{100, "100rel", "9", 0},
		{200, "100rel", "9", 0},
		{183, "timer", "9", 0},
		{183, "100rel", "", 0},
		{183, "100rel", "-1", 0},
		{183, "100rel", "4294967296", 0},
	} {
		res := sip.NewResponse(tc.status, "X")
		res.AppendHeader(sip.NewHeader("Require", tc.require))
		if tc.rseq != "" {
			res.AppendHeader(sip.NewHeader("RSeq", tc.rseq))
		}
		if got := ReadRSeq(res); got != tc.want {
			t.Errorf("%+v: %d", tc, got)
		}
	}
}

func FuzzReliableHeaders(f *testing.F) {
	f.Add("1 2 INVITE", "100rel", "9")
	f.Fuzz(func(t *testing.T, rack, require, rseq string) {
		req := sip.NewRequest(sip.PRACK, sip.Uri{})
		req.AppendHeader(sip.NewHeader("RAck", rack))
		if got, ok := ReadRAck(req); ok {
			again := sip.NewRequest(sip.PRACK, sip.Uri{})
			again.AppendHeader(got.Header())
			if same, ok := ReadRAck(again); !ok || same != got {
				t.Errorf("%q: %+v, then %+v", rack, got, same)
			}
		}
		res := sip.NewResponse(183, "X")
		res.AppendHeader(sip.NewHeader("Require", require))
		res.AppendHeader(sip.NewHeader("RSeq", rseq))
		ReadRSeq(res)
	})
}
