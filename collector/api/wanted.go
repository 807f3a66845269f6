package api

import (
	"context"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"go.uber.org/zap"

	"sidetone/collector/ingest"
	"sidetone/collector/store"
	"sidetone/internal/seal"
)

// wireConfig is the payload of dn/cfg.
type wireConfig struct {
	Ver int64           `json:"ver"`
	Set json.RawMessage `json:"set"`
	By  string          `json:"by,omitempty"`
	Sig string          `json:"sig,omitempty"`
}

type wantedInput struct {
	asker
	ID   string `path:"id"`
	Body struct {
		Set map[string]any `json:"set" doc:"Key of the device's own file to value, such as {\"log.level\":\"debug\"}."`
	}
}

type unwantedInput struct {
	asker
	ID string `path:"id"`
}

// Wanted is the configuration that a device is wished to have on top of its own file, and how it stands with it.
type Wanted struct {
	Ver    int64           `json:"ver" doc:"0 where none was ever wished for."`
	Set    json.RawMessage `json:"set"`
	By     string          `json:"by"`
	At     time.Time       `json:"at,omitzero"`
	Device json.RawMessage `json:"device,omitempty" doc:"As the device says: the version in use, whether it is on trial, the one refused last and why."`
}

type wantedOutput struct{ Body Wanted }

func (s *server) registerWanted(api huma.API) {
	put := operation("put-config", "/devices/{id}/config", "Set keys on top of a device's own file, in place of those set before. The device tries them and takes them back when they cost it its broker or a line", 404, 413, 422, 503)
	put.Method, put.DefaultStatus = http.MethodPut, http.StatusAccepted
	huma.Register(api, put, s.putWanted)
	del := operation("delete-config", "/devices/{id}/config", "Return a device to its own file", 404, 503)
	del.Method, del.DefaultStatus = http.MethodDelete, http.StatusAccepted
	huma.Register(api, del, s.deleteWanted)
	huma.Register(api, operation("get-config", "/devices/{id}/config", "What a device is wished to have on top of its own file", 404), s.getWanted)
}

func (s *server) putWanted(ctx context.Context, in *wantedInput) (*wantedOutput, error) {
	set, err := json.Marshal(in.Body.Set)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	if in.Body.Set == nil || len(set) > maxArgs {
		return nil, huma.Error422UnprocessableEntity(`set: want an object such as {"log.level":"debug"}, of ` + strconv.Itoa(maxArgs) + " bytes at most")
	}
	return s.want(ctx, in.ID, in.by, set)
}

// deleteWanted wishes for nothing on top of the file. That is a version of its own: a message that is not there cannot be told
// from one that is late, and cannot be signed.
func (s *server) deleteWanted(ctx context.Context, in *unwantedInput) (*wantedOutput, error) {
	return s.want(ctx, in.ID, in.by, json.RawMessage(`{}`))
}

// want publishes a configuration. Its version is the time, so that versions go on where a collector loses its store.
func (s *server) want(ctx context.Context, id, by string, set json.RawMessage) (*wantedOutput, error) {
	d, err := s.reader.Device(ctx, id)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	s.wanting.Lock()
	defer s.wanting.Unlock()
	now := s.now().UTC()
	w := wireConfig{Ver: now.Unix(), Set: set, By: by}
	before, err := s.remote.Store.Wanted(ctx, id)
	switch {
	case err == nil:
		w.Ver = max(w.Ver, before.Ver+1)
	case !errors.Is(err, store.ErrNotFound):
		return nil, s.fail(ctx, err)
	}
	if s.remote.Key != nil {
		w.Sig = seal.Sign(s.remote.Key, seal.Config, d.Tenant, d.ID, strconv.FormatInt(w.Ver, 10), string(set), "", by)
	}
	payload, err := json.Marshal(w)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	wish := store.Wanted{Origin: store.Origin{Tenant: d.Tenant, Device: d.ID, At: now}, Ver: w.Ver, Payload: payload}
	if _, err := s.remote.Store.Write(ctx, []store.Update{wish}); err != nil {
		return nil, s.fail(ctx, err)
	}
	if err := s.remote.Publish(ctx, ingest.ConfigTo(d.Tenant, d.ID, payload)); err != nil {
		s.logger.Warn("configuration not published", zap.Error(err))
		return nil, huma.Error503ServiceUnavailable("the broker does not take the configuration; it is published when the broker is back")
	}
	return &wantedOutput{Body: wantedOf(wish, d)}, nil
}

func wantedOf(w store.Wanted, d store.Device) Wanted {
	var wire wireConfig
	if err := json.Unmarshal(w.Payload, &wire); err != nil { // one of ours always can be read
		wire.Set = json.RawMessage(`{}`)
	}
	return Wanted{Ver: w.Ver, Set: wire.Set, By: wire.By, At: w.At, Device: d.Config}
}

func (s *server) getWanted(ctx context.Context, in *deviceInput) (*wantedOutput, error) {
	d, err := s.reader.Device(ctx, in.ID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	w, err := s.remote.Store.Wanted(ctx, in.ID)
	if errors.Is(err, store.ErrNotFound) {
		return &wantedOutput{Body: Wanted{Set: json.RawMessage(`{}`), Device: d.Config}}, nil
	}
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return &wantedOutput{Body: wantedOf(w, d)}, nil
}

// AllWanted is what a broker must hold for the devices.
func AllWanted(r store.CommandReader) func(context.Context) ([]ingest.Outgoing, error) {
	return func(ctx context.Context) ([]ingest.Outgoing, error) {
		all, err := r.AllWanted(ctx)
		out := make([]ingest.Outgoing, 0, len(all))
		for _, w := range all {
			out = append(out, ingest.ConfigTo(w.Tenant, w.Device, w.Payload))
		}
		return out, err
	}
}

func isJSON(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && media == "application/json"
}
