package calltest

import (
	"maps"
	"slices"
	"sync"
	"time"

	"sidetone/trace"
)

// pool is every event of every scripted call.
var pool = sync.OnceValue(func() []trace.Event {
	var all []trace.Event
	calls := Calls()
	for _, name := range slices.Sorted(maps.Keys(calls)) {
		for _, v := range calls[name]() {
			for e := range v.All() {
				all = append(all, e)
			}
		}
	}
	return all
})

// Remix makes calls that cannot be: events of all scripted calls in any order, on up to three devices and around them, with numbers, times
// and payloads that do not belong to them. Six bytes of data make one event.
func Remix(data []byte) []trace.View {
	views := []trace.View{{Device: "a"}, {Device: "b"}, {Device: "c"}}
	events := pool()
	pick := func(hi, lo byte) trace.Event { return events[(int(hi)<<8|int(lo))%len(events)] }
	for ; len(data) >= 6; data = data[6:] {
		e := pick(data[0], data[1])
		how := data[2]
		if how&1 != 0 {
			e.N = int(int8(data[3]))
		}
		if how&2 != 0 {
			e.Mono += time.Duration(int8(data[4])) * time.Second
		}
		if how&4 != 0 {
			e.Data = pick(data[4], data[5]).Data
		}
		if how&8 != 0 {
			e.Data = nil
		}
		if how&16 != 0 {
			e.Call = ""
		}
		e.Seq = uint64(data[3])
		v := &views[int(how>>5)%len(views)]
		if e.Call == "" && data[3]&1 != 0 {
			v.Around = append(v.Around, e)
		} else {
			v.Events = append(v.Events, e)
		}
	}
	return views
}
