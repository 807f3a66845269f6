package main

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"sidetone/collector/api"
	"sidetone/collector/ingest"
	"sidetone/collector/store"
	"sidetone/collector/store/sqlite"
	"sidetone/collector/web"
	"sidetone/internal/seal"
)

// shutdownWithin bounds how long requests that are under way may take at the end.
const shutdownWithin = 5 * time.Second

func newServe() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Receive, keep and show what devices record",
		Long: `Receive, keep and show what devices record.

A flag overrules the key of the same name in the configuration file. When everything is up, a line such as
"listening http=127.0.0.1:8080 mqtt=127.0.0.1:1883 devices=open" is printed. SIGTERM ends it: what was received is stored
and acknowledged first.

Where a device could connect from another machine it must be enrolled first: see "device add". --devices says otherwise.`,
		Example: `  sidetone-collector serve
  sidetone-collector serve -c collector.yaml --retain 30d
  sidetone-collector serve --mqtt "" --mqtts 0.0.0.0:8883
  sidetone-collector serve --broker mqtt://broker.example:1883
  sidetone-collector serve --http 127.0.0.1:0 --mqtt 127.0.0.1:0 --database sqlite:/tmp/try.db`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := loadConfig(file)
			if err != nil {
				return err
			}
			if err := c.applyFlags(cmd.Flags()); err != nil {
				return err
			}
			return serve(cmd.Context(), c, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cmd.Flags().StringVarP(&file, "config", "c", "", "configuration file")
	addFlags(cmd.Flags())
	return cmd
}

// serve runs the collector until ctx is done or a part of it fails.
func serve(ctx context.Context, c *config, stdout, stderr io.Writer) (err error) {
	logger := newLogger(c, stderr)
	st, err := sqlite.Open(ctx, c.Database)
	if err != nil {
		return fmt.Errorf("%s: %w", c.origin["database"], err)
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	pages, err := c.listen(ctx, "http", c.HTTP)
	if err != nil {
		return err
	}
	handler := ingest.New(st, logger)
	key, err := c.commandKey()
	if err != nil {
		return errors.Join(err, pages.Close())
	}
	front, err := c.frontEnd(ctx, handler, st, logger)
	if err != nil {
		return errors.Join(err, pages.Close())
	}
	if key != nil {
		logger.Info("commands are signed; devices that take no others have telemetry.command_key",
			zap.String("command_key", seal.FormatKey(key.Public().(ed25519.PublicKey))))
	}
	remote := &api.Remote{Store: st, Publish: front.publish, Key: key}
	server := &http.Server{
		Handler: newSite(st, handler, front.url, remote, logger), ErrorLog: zap.NewStdLog(logger.Named("http")),
		ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}

	parts := newParts(ctx)
	if c.getsEverything() {
		resender := ingest.NewResender(handler, st, front.publish, logger)
		parts.add("resend", func(ctx context.Context) error { resender.Run(ctx); return nil })
	}
	parts.last("ingest", func(ctx context.Context) error { handler.Run(ctx); return nil })
	parts.add("front end", front.run)
	parts.add("pages", func(ctx context.Context) error { return serveHTTP(ctx, server, pages) })
	parts.add("retention", func(ctx context.Context) error { retain(ctx, st, c.Retain, logger); return nil })
	_, err = fmt.Fprintf(stdout, "listening http=%s %s\nCall History: http://%s/\n", pages.Addr(), front.announced, pages.Addr())
	if err != nil {
		parts.stop()
	}
	return errors.Join(err, parts.wait())
}

// commandKey reads what commands are signed with, nil for nothing.
func (c *config) commandKey() (ed25519.PrivateKey, error) {
	if c.CommandKeyFile == "" {
		return nil, nil
	}
	text, err := os.ReadFile(c.CommandKeyFile)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.origin["commands.key_file"], err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s: %s holds no PEM", c.origin["commands.key_file"], c.CommandKeyFile)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	key, ok := parsed.(ed25519.PrivateKey)
	if err == nil && !ok {
		err = errors.New("want an Ed25519 key, such as openssl genpkey -algorithm ed25519 makes")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.origin["commands.key_file"], err)
	}
	return key, nil
}

// newSite puts the pages and the API under one roof. broker is where devices report to.
func newSite(reader store.Reader, handler *ingest.Handler, broker string, remote *api.Remote, logger *zap.Logger) http.Handler {
	answers := api.New(reader, api.Options{
		Version: programVersion(), Logger: logger, Ready: handler.Err, Remote: remote,
		Refusals: handler.Stats().Refusals,
		Metrics:  func(_ context.Context, w io.Writer) error { return handler.Stats().Snapshot().WriteMetrics(w) },
	})
	mux := http.NewServeMux()
	mux.Handle("/", web.New(reader, web.Options{Logger: logger, Broker: broker, Refusals: handler.Stats().Refusals}))
	for _, path := range []string{api.Prefix + "/", "/healthz", "/readyz", "/metrics"} {
		mux.Handle(path, answers)
	}
	return mux
}

// listen opens a port; the error says where the address was configured.
func (c *config) listen(ctx context.Context, key, address string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.origin[key], err)
	}
	return l, nil
}

// serveHTTP answers requests until ctx is done; streams end with it.
func serveHTTP(ctx context.Context, s *http.Server, l net.Listener) error {
	s.BaseContext = func(net.Listener) context.Context { return ctx }
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownWithin)
	defer cancel()
	err := s.Shutdown(grace)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.Close()
	}
	if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

func newLogger(c *config, w io.Writer) *zap.Logger {
	ec := zap.NewProductionEncoderConfig()
	ec.EncodeTime = zapcore.ISO8601TimeEncoder
	encoder := zapcore.NewConsoleEncoder(ec)
	if c.LogFormat == "json" {
		encoder = zapcore.NewJSONEncoder(ec)
	}
	return zap.New(zapcore.NewCore(encoder, zapcore.Lock(zapcore.AddSync(w)), c.LogLevel))
}
