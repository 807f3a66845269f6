package asyncapi

// base is what every topic begins with.
const base = "st/v1/{tenant}/{device}/"

// channel is a row of the contract: a topic and the Go type of its payload.
type channel struct {
	name     string // in the document
	topic    string // behind base
	pkg, typ string // of the payload; the schema that addEvents makes belongs to no type
	content  string // media type
	qos      int
	retained bool
	summary  string
	detail   string
}

// channels are all topics of a device.
var channels = []channel{
	{
		name: "state", topic: "up/state", pkg: "telemetry", typ: "State", content: "application/json", qos: 1, retained: true,
		summary: "Birth, last will and good-bye of a connection.",
		detail: "Published at the beginning of every connection (ready) and at its orderly end (disconnected); the last will says lost. " +
			"A will whose boot or conn is older than that of the latest birth is about a connection that is over already.",
	},
	{
		name: "line", topic: "up/line/{line}", pkg: "telemetry", typ: "Line", content: "application/json", qos: 1, retained: true,
		summary: "How a line stands with its registrar.",
		detail:  "Published again at every connection and at every change. An empty payload takes a line back.",
	},
	{
		name: "events", topic: "up/ev", typ: "event", content: "application/x-ndjson", qos: 1,
		summary: "A batch of event lines.",
		detail: "One JSON object a line, as the schema has it, in the order of the device; at most 50 events or 16 KiB, deflated (zlib, RFC 1950) above " +
			"512 bytes: the first byte is { for plain lines and 0x78 for deflated ones, whose preset dictionary, if any, is the one that the receiver " +
			"named in dn/hint. A receiver acknowledges (PUBACK) what is durable only, and tells " +
			"repetitions by device, boot and seq. Fields and kinds that a receiver does not know are no error.",
	},
	{
		name: "health", topic: "up/health", pkg: "telemetry", typ: "Health", content: "application/json",
		summary: "How the device is doing.",
		detail:  "At the beginning of a connection, then once a minute unless configured otherwise.",
	},
	{
		name: "result", topic: "up/res/{cid}", pkg: "remote", typ: "Answer", content: "application/json", qos: 1,
		summary: "How far the device is with a command.",
		detail:  "One command has one or more of them: accepted, any number of progress, and done or failed in the end.",
	},
	{
		name: "command", topic: "dn/cmd", pkg: "remote", typ: "Command", content: "application/json", qos: 1,
		summary: "Something that the device is asked to do.",
		detail: "Never retained: a retained command is refused. Idempotent by cid. A signature covers the label \"sidetone command 1\", tenant, device, cid, op, args, exp, ttl " +
			"and by, each as it was sent and behind its length in 32 bits, big-endian.",
	},
	{
		name: "config", topic: "dn/cfg", pkg: "remote", typ: "Desired", content: "application/json", qos: 1, retained: true,
		summary: "The configuration that the device should have.",
		detail: "Applied as a whole or not at all, and taken back when the device loses its broker or its registrations by it. A signature covers the label " +
			"\"sidetone config 1\", tenant, device, ver, set, exp and by, each as it was sent and behind its length in 32 bits, big-endian.",
	},
	{
		name: "hint", topic: "dn/hint", pkg: "telemetry", typ: "Hint", content: "application/json",
		summary: "What the server advises.",
		detail: "Optional, never retained and not signed: nothing depends on it being obeyed, and what it can ask for is bounded. Sent when a device " +
			"subscribes, and before the server goes away.",
	},
}

// parameters are what stands in braces in a topic.
var parameters = [][2]string{
	{"tenant", "The fleet that the device is of: 1 to 64 of a-z, 0-9 and -."},
	{"device", "The device: 1 to 64 of a-z, 0-9 and -. It is the client identifier too; a receiver takes it from here, never from a payload."},
	{"line", "Number of the line, from 1, in the order of the accounts."},
	{"cid", "The command's cid."},
}
