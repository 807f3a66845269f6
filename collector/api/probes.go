package api

import (
	"net/http"

	"go.uber.org/zap"
)

// registerProbes serves what supervisors and Prometheus ask for, where they look for it and below Prefix.
func registerProbes(mux *http.ServeMux, o Options) {
	logger := o.Logger.Named("api")
	answer := func(w http.ResponseWriter, status int, text string) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(text + "\n")) // the client is gone if this fails
	}
	for path, serve := range map[string]http.HandlerFunc{
		"/healthz": func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok") },
		"/readyz": func(w http.ResponseWriter, _ *http.Request) {
			if err := o.Ready(); err != nil {
				answer(w, http.StatusServiceUnavailable, err.Error())
				return
			}
			answer(w, http.StatusOK, "ok")
		},
		"/metrics": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
			if err := o.Metrics(r.Context(), w); err != nil {
				logger.Warn("metrics", zap.Error(err))
			}
		},
	} {
		mux.HandleFunc("GET "+path, serve)
		mux.HandleFunc("GET "+Prefix+path, serve)
	}
}
