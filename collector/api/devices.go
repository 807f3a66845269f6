package api

import (
	"context"
	"encoding/json"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"sidetone/collector/store"
	"sidetone/trace"
)

// lastCalls is how many calls come with one device.
const lastCalls = 10

// The bounds of what is told of a device's losses: one that makes up its numbers has as many as it likes.
const (
	maxGaps = 100
	maxLost = 1 << 53 // what every reader of JSON can count to
)

// Device is one telephone as last known.
type Device struct {
	ID       string               `json:"id"`
	Tenant   string               `json:"tenant"`
	Name     string               `json:"name"`
	Model    string               `json:"model"`
	Firmware string               `json:"firmware"`
	Agent    string               `json:"agent" doc:"Version of its agent."`
	Arch     string               `json:"arch"`
	IP       string               `json:"ip"`
	State    string               `json:"state" enum:"ready,disconnected,lost,unknown"`
	Boot     trace.Boot           `json:"boot"`
	Kernel   string               `json:"kernel" doc:"Release of its operating system's kernel."`
	Restart  trace.Restart        `json:"restart" doc:"Why its agent has started: first, stop, reboot, update, watchdog, power, crash or cut; empty when it did not say."`
	Booted   time.Time            `json:"booted,omitzero" doc:"When the device itself has started, as it said when it connected."`
	Backlog  uint64               `json:"backlog" doc:"Events that waited in its journal when it connected."`
	Journal  string               `json:"journal" doc:"\"memory\" while its events wait in memory only, where a cut of power loses them; else empty."`
	Trouble  string               `json:"journal_error" doc:"Why its flash takes no events; empty when it does, or is not meant to."`
	Since    time.Time            `json:"since,omitzero" doc:"When the state began."`
	LastSeen time.Time            `json:"last_seen,omitzero"`
	Gaps     []trace.Gap          `json:"gaps" nullable:"false" doc:"Events that were lost: as the device reported, and what has not been received; 100 at most."`
	Lost     uint64               `json:"lost" doc:"How many events were lost, in all gaps."`
	Lines    []store.Registration `json:"lines" nullable:"false" doc:"How each line stands with its registrar."`
	Config   json.RawMessage      `json:"config,omitempty" doc:"How it stands with the configuration that is wished for: the version in use, the one refused last and why."`
	Health   json.RawMessage      `json:"health,omitempty" doc:"Last health report, as received."`
}

func deviceOf(d store.Device) Device {
	out := Device{
		ID: d.ID, Tenant: d.Tenant, Name: d.Name, Model: d.Model, Firmware: d.Firmware, Agent: d.Agent, Arch: d.Arch, IP: d.IP,
		Kernel: d.Facts.Kernel, Restart: d.Facts.Restart, Booted: d.Facts.Booted, Backlog: min(d.Facts.Depth, maxLost),
		Journal: d.Facts.Journal, Trouble: d.Facts.JournalError,
		State: d.State, Boot: d.Boot, Since: d.Since, LastSeen: d.LastSeen, Health: d.Health, Config: d.Config, Lines: notNil(d.Lines),
		Gaps: notNil(d.Gaps[:min(len(d.Gaps), maxGaps)]),
	}
	for _, g := range d.Gaps {
		out.Lost = min(out.Lost+min(g.Count, maxLost), maxLost)
	}
	return out
}

type devicesOutput struct {
	Body struct {
		Devices []Device `json:"devices" nullable:"false"`
	}
}

type deviceInput struct {
	ID string `path:"id"`
}

type deviceOutput struct {
	Body struct {
		Device
		Calls []trace.Summary `json:"calls" nullable:"false" doc:"Its last calls, newest first."`
	}
}

func (s *server) registerDevices(api huma.API) {
	huma.Register(api, operation("list-devices", "/devices", "Every known device"), s.listDevices)
	huma.Register(api, operation("get-device", "/devices/{id}", "One device: presence, facts, health, losses, last calls", 404), s.getDevice)
}

func (s *server) listDevices(ctx context.Context, _ *struct{}) (*devicesOutput, error) {
	all, err := s.reader.Devices(ctx)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	out := new(devicesOutput)
	out.Body.Devices = make([]Device, 0, len(all))
	for _, d := range all {
		out.Body.Devices = append(out.Body.Devices, deviceOf(d))
	}
	return out, nil
}

func (s *server) getDevice(ctx context.Context, in *deviceInput) (*deviceOutput, error) {
	d, err := s.reader.Device(ctx, in.ID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	page, err := s.reader.Calls(ctx, store.Filter{Device: in.ID, Limit: lastCalls})
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	out := new(deviceOutput)
	out.Body.Device, out.Body.Calls = deviceOf(d), notNil(page.Calls)
	return out, nil
}
