package trace

import "slices"

// Kind names what happened. The list is closed: a kind that this version does not know is kept raw.
type Kind string

// Every kind of event, by group.
const (
	CallInitiated Kind = "call.initiated"
	CallProgress  Kind = "call.progress" // 183
	CallRinging   Kind = "call.ringing"  // 180
	CallAnswered  Kind = "call.answered"
	CallEnded     Kind = "call.ended"

	HoldRequested  Kind = "hold.requested"
	HoldConfirmed  Kind = "hold.confirmed"
	HoldRefused    Kind = "hold.refused"
	HoldResumed    Kind = "hold.resumed"
	HoldReminded   Kind = "hold.reminded"
	HoldExpired    Kind = "hold.expired"
	SuspendStarted Kind = "suspend.started"
	SuspendResumed Kind = "suspend.resumed"
	SuspendExpired Kind = "suspend.expired"

	FlowEntered  Kind = "flow.entered"
	FlowSchedule Kind = "flow.schedule"
	FlowMenu     Kind = "flow.menu"
	FlowChoice   Kind = "flow.choice"
	FlowRing     Kind = "flow.ring"
	FlowForward  Kind = "flow.forward"
	FlowResponse Kind = "flow.response"
	RouteBlocked Kind = "route.blocked"

	TransferRequested Kind = "transfer.requested"
	TransferProgress  Kind = "transfer.progress"
	TransferDone      Kind = "transfer.done"
	TransferFailed    Kind = "transfer.failed"

	SIPSent     Kind = "sip.sent"
	SIPReceived Kind = "sip.received"
	SIPRejected Kind = "sip.rejected"

	MediaStarted Kind = "media.started"
	MediaChanged Kind = "media.changed"
	MediaStopped Kind = "media.stopped"
	MediaQuality Kind = "media.quality"
	MediaSilent  Kind = "media.silent"
	DTMFSent     Kind = "dtmf.sent"
	DTMFReceived Kind = "dtmf.received"

	DeviceHook    Kind = "device.hook"
	DeviceKey     Kind = "device.key"
	DeviceLink    Kind = "device.link"
	DeviceHandset Kind = "device.handset"
	DeviceFault   Kind = "device.fault"

	LineRegistering  Kind = "line.registering"
	LineRegistered   Kind = "line.registered"
	LineFailed       Kind = "line.failed"
	LineUnregistered Kind = "line.unregistered"

	AgentStarted Kind = "agent.started"
	AgentStopped Kind = "agent.stopped"
	AgentConfig  Kind = "agent.config"
	AgentCommand Kind = "agent.command"
	AgentUpdate  Kind = "agent.update"
	AgentGap     Kind = "agent.gap"
	ClockStepped Kind = "clock.stepped"
)

// decoders holds, for every known kind, how its payload is read.
var decoders = map[Kind]decoder{
	CallInitiated: decode[Initiated], CallProgress: decode[Alerting], CallRinging: decode[Alerting],
	CallAnswered: decode[Answered], CallEnded: decode[Ended],

	HoldRequested: decode[Hold], HoldConfirmed: decode[Hold], HoldRefused: decode[Hold], HoldResumed: decode[Hold], HoldReminded: decode[Hold], HoldExpired: decode[Hold],
	SuspendStarted: decode[Suspend], SuspendResumed: decode[Suspend], SuspendExpired: decode[Suspend],

	FlowEntered: decode[Entered], FlowSchedule: decode[Schedule], FlowMenu: decode[Menu], FlowChoice: decode[Choice],
	FlowRing: decode[Ring], FlowForward: decode[Forward], FlowResponse: decode[Response], RouteBlocked: decode[Blocked],

	TransferRequested: decode[Transfer], TransferProgress: decode[Transfer],
	TransferDone: decode[Transfer], TransferFailed: decode[Transfer],

	SIPSent: decode[SIP], SIPReceived: decode[SIP], SIPRejected: decode[Rejected],

	MediaStarted: decode[Media], MediaChanged: decode[Media], MediaStopped: decode[Media],
	MediaQuality: decode[Quality], MediaSilent: decode[Silent], DTMFSent: decode[DTMF], DTMFReceived: decode[DTMF],

	DeviceHook: decode[Hook], DeviceKey: decode[Key], DeviceLink: decode[Link],
	DeviceHandset: decode[Handset], DeviceFault: decode[Fault],

	LineRegistering: decode[Line], LineRegistered: decode[Line], LineFailed: decode[Line], LineUnregistered: decode[Line],

	AgentStarted: decode[Started], AgentStopped: decode[Stopped], AgentConfig: decode[Configured],
	AgentCommand: decode[Command], AgentUpdate: decode[Update], AgentGap: decode[Gap], ClockStepped: decode[ClockStep],
}

// Kinds lists every kind this version knows, sorted.
func Kinds() []Kind {
	all := make([]Kind, 0, len(decoders))
	for k := range decoders {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

// Known tells whether this version has a payload type for the kind.
func (k Kind) Known() bool { _, ok := decoders[k]; return ok }
