package switchboard_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/device/sim"
	"sidetone/hold"
	"sidetone/internal/siptest"
	"sidetone/media"
	"sidetone/sipua"
	"sidetone/switchboard"
	"sidetone/trace"
)

// crowd plays a story as busy does, with a fourth phone.
func crowd(t *testing.T, middle, fourth setup, play func(t *testing.T, a, b, c, d *phone)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		network := siptest.NewNetwork(1)
		phones := make([]*phone, 4)
		for i, s := range []setup{middle, {}, {}, fourth} {
			digit := string(rune('1' + i))
			s.account = sipua.Account{AOR: "sip:10" + digit + "@10.0.0." + digit}
			phones[i] = newPhone(t, network, "10.0.0."+digit, s)
		}
		play(t, phones[0], phones[1], phones[2], phones[3])
		for _, p := range phones {
			p.stop()
		}
	})
}

// twoCalls has b and c call a, which talks to c then and holds b.
func twoCalls(t *testing.T, a, b, c *phone) {
	t.Helper()
	dial(t, b, a.uri("101"))
	after(time.Second)
	must(t, a.board.Answer(t.Context(), "1"))
	after(time.Second)
	dial(t, c, a.uri("101"))
	after(time.Second)
	must(t, a.board.Answer(t.Context(), "2"))
	after(time.Second)
}

func TestACallThatComesToAnUnpluggedTerminalIsSuspendedToo(t *testing.T) {
	t.Run("one that was on hold", func(t *testing.T) {
		busy(t, suspending(false), func(t *testing.T, a, b, c *phone) {
			twoCalls(t, a, b, c)
			must(t, a.sim.Plug(false))
			after(time.Second)
			checkStanding(t, "unplugged", a, map[int]string{1: "held by local", 2: "held suspended, handset"})
			must(t, a.board.Resume(t.Context(), "1"))
			after(time.Second)
			checkStanding(t, "resumed", a, map[int]string{1: "held by local suspended, handset", 2: "held suspended"})
			must(t, a.sim.Plug(true))
			after(time.Second)
			checkStanding(t, "plugged in", a, map[int]string{1: "talking, handset", 2: "held by local"})
		})
	})
	t.Run("one that is answered", func(t *testing.T) {
		pair(t, setup{}, suspending(false), func(t *testing.T, a, b *phone) {
			must(t, b.sim.Plug(false))
			dial(t, a, b.uri("102"))
			after(time.Second)
			must(t, b.board.Answer(t.Context(), ""))
			after(time.Second)
			checkStanding(t, "answered", b, map[int]string{1: "held suspended, handset"})
			must(t, b.sim.Plug(true))
			after(time.Second)
			checkStanding(t, "plugged in", b, map[int]string{1: "talking, handset"})
		})
	})
	t.Run("one that the other side answers", func(t *testing.T) {
		pair(t, suspending(false), setup{person: sim.Options{AnswerAfter: 10 * time.Second}}, func(t *testing.T, a, b *phone) {
			dial(t, a, b.uri("102"))
			after(2 * time.Second)
			must(t, a.sim.Plug(false))
			after(10 * time.Second)
			checkStanding(t, "answered", a, map[int]string{1: "held suspended, handset"})
			after(time.Minute)
			checkStanding(t, "not plugged in for longer than T2", a, map[int]string{})
		})
	})
}

func TestACallThatIsSuspendedForTwoReasonsIsTakenBackWhenBothAreGone(t *testing.T) {
	for name, unplugFirst := range map[string]bool{"put down, then unplugged": false, "unplugged, then put down": true} {
		t.Run(name, func(t *testing.T) {
			s := suspending(true)
			s.sip = func(o *sipua.Options) { o.Hold = hold.Options{T2: 30 * time.Second, T6: 10 * time.Second} }
			pair(t, setup{}, s, func(t *testing.T, a, b *phone) {
				dial(t, a, b.uri("102"))
				after(time.Second)
				must(t, b.sim.SetHook(true)) // which answers
				after(time.Second)
				leave := func() {
					if unplugFirst {
						must(t, b.sim.Plug(false))
					}
					must(t, b.sim.SetHook(false))
					if !unplugFirst {
						must(t, b.sim.Plug(false))
					}
				}
				leave()
				after(2 * time.Second)
				must(t, b.sim.Plug(true))
				after(2 * time.Second)
				checkStanding(t, "plugged in, but not picked up", b, map[int]string{1: "held suspended, handset"})
				must(t, b.sim.SetHook(true))
				after(time.Second)
				checkStanding(t, "picked up", b, map[int]string{1: "talking, handset"})
				leave()
				after(8 * time.Second)
				must(t, b.sim.Plug(true))
				after(4 * time.Second)
				if unplugFirst { // T6 began when it was plugged in
					checkStanding(t, "plugged in again", b, map[int]string{1: "held suspended, handset"})
					after(8 * time.Second)
				}
				checkStanding(t, "not picked up for longer than T6", b, map[int]string{})
			})
		})
	}
}

// Who answers or resumes a call by a key is there, wherever the handset lies.
func TestAKeyTakesBackWhatThePutDownHandsetSuspended(t *testing.T) {
	busy(t, suspending(true), func(t *testing.T, a, b, c *phone) {
		dial(t, b, a.uri("101"))
		after(time.Second)
		must(t, a.sim.SetHook(true))
		after(time.Second)
		must(t, a.sim.SetHook(false))
		after(time.Second)
		checkStanding(t, "put down", a, map[int]string{1: "held suspended, handset"})
		dial(t, c, a.uri("101"))
		after(time.Second)
		must(t, a.board.Answer(t.Context(), "2"))
		after(30 * time.Second)
		checkStanding(t, "another one answered by a key", a, map[int]string{1: "held by local", 2: "talking, handset"})
		must(t, a.board.Hangup(t.Context(), "2"))
		must(t, a.board.Resume(t.Context(), "1"))
		after(time.Second)
		must(t, a.sim.SetHook(true))
		must(t, a.sim.SetHook(false))
		after(time.Second)
		checkStanding(t, "put down again", a, map[int]string{1: "held suspended, handset"})
		must(t, a.board.Resume(t.Context(), "1"))
		after(30 * time.Second)
		checkStanding(t, "resumed by a key", a, map[int]string{1: "talking, handset"})
	})
}

func TestWhoIsOnHoldDoesNotGetTheHandsetByATransfer(t *testing.T) {
	crowd(t, neverAnswers, setup{}, func(t *testing.T, a, b, c, d *phone) {
		twoCalls(t, a, b, c)
		must(t, b.board.Transfer(t.Context(), "", d.uri("104")))
		after(3 * time.Second)
		checkStanding(t, "transferred", a, map[int]string{2: "talking, handset", 3: "held by local"})
		checkStanding(t, "whom it was transferred to", d, map[int]string{1: "held by remote, handset"})
	})
}

func TestACallThatCouldNotBeTransferredStaysOnHoldWhileThePersonTalksToAnother(t *testing.T) {
	crowd(t, neverAnswers, neverAnswers, func(t *testing.T, a, b, c, d *phone) {
		dial(t, a, b.uri("102"))
		after(time.Second)
		must(t, a.board.Transfer(t.Context(), "", d.uri("104")))
		after(2 * time.Second)
		dial(t, c, a.uri("101"))
		after(time.Second)
		must(t, a.board.Answer(t.Context(), "2"))
		after(time.Second)
		must(t, d.board.Reject(t.Context(), "", 486))
		after(3 * time.Second)
		checkStanding(t, "the transfer failed", a, map[int]string{1: "held by local", 2: "talking, handset"})
		must(t, a.board.Swap(t.Context()))
		after(time.Second)
		checkStanding(t, "swapped", a, map[int]string{1: "talking, handset", 2: "held by local"})
	})
}

// RFC 3891 section 3: a call takes the place of another one.
func TestACallThatReplacesAnotherHasItsPlace(t *testing.T) {
	replaced := func(t *testing.T, b, d *phone) {
		dial(t, b, d.uri("104"))
		after(time.Second)
		must(t, b.board.Transfer(t.Context(), "2", "1")) // whom b called is to talk to a
		after(3 * time.Second)
	}
	t.Run("in the handset", func(t *testing.T) {
		crowd(t, neverAnswers, setup{}, func(t *testing.T, a, b, c, d *phone) {
			dial(t, b, a.uri("101"))
			after(time.Second)
			must(t, a.board.Answer(t.Context(), ""))
			after(time.Second)
			replaced(t, b, d)
			checkStanding(t, "replaced", a, map[int]string{2: "talking, handset"})
			if held := a.ledger.data(trace.HoldRequested); len(held) != 0 {
				t.Errorf("what was replaced was held first: %v", held)
			}
		})
	})
	t.Run("on hold while the person talks to another", func(t *testing.T) {
		crowd(t, neverAnswers, setup{}, func(t *testing.T, a, b, c, d *phone) {
			twoCalls(t, a, b, c)
			replaced(t, b, d)
			checkStanding(t, "replaced", a, map[int]string{2: "talking, handset", 3: "held by local"})
			must(t, a.board.Swap(t.Context()))
			after(time.Second)
			checkStanding(t, "swapped", d, map[int]string{2: "talking, handset"})
		})
	})
	t.Run("on hold while the person is in no call", func(t *testing.T) {
		crowd(t, neverAnswers, setup{}, func(t *testing.T, a, b, c, d *phone) {
			twoCalls(t, a, b, c)
			must(t, a.board.Hangup(t.Context(), "2"))
			after(time.Second)
			replaced(t, b, d)
			checkStanding(t, "replaced", a, map[int]string{2: "held by local"})
		})
	})
	t.Run("beside another one", func(t *testing.T) {
		crowd(t, setup{}, setup{}, func(t *testing.T, a, b, c, d *phone) {
			dial(t, b, a.uri("101"))
			after(time.Second)
			dial(t, c, a.uri("101"))
			after(time.Second)
			replaced(t, b, d)
			checkStanding(t, "replaced", a, map[int]string{2: "talking", 3: "talking, handset"})
		})
	})
}

func TestSwapTakesUpACallWhoseOtherSideWouldNotBeHeld(t *testing.T) {
	withPeer(t, setup{sip: func(o *sipua.Options) { o.Hold.Method = hold.ReINVITE }}, func(t *testing.T, p *phone, peer *siptest.Peer) {
		call(p, peer, audio(peer), "")
		after(time.Second)
		dial(t, p, "sip:other@10.0.0.9")
		for range 2 {
			m := peer.Expect(siptest.Is("INVITE"))
			if m.Param("To", "tag") != "" {
				peer.Reply(m, siptest.Reply{Status: 488, Reason: "Not Acceptable Here"})
			} else {
				peer.Reply(m, siptest.Reply{Status: 200, Reason: "OK", Body: audio(peer)})
			}
		}
		after(time.Second)
		checkStanding(t, "the first one refused to be held", p, map[int]string{1: "talking", 2: "talking, handset"})
		must(t, p.board.Swap(t.Context()))
		after(time.Second)
		if got := standing(t, p)[1]; got != "talking, handset" {
			t.Errorf("swapped: %s", got)
		}
	})
}

func TestACallThatIsAnsweredWhileThePersonTalksToAnotherIsHeld(t *testing.T) {
	var ear *speaker
	middle := neverAnswers
	middle.handset = func(p *sim.Phone) switchboard.Handset { ear = &speaker{Phone: p}; return ear }
	middle.board.Ringback = func() media.Source { return music }
	late := setup{person: sim.Options{AnswerAfter: 20 * time.Second}, board: switchboard.Options{Alerting: switchboard.RingingOnly}}
	crowd(t, middle, late, func(t *testing.T, a, b, c, d *phone) {
		dial(t, a, d.uri("104"))
		after(2 * time.Second)
		if heard := ear.between(time.Now().Add(-time.Second), time.Now()); heard != "music " {
			t.Errorf("while it rings: heard %s", heard)
		}
		dial(t, c, a.uri("101"))
		after(time.Second)
		must(t, a.board.Answer(t.Context(), "2"))
		must(t, c.board.Hold(t.Context(), "")) // who is silent then
		after(2 * time.Second)
		begin := time.Now()
		after(2 * time.Second)
		if heard := ear.between(begin, time.Now()); strings.Contains(heard, "music") {
			t.Errorf("in the other call: heard %s", heard)
		}
		must(t, c.board.Resume(t.Context(), ""))
		after(20 * time.Second)
		checkStanding(t, "answered", a, map[int]string{1: "held by local", 2: "talking, handset"})
	})
}

func TestPuttingTheHandsetDownEndsWhatNobodyHasAnswered(t *testing.T) {
	crowd(t, neverAnswers, setup{person: sim.Options{AnswerAfter: 20 * time.Second}}, func(t *testing.T, a, b, c, d *phone) {
		must(t, a.sim.SetHook(true))
		dial(t, a, d.uri("104"))
		after(time.Second)
		dial(t, c, a.uri("101"))
		after(time.Second)
		must(t, a.board.Answer(t.Context(), "2"))
		after(time.Second)
		must(t, a.sim.SetHook(false))
		after(time.Second)
		checkStanding(t, "put down", a, map[int]string{})
		checkStanding(t, "whom it had called", d, map[int]string{})
	})
}
