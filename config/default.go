package config

import "time"

// Default is the configuration of a file that says nothing.
func Default() Config {
	return Config{
		Device: Device{
			ID: "reception-1", Name: "Reception", Profile: "sim", Control: "./run/agent.sock",
			Sim: Sim{AnswerAfter: 2 * time.Second, ToneHz: 440},
		},
		Telemetry: Telemetry{
			Broker: "mqtt://127.0.0.1:1883", Tenant: "default",
			Journal: Journal{Dir: "./journal", MaxBytes: 8 * mebibyte},
			Capture: CaptureFull, Mask: Mask{Digits: true}, HealthEvery: time.Minute,
			CatchUp: 32 * kibibyte, StartWithin: 10 * time.Second,
		},
		SIP: SIP{
			Listen:              []string{"udp://0.0.0.0:5060"},
			SessionTimer:        30 * time.Minute, // RFC 4028 section 4 recommends 1800 s
			ReliableProvisional: ReliableSupported,
		},
		Media: Media{
			RTPPorts: PortRange{First: 10000, Last: 10999}, Codecs: []Codec{G722, PCMA, PCMU}, Ptime: 20 * time.Millisecond,
			SRTP: SRTPOff, Country: "us",
		},
		Calls: Calls{
			Alerting: AlertingProgressThenRinging, EarlyMedia: EarlyMediaRingback, Transfers: TransfersAllowed,
			Hold:    Hold{Method: HoldAuto, Direction: HoldSendOnly, RemindEvery: time.Minute, Longest: Never},
			Suspend: Suspend{T2: 180 * time.Second, T6: 180 * time.Second, OnHook: OnHookReleases}, Max: 32, RingFor: 180 * time.Second,
		},
		Log: Log{Level: LogInfo, Format: LogConsole},
	}
}

// defaultAccount is an account that says nothing but its AOR.
func defaultAccount() Account { return Account{Expires: 10 * time.Minute, Accept: AcceptAny} }
