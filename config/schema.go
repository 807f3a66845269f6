package config

import "time"

// settings lists every key of the file, in the order of examples/agent.yaml.
func (c *Config) settings() []setting {
	d, t, s, m, k := &c.Device, &c.Telemetry, &c.SIP, &c.Media, &c.Calls
	return []setting{
		textKey("device.id", &d.ID, identifier),
		textKey("device.name", &d.Name, someText, oneLine),
		textKey("device.profile", &d.Profile, identifier),
		textKey("device.control", &d.Control, someText, socketPath),
		textKey("device.page.listen", &d.Page.Listen, pageAddress),
		textKey("device.page.password_file", &d.Page.PasswordFile, oneLine),
		listKey("device.page.hosts", &d.Page.Hosts, hostName),
		durationKey("device.sim.answer_after", &d.Sim.AnswerAfter, 0, time.Hour, Never),
		intKey("device.sim.reject_with", &d.Sim.RejectWith, 400, 699, 0),
		durationKey("device.sim.hangup_after", &d.Sim.HangupAfter, 0, 24*time.Hour),
		intKey("device.sim.tone_hz", &d.Sim.ToneHz, 100, 3900),

		textKey("telemetry.broker", &t.Broker, brokerURL),
		listKey("telemetry.brokers", &t.Brokers, anotherBroker),
		textKey("telemetry.tenant", &t.Tenant, identifier),
		textKey("telemetry.username", &t.Username, oneLine),
		textKey("telemetry.password_file", &t.PasswordFile, oneLine),
		textKey("telemetry.ca_file", &t.CAFile, oneLine),
		textKey("telemetry.cert_file", &t.CertFile, oneLine),
		textKey("telemetry.key_file", &t.KeyFile, oneLine),
		textKey("telemetry.pin", &t.Pin, fingerprint),
		textKey("telemetry.journal.dir", &t.Journal.Dir, someText, oneLine),
		sizeKey("telemetry.journal.max_bytes", &t.Journal.MaxBytes, 256*kibibyte, 16*gibibyte),
		enumKey("telemetry.capture", &t.Capture, captures()),
		boolKey("telemetry.mask.digits", &t.Mask.Digits),
		boolKey("telemetry.mask.numbers", &t.Mask.Numbers),
		durationKey("telemetry.health_every", &t.HealthEvery, time.Second, 24*time.Hour),
		sizeKey("telemetry.catch_up", &t.CatchUp, kibibyte, gibibyte),
		durationKey("telemetry.start_within", &t.StartWithin, 0, time.Hour),
		textKey("telemetry.command_key", &t.CommandKey, publicKey),

		listKey("sip.listen", &s.Listen, listenURL),
		textKey("sip.user_agent", &s.UserAgent, oneLine),
		listKey("sip.dns", &s.DNS, nameServer),
		textKey("sip.tls.cert_file", &s.TLS.CertFile, oneLine),
		textKey("sip.tls.key_file", &s.TLS.KeyFile, oneLine),
		textKey("sip.tls.ca_file", &s.TLS.CAFile, oneLine),
		accountsKey("sip.accounts", &s.Accounts),
		durationKey("sip.session_timer", &s.SessionTimer, 90*time.Second, 24*time.Hour, Never), // RFC 4028 section 4: at least 90 s
		enumKey("sip.reliable_provisional", &s.ReliableProvisional, reliableProvisionals()),

		portsKey("media.rtp_ports", &m.RTPPorts),
		listKey("media.codecs", &m.Codecs, func(s string) error { return oneOf(s, codecs()) }),
		durationKey("media.ptime", &m.Ptime, 10*time.Millisecond, 60*time.Millisecond),
		enumKey("media.srtp", &m.SRTP, srtps()),
		enumKey("media.country", &m.Country, Countries()),

		enumKey("calls.alerting", &k.Alerting, alertings()),
		durationKey("calls.progress_after", &k.ProgressAfter, 0, time.Minute),
		durationKey("calls.ringing_after", &k.RingingAfter, 0, time.Minute),
		enumKey("calls.early_media", &k.EarlyMedia, earlyMedias()),
		textKey("calls.prompt", &k.Prompt, oneLine),
		enumKey("calls.hold.method", &k.Hold.Method, holdMethods()),
		enumKey("calls.hold.direction", &k.Hold.Direction, holdDirections()),
		textKey("calls.hold.music", &k.Hold.Music, oneLine),
		boolKey("calls.hold.zero_address", &k.Hold.ZeroAddress),
		durationKey("calls.hold.remind_every", &k.Hold.RemindEvery, 5*time.Second, time.Hour, Never),
		durationKey("calls.hold.longest", &k.Hold.Longest, 5*time.Second, 24*time.Hour, Never),
		enumKey("calls.transfers", &k.Transfers, transfers()),
		boolKey("calls.auto_answer", &k.AutoAnswer),
		durationKey("calls.suspend.t2", &k.Suspend.T2, time.Second, 720*time.Second),
		durationKey("calls.suspend.t6", &k.Suspend.T6, time.Second, 720*time.Second),
		enumKey("calls.suspend.on_hook", &k.Suspend.OnHook, onHooks()),
		listKey("calls.allowed", &k.Allowed, dialPrefix),
		intKey("calls.max", &k.Max, 1, 4096),
		durationKey("calls.ring_for", &k.RingFor, time.Second, time.Hour, Never),
		textKey("calls.flow", &k.Flow, oneLine),

		enumKey("log.level", &c.Log.Level, logLevels()),
		enumKey("log.format", &c.Log.Format, logFormats()),
	}
}

// settings lists every key of one account.
func (a *Account) settings() []setting {
	return []setting{
		textKey("aor", &a.AOR, someText, addressOfRecord),
		textKey("name", &a.Name, oneLine),
		textKey("registrar", &a.Registrar, serverURI),
		textKey("outbound_proxy", &a.OutboundProxy, serverURI),
		textKey("username", &a.Username, oneLine),
		textKey("password_file", &a.PasswordFile, oneLine),
		durationKey("expires", &a.Expires, time.Minute, 24*time.Hour),
		listKey("networks", &a.Networks, network),
		enumKey("accept", &a.Accept, accepts()),
	}
}

// accountsKey is the list of accounts.
func accountsKey(key string, field *[]Account) setting {
	return setting{
		key: key, shape: section,
		clear: func() { *field = nil },
		item: func() []setting {
			// An account stays where it is while its keys are set: the next one is begun only after.
			*field = append(*field, defaultAccount())
			return (&(*field)[len(*field)-1]).settings()
		},
		show: func() string {
			if len(*field) == 0 {
				return "[]"
			}
			return "[…]"
		},
	}
}
