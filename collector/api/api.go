// Package api is the collector's JSON interface under /api/v1: the calls and devices of a store.Reader, the stories that
// package story makes of them, and what a supervisor asks of the process. The OpenAPI description at
// /api/v1/openapi.json is generated from the code.
//
// Everything is safe for concurrent use. A stream ends with the request's context, so the server
// must end the base context of its requests before it waits for them.
package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"go.uber.org/zap"

	"sidetone/collector/store"
)

// Prefix is the root of this version of the interface.
const Prefix = "/api/v1"

// Options of the handler.
type Options struct {
	Version string
	Ready   func() error                           // why the collector cannot take in what devices send; nil when it can
	Metrics func(context.Context, io.Writer) error // writes metrics in the text format of Prometheus
	Remote  *Remote                                // nil leaves the commands out
	Logger  *zap.Logger

	Refusals func() []store.Refusal // newest first; nil where nobody is turned away
}

// server is what the handlers share.
type server struct {
	reader  store.Reader
	logger  *zap.Logger
	streams atomic.Int64
	remote  *Remote
	wanting sync.Mutex // held while a configuration gets its version
}

// New makes the handler of everything below Prefix, and of /healthz, /readyz and /metrics.
func New(reader store.Reader, o Options) http.Handler {
	mux := http.NewServeMux()
	config := huma.DefaultConfig("Sidetone collector", o.Version)
	config.Info.Description = "Calls of a fleet of telephones as the telephones themselves recorded them."
	config.OpenAPIPath = Prefix + "/openapi"
	config.DocsPath, config.SchemasPath = "", Prefix+"/schemas"
	config.CreateHooks = nil // no "$schema" in the answers: a summary has exactly its documented fields
	config.RejectUnknownQueryParameters = true
	api := humago.New(mux, config)

	s := &server{reader: reader, logger: o.Logger.Named("api"), remote: o.Remote}
	s.registerCalls(api)
	s.registerExport(api)
	s.registerDevices(api)
	s.registerStream(api)
	if o.Remote != nil {
		s.registerCommands(api)
	}
	registerRefusals(api, o)
	registerProbes(mux, o)
	mux.HandleFunc(Prefix+"/", unknownPath)
	return ownSite(jsonOnly(mux))
}

// ownSite refuses what a page of another site sends through its reader's browser (Sec-Fetch-Site, Origin): nobody logs in yet,
// so being able to reach the collector is all that it takes to ask a device for something.
func ownSite(next http.Handler) http.Handler {
	p := http.NewCrossOriginProtection()
	p.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		problem(w, http.StatusForbidden, "this was sent from another site")
	}))
	return p.Handler(next)
}

// unknownPath answers in the format of all other errors.
func unknownPath(w http.ResponseWriter, _ *http.Request) {
	problem(w, http.StatusNotFound, "nothing is at this path; see "+Prefix+"/openapi.json")
}

// problem answers as huma does (RFC 9457).
func problem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"title":%q,"status":%d,"detail":%q}`+"\n", http.StatusText(status), status, detail)
}

// operation describes a GET.
func operation(id, path, summary string, problems ...int) huma.Operation {
	return huma.Operation{OperationID: id, Method: http.MethodGet, Path: Prefix + path, Summary: summary, Errors: problems}
}

// fail turns an error of the store into an answer. What is not the client's fault is logged, not told.
func (s *server) fail(ctx context.Context, err error) error {
	switch {
	case errors.Is(err, store.ErrNotFound):
		return huma.Error404NotFound(err.Error())
	case errors.Is(err, store.ErrCursor):
		return huma.Error422UnprocessableEntity("cursor: " + store.ErrCursor.Error())
	case ctx.Err() != nil:
		return huma.Error503ServiceUnavailable("the request was given up")
	default:
		s.logger.Error("request", zap.Error(err))
		return huma.Error500InternalServerError("the collector cannot read its store; see its log")
	}
}
