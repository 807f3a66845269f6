package page

// english is the default. The product's own words: hold and resume, held, last response, ended by.
var english = Words{
	Calls: "Calls", Devices: "Devices", MainNav: "Main", LanguageNav: "Language", Skip: "Skip to the content",

	Time: "Time", Call: "Call", Result: "Result", Duration: "Duration", LastResponse: "Last response", EndedBy: "Ended by", Audio: "Audio",
	To: "to", Held: "held %s", Ringing: "ringing %s", Setup: "set-up %s", Talking: "talking %s",
	NoReply: "no reply", Unnamed: "unknown",
	TheOtherSide: "the other side", TheNetwork: "the network", TimeRanOut: "a time limit",
	EventsMissing: Count{One: "%d event missing", Many: "%d events missing"},
	OlderCalls:    "Older calls", NewestCalls: "Newest calls", TimesIn: "Times in", CallsUpdated: "The list of calls has changed.",
	Today: "Today", Yesterday: "Yesterday",

	AllCalls: "All calls", Filter: "Filter", Apply: "Show", Number: "Number", Since: "Since",
	NothingYet: "No call has been recorded yet.", NothingMatches: "No call is like that.", ShowAll: "Show all calls",
	NotFound: "There is no such page or call here.", BackToCalls: "Back to the calls",

	ThisDevice: "This device", OnlyFailed: "Failed calls only",
	AnyTime: "any time", LastHour: "the last hour", LastDay: "the last day", LastWeek: "the last week",
	Unreadable: "The calls could not be read. The agent’s log says why.", Occupied: "The device is busy with another page. Try again in a moment.",
	Unread: Count{One: "%d record of the journal is gone or cannot be read.", Many: "%d records of the journal are gone or cannot be read."},

	WhatHappened: "What happened", Messages: "Messages", Message: "Message", Parts: "Parts of the call flow",
	TimeOfDay: "time of day", Details: "details", Copy: "copy", Copied: "copied",
	Hold: "hold", Resume: "resume",
	Sent: "sent", Received: "received",
	ToldApart: "Told apart by", ToldApartText: "CSeq %d and to-tag %s: a change of this call, not a new one",
	UpdateText: "CSeq %d and to-tag %s: an UPDATE changes the session, and leaves the dialog as it is, answered or not",
	Meaning:    "Meaning", Offer: "Media", HeardBoth: "both sides are heard", HeardOnly: "only %s is heard", HeardNobody: "nobody is heard",
	Repeats: "Repeated", Size: "Size", Bytes: "%d bytes", InTheStory: "In the story", Evidence: "Evidence", EventN: "event %d",
	NoRaw:  "The device was set not to record the text of messages.",
	RawCut: "Only the first part is shown; the export has all of it.", ShowMessage: "Show this message", AsReceived: "As %s received it",
	Keys:        "Arrow keys move the selection.",
	EventRecord: "Event", Nothing: "Nothing was recorded.",
	Download: "Download this call:", Redacted: "Without names, numbers and addresses:",
	SentAgain: Count{One: "sent again %d time, folded into this one", Many: "sent again %d times, folded into this one"},

	Device: "Device", State: "State", LastSeen: "Last seen", Model: "Model", Agent: "Agent", Lines: "Lines", Losses: "Losses", Address: "Address",
	Ready: "ready", Disconnected: "switched off", Lost: "lost", Unknown: "unknown", NoLosses: "none", Never: "never",
	LineUp: "registered", LineRegistering: "registering", LineError: "not registered", LineDisabled: "does not register",
	NoDevices:  "No device has reported yet.",
	EventsLost: Count{One: "%d event lost", Many: "%d events lost"},
}
