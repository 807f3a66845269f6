package storetest

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sidetone/collector/store"
	"sidetone/trace"
)

// Open makes an empty store for one test; the test closes it.
type Open func(t *testing.T) store.Store

// Run proves that an engine keeps the contract of store.Store.
func Run(t *testing.T, open Open) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, store.Store){
		"an event is stored once however often it comes":                   eventOnce,
		"overlapping batches of several calls store each event once":       overlappingBatches,
		"a summary is what the device's own fold says":                     summaryIsFold,
		"events out of order make the same call":                           outOfOrder,
		"a call cut by a reboot goes on in the next boot":                  callAcrossBoots,
		"boots that arrive in the wrong order keep a call's order":         bootsOutOfOrder,
		"a call comes with what happened to its devices around it":         callWithItsSurroundings,
		"an event of a kind from the future is kept":                       unknownKind,
		"two views join by session id in either order":                     joinBySession,
		"two views join by call id where the session id was changed":       joinByCallID,
		"a view that links two calls makes them one":                       joinTransitively,
		"views of one device are never joined":                             neverJoinOneDevice,
		"a view that learns late what it is joins then":                    joinLate,
		"the null session id joins nothing":                                nullSession,
		"the joined call is complete only when every view is":              joinedCompleteness,
		"every filter selects what it names":                               filters,
		"pages follow each other while calls arrive":                       pagesAreStable,
		"a limit above the most is cut to it":                              limitIsCapped,
		"a foreign cursor is refused":                                      foreignCursor,
		"a call with an untrusted clock is listed by when it was received": untrustedClock,
		"what is not there is not found":                                   notFound,
		"a device is known by what it says of itself":                      deviceFacts,
		"the lines of a device are as it last told":                        deviceLines,
		"a late last will does not overrule a newer birth":                 lateWill,
		"a hole in the sequence is a loss until it is filled":              holes,
		"a gap that the device reports explains the hole":                  reportedGaps,
		"what a broker acknowledged and lost is a loss":                    given,
		"so are runs of which it lost everything":                          givenByUnknown,
		"what has expired is not missing":                                  expiredRuns,
		"a command is as its device answers it":                            commandSteps,
		"the commands of a device are listed and go with their day":        commandList,
		"the newest configuration that a device is wished to have stays":   wantedConfig,
		"a device says how it stands with its configuration":               configStanding,
		"watchers hear of calls and devices":                               watch,
		"retention drops whole days":                                       retention,
		"a store that is closed refuses":                                   closed,
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
			test(t, s)
		})
	}
}

func write(t *testing.T, s store.Store, updates ...store.Update) store.Written {
	t.Helper()
	w, err := s.Write(t.Context(), updates)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func call(t *testing.T, s store.Store, id string) store.Call {
	t.Helper()
	c, err := s.Call(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func list(t *testing.T, s store.Store, f store.Filter) []string {
	t.Helper()
	page, err := s.Calls(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]string, 0, len(page.Calls))
	for _, c := range page.Calls {
		ids = append(ids, c.ID)
	}
	return ids
}

func same[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got)\n%s", what, diff)
	}
}

func events(lines []store.Line) []trace.Event {
	out := make([]trace.Event, 0, len(lines))
	for _, l := range lines {
		out = append(out, l.Event)
	}
	return out
}

// tells waits for a change; the test's own deadline bounds it.
func tells(ctx context.Context, t *testing.T, changes <-chan store.Change, want store.Change) {
	t.Helper()
	for {
		select {
		case c := <-changes:
			if c == want {
				return
			}
		case <-ctx.Done():
			t.Fatalf("no change %v", want)
		}
	}
}
