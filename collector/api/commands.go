package api

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/oklog/ulid/v2"
	"go.uber.org/zap"

	"sidetone/collector/ingest"
	"sidetone/collector/store"
	"sidetone/internal/seal"
)

// The bounds of a command.
const (
	ttlUnlessSaid = time.Minute
	ttlMost       = 24 * time.Hour
	maxArgs       = 12 << 10 // bytes; a device takes commands of 16 KiB
)

// Remote is what the interface needs to ask devices for something. All fields but Key are needed.
type Remote struct {
	Store   Keeper
	Publish func(context.Context, ingest.Outgoing) error
	Key     ed25519.PrivateKey // nil signs nothing
	Now     func() time.Time   // nil is time.Now
}

// Keeper is the part of a store.Store that commands are kept in.
type Keeper interface {
	store.CommandReader
	Write(ctx context.Context, updates []store.Update) (store.Written, error)
}

// ttl is a time with its unit, or in whole seconds.
type ttl time.Duration

// Schema implements huma.SchemaProvider.
func (ttl) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{{Type: huma.TypeString}, {Type: huma.TypeInteger}}, Description: `How long the device may wait before it begins: "30s", or whole seconds. A minute unless said.`}
}

// UnmarshalJSON implements json.Unmarshaler.
func (t *ttl) UnmarshalJSON(b []byte) error {
	text := string(b) + "s"
	if b[0] == '"' {
		if err := json.Unmarshal(b, &text); err != nil {
			return err
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < time.Second || d > ttlMost {
		return fmt.Errorf("ttl: want a time such as \"30s\", up to %s", ttlMost)
	}
	*t = ttl(d)
	return nil
}

// asker is who asks. Nobody logs in yet, so it is the address.
type asker struct{ by string }

// Resolve implements huma.Resolver.
func (a *asker) Resolve(c huma.Context) []error {
	host, _, err := net.SplitHostPort(c.RemoteAddr())
	if err != nil {
		host = c.RemoteAddr()
	}
	a.by = "http " + host
	return nil
}

type commandInput struct {
	asker
	ID   string `path:"id"`
	Body struct {
		Op   string          `json:"op" doc:"What is asked for, such as echo, trace.get or call.test."`
		Args json.RawMessage `json:"args,omitempty" doc:"As the command has them."`
		TTL  ttl             `json:"ttl,omitempty"`
	}
}

// Command is what a device was asked to do, and what became of it.
type Command struct {
	CID     string          `json:"cid"`
	Device  string          `json:"device"`
	Op      string          `json:"op"`
	Args    json.RawMessage `json:"args,omitempty"`
	By      string          `json:"by"`
	Sent    time.Time       `json:"sent"`
	Expires time.Time       `json:"expires" doc:"When it is no longer to be begun."`
	State   string          `json:"state" enum:"sent,accepted,progress,done,failed,expired"`
	Code    string          `json:"code,omitempty" doc:"Why it failed, in a word."`
	Data    json.RawMessage `json:"data,omitempty" doc:"Of the last answer that had any."`
	Steps   []store.Reply   `json:"steps" nullable:"false" doc:"The answers, as they came in."`
}

func (s *server) commandOf(c store.Command) Command {
	return Command{
		CID: c.CID, Device: c.Device, Op: c.Op, Args: c.Args, By: c.By, Sent: c.At, Expires: c.Expiry,
		State: c.Told(s.now()), Code: c.Code, Data: c.Data, Steps: notNil(c.Steps),
	}
}

type commandOutput struct {
	Location string `header:"Location"`
	Body     Command
}

type commandsOutput struct {
	Body struct {
		Commands []Command `json:"commands" nullable:"false"`
	}
}

type oneCommandInput struct {
	ID  string `path:"id"`
	CID string `path:"cid"`
}

func (s *server) registerCommands(api huma.API) {
	post := operation("send-command", "/devices/{id}/commands", "Ask a device for something. It answers in steps, which are read under the cid", 404, 413, 422, 503)
	post.Method, post.DefaultStatus = http.MethodPost, http.StatusAccepted
	huma.Register(api, post, s.sendCommand)
	huma.Register(api, operation("list-commands", "/devices/{id}/commands", "The last commands of a device, newest first", 404), s.listCommands)
	huma.Register(api, operation("get-command", "/devices/{id}/commands/{cid}", "One command and what became of it", 404), s.getCommand)
	s.registerWanted(api)
}

func (s *server) now() time.Time {
	if s.remote.Now != nil {
		return s.remote.Now()
	}
	return time.Now()
}

var opName = regexp.MustCompile(`^[a-z.-]{1,64}$`)

// wireCommand is the payload of dn/cmd.
type wireCommand struct {
	CID  string          `json:"cid"`
	Op   string          `json:"op"`
	Args json.RawMessage `json:"args,omitempty"`
	Exp  string          `json:"exp"`
	TTL  json.RawMessage `json:"ttl"`
	By   string          `json:"by"`
	Sig  string          `json:"sig,omitempty"`
}

func (s *server) sendCommand(ctx context.Context, in *commandInput) (*commandOutput, error) {
	d, err := s.reader.Device(ctx, in.ID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	switch {
	case !opName.MatchString(in.Body.Op):
		return nil, huma.Error422UnprocessableEntity("op: want a name such as trace.get")
	case len(in.Body.Args) > maxArgs:
		return nil, huma.Error422UnprocessableEntity(fmt.Sprintf("args: more than %d bytes", maxArgs))
	}
	lasts := time.Duration(in.Body.TTL)
	if lasts == 0 {
		lasts = ttlUnlessSaid
	}
	now := s.now().UTC()
	c := store.Command{
		Origin: store.Origin{Tenant: d.Tenant, Device: d.ID, At: now}, CID: ulid.Make().String(), Op: in.Body.Op, By: in.by,
		Args: in.Body.Args, Expiry: now.Add(lasts).Truncate(time.Second).Add(time.Second), State: store.CommandSent,
	}
	payload, err := s.seal(&c, lasts)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	if _, err := s.remote.Store.Write(ctx, []store.Update{c}); err != nil {
		return nil, s.fail(ctx, err)
	}
	if err := s.remote.Publish(ctx, ingest.CommandTo(d.Tenant, d.ID, payload)); err != nil {
		s.logger.Warn("command not published", zap.Error(err))
		return nil, huma.Error503ServiceUnavailable("the broker does not take the command")
	}
	return &commandOutput{Location: Prefix + "/devices/" + d.ID + "/commands/" + c.CID, Body: s.commandOf(c)}, nil
}

// seal writes a command as it is published, signed where there is a key.
func (s *server) seal(c *store.Command, lasts time.Duration) ([]byte, error) {
	w := wireCommand{CID: c.CID, Op: c.Op, By: c.By, Exp: c.Expiry.Format(time.RFC3339), TTL: json.RawMessage(strconv.Quote(lasts.String()))}
	var err error
	if w.Args, err = compact(c.Args); err != nil {
		return nil, err
	}
	c.Args = w.Args
	if s.remote.Key != nil {
		w.Sig = seal.Sign(s.remote.Key, seal.Command, c.Tenant, c.Device, w.CID, w.Op, string(w.Args), w.Exp, string(w.TTL), w.By)
	}
	return json.Marshal(w)
}

// compact writes JSON as it is found again in a payload, which is what is signed.
func compact(raw json.RawMessage) (json.RawMessage, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	return json.Marshal(raw)
}

func (s *server) listCommands(ctx context.Context, in *deviceInput) (*commandsOutput, error) {
	if _, err := s.reader.Device(ctx, in.ID); err != nil {
		return nil, s.fail(ctx, err)
	}
	all, err := s.remote.Store.Commands(ctx, in.ID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	out := new(commandsOutput)
	out.Body.Commands = make([]Command, 0, len(all))
	for _, c := range all {
		out.Body.Commands = append(out.Body.Commands, s.commandOf(c))
	}
	return out, nil
}

func (s *server) getCommand(ctx context.Context, in *oneCommandInput) (*commandOutput, error) {
	c, err := s.remote.Store.Command(ctx, in.ID, in.CID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return &commandOutput{Body: s.commandOf(c)}, nil
}

// jsonOnly lets no body in that is not JSON: a form of any site can be sent without its reader's doing.
func jsonOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodDelete && !isJSON(r.Header.Get("Content-Type")) {
			problem(w, http.StatusUnsupportedMediaType, "want Content-Type: application/json")
			return
		}
		next.ServeHTTP(w, r)
	})
}
