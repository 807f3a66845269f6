package message

import (
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

func TestWhetherACallerAsksToBePutThroughAtOnce(t *testing.T) {
	tests := []struct {
		field, value string
		after        time.Duration
		asked        bool
	}{
		{"Answer-Mode", "Auto", 0, true},
		{"Answer-Mode", "auto;require", 0, true},
		{"Answer-Mode", "Manual", 0, false},
		{"Call-Info", "<sip:pbx.example.com>;answer-after=0", 0, true},
		{"Call-Info", "<http://a.example/p.jpg>;purpose=icon, <sip:pbx>;Answer-After=2", 2 * time.Second, true},
		{"Call-Info", "<sip:pbx.example.com>;answer-after=999", 30 * time.Second, true},
		{"Call-Info", "<sip:pbx.example.com>;answer-after=soon", 0, false},
		{"Call-Info", "<sip:pbx.example.com>;answer-after=-1", 0, false},
		{"Call-Info", "answer-after=0", 0, false}, // a Call-Info is a URI and what is said of it
		{"Call-Info", "<sip:pbx.example.com>;info=alert-autoanswer", 0, false},
		{"Alert-Info", "<sip:pbx.example.com>;info=alert-autoanswer;delay=3", 3 * time.Second, true},
		{"Alert-Info", `<http://www.example.com>;info="Auto Answer"`, 0, true},
		{"Alert-Info", "<sip:pbx.example.com>;answer-after=1", time.Second, true},
		{"Alert-Info", "<http://www.example.com/sound/moo.wav>", 0, false},
		{"Alert-Info", "<http://www.example.com/>;info=ring2", 0, false},
	}
	for _, tt := range tests {
		req := sip.NewRequest(sip.INVITE, sip.Uri{Scheme: "sip", Host: "h"})
		req.AppendHeader(sip.NewHeader(tt.field, tt.value))
		if after, asked := AutoAnswer(req); after != tt.after || asked != tt.asked {
			t.Errorf("%s: %s: %s, %t", tt.field, tt.value, after, asked)
		}
	}
}
