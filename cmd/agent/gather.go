package main

import "sidetone/trace"

// gathering picks one call out of the events of a device, in their order, with what happened to the device around it.
type gathering struct {
	call        string
	view        trace.View
	own         trace.Own
	around      []trace.Event
	begun, over bool
}

// add takes one event, and tells whether it is the call's.
func (g *gathering) add(e trace.Event) bool {
	if e.Call == g.call {
		if !g.begun {
			g.begun, g.around = true, g.own.Events()
		}
		g.over = g.over || e.Kind == trace.CallEnded
		g.view.Events = append(g.view.Events, e)
		return true
	}
	switch {
	case e.Call != "":
	case !g.begun:
		g.own.Add(e)
	case !g.over || e.Kind == trace.AgentGap: // a loss is often found much later
		g.around = append(g.around, e)
	}
	return false
}

// gathered is the call so far.
func (g *gathering) gathered() trace.View {
	v := g.view
	v.Around = trace.Around(g.around, v.Events)
	return v
}
