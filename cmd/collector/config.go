package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"go.uber.org/zap/zapcore"
)

// embeddedBroker is the value of broker that means the collector's own.
const embeddedBroker = "embedded"

// The values of devices.
const (
	devicesAuto     = "auto"
	devicesOpen     = "open"
	devicesEnrolled = "enrolled"
)

// config is everything that can be configured. Its zero value is not useful: see defaults.
type config struct {
	HTTP     string // address:port
	MQTT     string // address:port of the embedded broker; "" is none
	MQTTS    string // the same with TLS
	Broker   string // embeddedBroker or a URL
	Database string // path of the SQLite file
	Retain   time.Duration

	// Who may publish to the embedded broker.
	Devices                               string // devicesAuto, devicesOpen or devicesEnrolled
	PerAddress                            int    // connections
	TLSCertFile, TLSKeyFile, ClientCAFile string
	TLSNames                              []string

	// How to meet another broker.
	BrokerClientID, BrokerGroup, BrokerUsername, BrokerPasswordFile, BrokerCAFile string

	CommandKeyFile string // "" signs nothing

	LogLevel  zapcore.Level
	LogFormat string

	// origin says where each value comes from, for errors that show only when it is used: "collector.yaml:3: http".
	origin map[string]string
}

// setting is one key of the configuration file, and the flag of the same name if it has one.
type setting struct {
	key      string
	fallback string
	flag     bool
	help     string
	set      func(*config, string) error
}

var settings = []setting{
	{
		"http", "127.0.0.1:8080", true, "address of the pages and of the API; port 0 takes a free one",
		func(c *config, v string) error { c.HTTP = v; return checkAddress(v) },
	},
	{
		"mqtt", "127.0.0.1:1883", true, "address of the embedded broker; port 0 takes a free one, empty is none",
		func(c *config, v string) error { c.MQTT = v; return checkOptionalAddress(v) },
	},
	{
		"mqtts", "", true, "address of the embedded broker for TLS; empty is none",
		func(c *config, v string) error { c.MQTTS = v; return checkOptionalAddress(v) },
	},
	{"devices", devicesAuto, true, "who may publish: enrolled devices, or open to any; auto is open while only this machine can connect", setDevices},
	{"connections_per_address", "1000", false, "how many devices may be connected from one address, other than this machine's", setPerAddress},
	{
		"mqtts_names", "", false, "names and addresses, with commas, that devices reach this collector by; for the certificate of its own authority",
		func(c *config, v string) error { c.TLSNames = splitList(v); return nil },
	},
	{
		"mqtts_cert_file", "", false, "file with the certificate to show to devices; empty makes one of the collector's own authority",
		func(c *config, v string) error { c.TLSCertFile = v; return nil },
	},
	{
		"mqtts_key_file", "", false, "file with that certificate's key",
		func(c *config, v string) error { c.TLSKeyFile = v; return nil },
	},
	{
		"mqtts_client_ca_file", "", false, "file with more certificates that devices' are verified by, beside the collector's own authority",
		func(c *config, v string) error { c.ClientCAFile = v; return nil },
	},
	{
		"broker", embeddedBroker, true, "where devices publish: embedded, or mqtt://HOST:PORT or mqtts://HOST:PORT of another broker",
		func(c *config, v string) error { c.Broker = v; return checkBroker(v) },
	},
	{"database", "sqlite:./data/sidetone.db", true, "where events are kept: sqlite:FILE", setDatabase},
	{"retain", "90d", true, "how long calls are kept, in whole days; 0 keeps them for ever", setRetain},
	{
		"broker_client_id", "", false, "identifier of this collector at another broker, its own for each; empty makes one of the host's name",
		func(c *config, v string) error { c.BrokerClientID = v; return nil },
	},
	{
		"broker_group", "", false, "at another broker, collectors with the same name here share the messages; empty gets all of them",
		func(c *config, v string) error { c.BrokerGroup = v; return checkGroup(v) },
	},
	{
		"broker_username", "", false, "name to give to another broker",
		func(c *config, v string) error { c.BrokerUsername = v; return nil },
	},
	{
		"broker_password_file", "", false, "file with the password to give to another broker",
		func(c *config, v string) error { c.BrokerPasswordFile = v; return nil },
	},
	{
		"broker_ca_file", "", false, "file with the certificates that another broker's is verified by; empty uses the system's",
		func(c *config, v string) error { c.BrokerCAFile = v; return nil },
	},
	{
		"commands.key_file", "", false, "private key (Ed25519, PKCS #8, PEM) that commands and configurations for devices are signed with; empty signs nothing",
		func(c *config, v string) error { c.CommandKeyFile = v; return nil },
	},
	{"log.level", "info", false, "debug, info, warn or error", setLogLevel},
	{"log.format", "console", false, "console or json", setLogFormat},
}

func lookup(key string) (setting, bool) {
	i := slices.IndexFunc(settings, func(s setting) bool { return s.key == key })
	if i < 0 {
		return setting{}, false
	}
	return settings[i], true
}

// defaults is the configuration without a file and without flags.
func defaults() *config {
	c := &config{origin: map[string]string{}}
	for _, s := range settings {
		c.origin[s.key] = "the default of " + s.key
		if err := s.set(c, s.fallback); err != nil {
			panic(fmt.Sprintf("default of %s: %v", s.key, err)) // a test proves that it does not
		}
	}
	return c
}

// addFlags gives the command a flag for every setting that has one.
func addFlags(flags *pflag.FlagSet) {
	for _, s := range settings {
		if s.flag {
			flags.String(s.key, s.fallback, s.help)
		}
	}
}

// applyFlags lets the flags that were given overrule the file.
func (c *config) applyFlags(flags *pflag.FlagSet) error {
	var errs []error
	flags.Visit(func(f *pflag.Flag) {
		s, ok := lookup(f.Name)
		if !ok || !s.flag {
			return
		}
		c.origin[s.key] = "--" + s.key
		if err := s.set(c, f.Value.String()); err != nil {
			errs = append(errs, usageError{fmt.Errorf("--%s: %w", s.key, err)})
		}
	})
	return errors.Join(errs...)
}

func checkAddress(v string) error {
	_, port, err := net.SplitHostPort(v)
	if err != nil {
		return fmt.Errorf("%q is no address: want HOST:PORT", v)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return fmt.Errorf("%q: want a port from 0 to 65535", v)
	}
	return nil
}

// checkGroup takes what can stand in a shared subscription (MQTT 5.0 section 4.8.2).
func checkGroup(v string) error {
	if strings.ContainsAny(v, "/+#\x00") {
		return fmt.Errorf("%q: want a name without / + #", v)
	}
	return nil
}

func checkOptionalAddress(v string) error {
	if v == "" {
		return nil
	}
	return checkAddress(v)
}

func setDevices(c *config, v string) error {
	if v != devicesAuto && v != devicesOpen && v != devicesEnrolled {
		return fmt.Errorf("%q: want auto, open or enrolled", v)
	}
	c.Devices = v
	return nil
}

func setPerAddress(c *config, v string) error {
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 {
		return fmt.Errorf("%q: want a number from 1", v)
	}
	c.PerAddress = n
	return nil
}

// splitList reads values with commas between them.
func splitList(v string) []string {
	return strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' })
}

func checkBroker(v string) error {
	if v == embeddedBroker {
		return nil
	}
	u, err := url.Parse(v)
	switch {
	case err != nil || u.Host == "":
		return fmt.Errorf("%q: want embedded, mqtt://HOST:PORT or mqtts://HOST:PORT", v)
	case u.Scheme == "nats":
		return errors.New("nats:// is not supported by this version: want embedded, mqtt://HOST:PORT or mqtts://HOST:PORT")
	case u.Scheme != "mqtt" && u.Scheme != "mqtts":
		return fmt.Errorf("%q: want embedded, mqtt://HOST:PORT or mqtts://HOST:PORT", v)
	case u.User != nil:
		return errors.New("credentials do not belong into an address: use broker_username and broker_password_file in the configuration file")
	}
	return nil
}

func setDatabase(c *config, v string) error {
	scheme, path, _ := strings.Cut(v, ":")
	switch {
	case scheme == "postgres":
		return errors.New("postgres:// is not supported by this version: want sqlite:FILE")
	case scheme != "sqlite" || path == "":
		return fmt.Errorf("%q: want sqlite:FILE", v)
	}
	c.Database = path
	return nil
}

func setRetain(c *config, v string) error {
	const day = 24 * time.Hour
	d, err := time.ParseDuration(v)
	if days, ok := strings.CutSuffix(v, "d"); ok {
		var n int
		n, err = strconv.Atoi(days)
		d = time.Duration(n) * day
		if n > 100*365 {
			err = errors.New("too long")
		}
	}
	if err != nil || d < 0 || d%day != 0 {
		return fmt.Errorf("%q: want a number of days such as 90d, or 0", v)
	}
	c.Retain = d
	return nil
}

func setLogLevel(c *config, v string) error {
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, v) {
		return fmt.Errorf("%q: want debug, info, warn or error", v)
	}
	return c.LogLevel.Set(v)
}

func setLogFormat(c *config, v string) error {
	if v != "console" && v != "json" {
		return fmt.Errorf("%q: want console or json", v)
	}
	c.LogFormat = v
	return nil
}
