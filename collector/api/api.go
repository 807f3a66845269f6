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
	"io"
	"net/http"
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
	Logger  *zap.Logger

	Refusals func() []store.Refusal // newest first; nil where nobody is turned away
}

// server is what the handlers share.
type server struct {
	reader  store.Reader
	logger  *zap.Logger
	streams atomic.Int64
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

	s := &server{reader: reader, logger: o.Logger.Named("api")}
	s.registerCalls(api)
	s.registerExport(api)
	s.registerDevices(api)
	s.registerStream(api)
	registerRefusals(api, o)
	registerProbes(mux, o)
	mux.HandleFunc(Prefix+"/", unknownPath)
	return mux
}

// unknownPath answers in the format of all other errors.
func unknownPath(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(http.StatusNotFound)
	_, _ = io.WriteString(w, `{"title":"Not Found","status":404,"detail":"nothing is at this path; see `+Prefix+`/openapi.json"}`+"\n")
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
