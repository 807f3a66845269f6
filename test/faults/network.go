package main

import (
	"context"
	"math/rand/v2"
	"time"
)

// storm is one way in which a network fails.
type storm struct {
	name    string
	weather func(rng *rand.Rand) weather
	cut     bool // connections that are up are reset
	forget  bool // they are forgotten by the broker's side only
	after   bool // they are reset when the trouble is over
	lasting bool // takes longer to be noticed than a short round lasts
}

var storms = []storm{
	{name: "cut", cut: true, weather: func(*rand.Rand) weather { return weather{refuses: true} }},
	{name: "reset once", cut: true, weather: func(*rand.Rand) weather { return weather{} }},
	{name: "black hole", weather: func(*rand.Rand) weather { return weather{stalled: [2]bool{true, true}} }},
	{name: "black hole, then reset", after: true, weather: func(*rand.Rand) weather { return weather{stalled: [2]bool{true, true}} }},
	{name: "nothing reaches the broker", weather: func(*rand.Rand) weather { return weather{stalled: [2]bool{toBroker: true}} }},
	{name: "no acknowledgement comes back, then reset", after: true, weather: func(*rand.Rand) weather { return weather{stalled: [2]bool{fromBroker: true}} }},
	{name: "no acknowledgement comes back", weather: func(*rand.Rand) weather { return weather{stalled: [2]bool{fromBroker: true}} }},
	{name: "delayed", weather: func(rng *rand.Rand) weather {
		return weather{delay: [2]time.Duration{span{50, 1500}.draw(rng), span{50, 1500}.draw(rng)}}
	}},
	{name: "slow", weather: func(rng *rand.Rand) weather { return weather{pace: span{20, 200}.draw(rng)} }},
	{name: "forgotten by a NAT", forget: true, lasting: true, weather: func(*rand.Rand) weather { return weather{} }},
}

// network is the gremlin between one program and its broker.
func network(r *relay, short bool, told *diary) gremlin {
	g := gremlin{name: "network", tells: true, calm: span{8e3, 40e3}, trouble: span{500, 12e3}}
	g.strike = func(_ context.Context, rng *rand.Rand) (heal, error) {
		s := storms[rng.IntN(len(storms))]
		for short && s.lasting {
			s = storms[rng.IntN(len(storms))]
		}
		began := time.Now()
		r.become(s.weather(rng))
		if s.forget {
			r.forget()
		}
		if s.cut {
			r.cut()
		}
		return func(context.Context) error {
			if s.after {
				r.cut()
			}
			r.become(weather{})
			told.struck("network: "+s.name, time.Since(began))
			return nil
		}, nil
	}
	return g
}
