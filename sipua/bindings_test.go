package sipua

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidetone/internal/siptest"
)

func TestRegistrarIsAskedWhoElseIsReachedUnderANumber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, p, r, _ := registering(t, func(r *siptest.Registrar) { r.Challenge("secret") }, bob)
		r.ForgetNonce()
		r.BindElsewhere("<sip:bob@10.0.0.7>;expires=90")
		got, err := p.Bindings(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		want := []Binding{
			{URI: "sip:bob@10.0.0.1:5060", Left: time.Hour, Own: true}, {URI: "sip:bob@10.0.0.7", Left: 90 * time.Second},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		all := r.Requests()
		first, asked := all[0], all[len(all)-1]
		if asked.Header("Contact") != "" || asked.Header("Expires") != "" || asked.Header("Call-ID") != first.Header("Call-ID") || asked.CSeq() != len(all) {
			t.Errorf("asked with\n%s", asked.Raw)
		}
	})
}

func TestQuestionForBindingsThatCannotBeAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, p, r, _ := registering(t, nil, bob, Account{AOR: "sip:fixed@example.com"})
		if _, err := p.Bindings(t.Context(), 1); !errors.Is(err, ErrNoRegistrar) {
			t.Errorf("an account without registrar: %v", err)
		}
		for _, account := range []int{-1, 2} {
			if _, err := p.Bindings(t.Context(), account); err == nil {
				t.Errorf("there is no account %d", account)
			}
		}
		r.Silence(true)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := p.Bindings(ctx, 0); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a silent registrar: %v", err)
		}
		asked := make(chan error, 1)
		go func() {
			_, err := p.Bindings(context.Background(), 0)
			asked <- err
		}()
		synctest.Wait()
		p.stop()
		if err := <-asked; err == nil {
			t.Error("the agent stopped, and the question was answered")
		}
		<-p.stopped
		if _, err := p.Bindings(t.Context(), 0); !errors.Is(err, ErrStopped) {
			t.Errorf("after the end: %v", err)
		}
	})
}
