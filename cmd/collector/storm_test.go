package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"sidetone/collector/access"
	"sidetone/collector/store/storetest"
	"sidetone/trace"
)

// The storm: so many devices lose the collector at one moment, as it is killed, and come back with full jitter. An agent's
// first wait is drawn from 1 s and grows to 60 s; here all is drawn from stormWindow at first, and from twice as much
// after each failure.
const (
	stormDevices = 5000
	stormWindow  = 5 * time.Second
	stormLongest = 30 * time.Second
	stormPatient = 15 * time.Second // how long a device waits for an answer, as an agent does
	stormTime    = 10 * time.Minute
)

func BenchmarkStormOf5000Devices(b *testing.B)         { benchmarkStorm(b, false) }
func BenchmarkStormOf5000EnrolledDevices(b *testing.B) { benchmarkStorm(b, true) }

// stormDevice is a device as light as one can be: a connection, and what it has to publish.
type stormDevice struct {
	id, password string
	calls        [2]batch // one before the storm, one in it
	conn         net.Conn
	in           *bufio.Reader
	tries        int
}

func benchmarkStorm(b *testing.B, enrolled bool) {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil || files.Cur < stormDevices+200 {
		b.Skipf("%d open files are allowed, %d are needed: ulimit -n", files.Cur, stormDevices+200)
	}
	for b.Loop() {
		database := filepath.Join(b.TempDir(), "sidetone.db")
		devices := stormFleet(b, database, enrolled)
		args := []string{"--database", "sqlite:" + database}
		if enrolled {
			args = append(args, "--devices", "enrolled")
		}
		first := launch(b, args...)
		address := strings.TrimPrefix(first.mqtt, "mqtt://")
		stormAll(b, devices, address, 0)
		before := resident(b, first, "VmRSS")
		_ = first.end(syscall.SIGKILL)
		for _, d := range devices {
			_, _ = d.in.ReadByte() // they notice
			_ = d.conn.Close()
		}
		second := launch(b, append(args, "--mqtt", address)...)
		began := time.Now()
		stormAll(b, devices, address, 1)
		took := time.Since(began)
		after, peak := resident(b, second, "VmRSS"), resident(b, second, "VmHWM")
		tries := 0
		for _, d := range devices {
			tries += d.tries
		}
		b.ReportMetric(took.Seconds(), "s-until-all-are-back")
		b.ReportMetric(float64(tries)/float64(len(devices)), "tries/device")
		b.ReportMetric(before, "MiB-before")
		b.ReportMetric(after, "MiB-after")
		b.ReportMetric(peak, "MiB-peak")
		b.ReportMetric(float64(stormLost(b, second, devices)), "events-lost-or-doubled")
		for _, d := range devices {
			_ = d.conn.Close()
		}
		if err := second.end(syscall.SIGTERM); err != nil {
			b.Errorf("%v\n%s", err, second.log)
		}
	}
}

func stormFleet(b *testing.B, database string, enrolled bool) []*stormDevice {
	b.Helper()
	devices := make([]*stormDevice, stormDevices)
	for i := range devices {
		p := storetest.NewPhone(fmt.Sprintf("storm-%d", i), trace.Boot(i+1))
		devices[i] = &stormDevice{id: p.ID, calls: [2]batch(batches(p, 2))}
	}
	if !enrolled {
		return devices
	}
	var orders []access.Order
	passwords := map[string]string{}
	for _, d := range devices {
		orders = append(orders, access.Order{ID: d.id, Tenant: "default", Kind: access.Password})
	}
	err := access.At(database).AddAll(orders, func(c access.Credentials) error { passwords[c.Device.ID] = c.Password; return nil })
	if err != nil {
		b.Fatal(err)
	}
	for _, d := range devices {
		d.password = passwords[d.id]
	}
	return devices
}

// stormAll brings every device in, each publishing its birth and a call, and returns when all is acknowledged.
func stormAll(b *testing.B, devices []*stormDevice, address string, call int) {
	b.Helper()
	end := time.Now().Add(stormTime)
	var wg sync.WaitGroup
	var failed atomic.Value
	for _, d := range devices {
		wg.Go(func() {
			d.tries = 0
			for window := stormWindow; ; window = min(2*window, stormLongest) {
				<-time.After(rand.N(window))
				d.tries++
				err := d.comeBack(address, call)
				if err == nil {
					return
				}
				if time.Now().After(end) {
					failed.Store(fmt.Errorf("%s: %w", d.id, err))
					return
				}
			}
		})
	}
	wg.Wait()
	if err, _ := failed.Load().(error); err != nil {
		b.Fatal(err)
	}
}

// comeBack connects with a last will, and publishes birth and call, each waited for.
func (d *stormDevice) comeBack(address string, call int) (err error) {
	conn, err := net.DialTimeout("tcp", address, stormPatient)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = conn.Close()
		}
	}()
	if err := conn.SetDeadline(time.Now().Add(stormPatient)); err != nil {
		return err
	}
	state := func(s string) []byte { return fmt.Appendf(nil, `{"s":%q,"boot":"%016x","conn":%d}`, s, 1, call+1) }
	topic := "st/v1/default/" + d.id + "/up/"
	hello := packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Connect}, ProtocolVersion: 4,
		Connect: packets.ConnectParams{
			ProtocolName: []byte("MQTT"), Clean: true, Keepalive: 600, ClientIdentifier: d.id,
			UsernameFlag: true, Username: []byte(d.id), PasswordFlag: d.password != "", Password: []byte(d.password),
			WillFlag: true, WillTopic: topic + "state", WillPayload: state("lost"), WillQos: 1, WillRetain: true,
		},
	}
	publish := func(id uint16, channel string, retain bool, payload []byte) packets.Packet {
		return packets.Packet{
			FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: 1, Retain: retain}, ProtocolVersion: 4, PacketID: id, TopicName: topic + channel, Payload: payload,
		}
	}
	birth, events := publish(1, "state", true, state("ready")), publish(2, "ev", false, d.calls[call].payload)
	in := bufio.NewReaderSize(conn, 256)
	for _, step := range []struct {
		encode func(*bytes.Buffer) error
		answer [4]byte
	}{
		{hello.ConnectEncode, [4]byte{packets.Connack << 4, 2, 0, 0}},
		{birth.PublishEncode, [4]byte{packets.Puback << 4, 2, 0, 1}},
		{events.PublishEncode, [4]byte{packets.Puback << 4, 2, 0, 2}},
	} {
		var out bytes.Buffer
		var answer [4]byte
		err := step.encode(&out)
		if err == nil {
			_, err = conn.Write(out.Bytes())
		}
		if err == nil {
			_, err = io.ReadFull(in, answer[:])
		}
		if err == nil && answer != step.answer {
			err = errors.New("refused")
		}
		if err != nil {
			return err
		}
	}
	d.conn, d.in = conn, in
	return conn.SetDeadline(time.Time{})
}

// stormLost counts what is not there exactly once.
func stormLost(b *testing.B, c *collector, devices []*stormDevice) int {
	b.Helper()
	wrong := 0
	for _, d := range devices {
		for _, call := range d.calls {
			var got struct {
				Summary      trace.Summary
				Completeness struct{ Seen int }
			}
			status := c.get("/api/v1/calls/"+url.PathEscape(call.call), &got)
			if status != http.StatusOK || !got.Summary.Complete || got.Completeness.Seen != call.events {
				wrong += max(1, call.events-got.Completeness.Seen, got.Completeness.Seen-call.events)
				b.Errorf("%s: %d, %d events of %d", call.call, status, got.Completeness.Seen, call.events)
			}
		}
	}
	return wrong
}

// resident reads a figure of a process's memory, in MiB.
func resident(b *testing.B, c *collector, key string) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.cmd.Process.Pid))
	if err != nil {
		b.Skip("the memory of a process is read from /proc: ", err)
	}
	for line := range strings.Lines(string(text)) {
		if v, ok := strings.CutPrefix(line, key+":"); ok {
			kb, err := strconv.ParseFloat(strings.Fields(v)[0], 64)
			if err != nil {
				b.Fatal(err)
			}
			return kb / 1024
		}
	}
	b.Fatalf("no %s in /proc", key)
	return 0
}
