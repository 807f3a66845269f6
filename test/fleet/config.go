package fleet

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/goccy/go-yaml"
)

// Config is a configuration file read as plain values, so that single keys can be set for a run on this machine.
type Config map[string]any

// ReadConfig reads an example.
func ReadConfig(path string) (Config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c := Config{}
	if err := yaml.Unmarshal(text, &c); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// Set sets a key given as "section.key"; sections are made as needed.
func (c Config) Set(path string, value any) Config {
	keys := strings.Split(path, ".")
	at := map[string]any(c)
	for _, k := range keys[:len(keys)-1] {
		next, ok := at[k].(map[string]any)
		if !ok {
			next = map[string]any{}
			at[k] = next
		}
		at = next
	}
	at[keys[len(keys)-1]] = value
	return c
}

// Write writes the configuration to a file.
func (c Config) Write(path string) error {
	text, err := yaml.Marshal(map[string]any(c))
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}

var loopback = net.IPv4(127, 0, 0, 1)

// given are the ports that FreeSIP has found: whoever asked for one may not have bound it yet.
var given sync.Map

// FreeSIP finds a port that is free on the loopback interface for UDP and for TCP. It finds none twice.
func FreeSIP() (int, error) {
	for {
		port, err := FreeTCP(0)
		if err != nil {
			return 0, err
		}
		if _, twice := given.LoadOrStore(port, true); twice {
			continue
		}
		c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: loopback, Port: port})
		if errors.Is(err, syscall.EADDRINUSE) {
			continue
		}
		if err != nil {
			return 0, err
		}
		return port, c.Close()
	}
}

// FreeTCP gives want when that TCP port is free on the loopback interface, else another one.
func FreeTCP(want int) (int, error) {
	l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: loopback, Port: want})
	if err != nil {
		if l, err = net.ListenTCP("tcp4", &net.TCPAddr{IP: loopback}); err != nil {
			return 0, err
		}
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return 0, errors.Join(err, l.Close())
	}
	free, err := strconv.Atoi(port)
	return free, errors.Join(err, l.Close())
}
