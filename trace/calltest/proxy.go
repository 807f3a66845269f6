package calltest

import (
	"time"

	"sidetone/trace"
)

// ThroughProxy is answered through a proxy: the two phones share a call, but each message has another branch on either
// side of the proxy, so none can be paired.
func ThroughProxy() []trace.View {
	left := NewScript(Reception(), Stranger("102", "10.1.0.1:5060"))
	right := NewScript(Stranger("101", "10.1.0.1:5060"), Warehouse())
	right.Caller.Name, right.branch = "Reception", 500
	left.Callee.Name = "Warehouse"

	left.Initiate()
	a := left.Request(left.Caller, "INVITE", trace.SendRecv)
	left.Wait(ms).Respond(left.Callee, a, 100, "Trying", "")
	right.Now = left.Now
	right.Initiate()
	b := right.Request(right.Caller, "INVITE", trace.SendRecv)
	right.Wait(4*ms).Respond(right.Callee, b, 180, "Ringing", "")
	right.Note(right.Callee, trace.CallRinging, trace.Alerting{Who: "Warehouse", Status: 180})
	left.Now = right.Now + ms
	left.Respond(left.Callee, a, 180, "Ringing", "")
	left.Note(left.Caller, trace.CallRinging, trace.Alerting{Who: "Warehouse", Status: 180})

	right.Wait(5*time.Second).Note(right.Callee, trace.DeviceHook, trace.Hook{State: trace.OffHook})
	right.Respond(right.Callee, b, 200, "OK", trace.SendRecv)
	right.Note(right.Callee, trace.CallAnswered, trace.Answered{Who: "Warehouse", Codec: "PCMA"})
	right.Note(right.Callee, trace.MediaStarted, stream("PCMA", trace.SendRecv, 0, 0))
	left.Now = right.Now + ms
	left.Respond(left.Callee, a, 200, "OK", trace.SendRecv)
	left.Note(left.Caller, trace.CallAnswered, trace.Answered{Who: "Warehouse", Codec: "PCMA"})
	left.Note(left.Caller, trace.MediaStarted, stream("PCMA", trace.SendRecv, 0, 0))
	left.Wait(ms).Request(left.Caller, "ACK", "")
	right.Now = left.Now + ms
	right.Request(right.Caller, "ACK", "")

	left.Wait(33 * time.Second)
	at := left.Now
	bye := left.Request(left.Caller, "BYE", "")
	right.Now = left.Now + ms
	rbye := right.Request(right.Caller, "BYE", "")
	right.Wait(ms).Respond(right.Callee, rbye, 200, "OK", "")
	left.Now = right.Now + ms
	left.Respond(left.Callee, bye, 200, "OK", "")
	e := trace.Ended{Side: trace.Local, LastResponse: 200, Q850: 16, Result: trace.ResultAnswered}
	left.End(left.Caller, at, e)
	e.Side = trace.Remote
	right.End(right.Callee, at, e)
	return append(left.Views(), right.Views()...)
}
