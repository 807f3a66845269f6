package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strings"

	"go.uber.org/zap"

	"sidetone/collector/api"
	"sidetone/collector/ingest"
	"sidetone/collector/ingest/broker"
	"sidetone/collector/store"
)

// front is whatever brings in what devices publish.
type front struct {
	run       func(context.Context) error
	publish   func(context.Context, ingest.Outgoing) error // to a device
	url       string                                       // where devices publish
	announced string                                       // in the line for programs
}

// frontEnd opens the front end that is configured.
func (c *config) frontEnd(ctx context.Context, handler *ingest.Handler, st store.Store, logger *zap.Logger) (front, error) {
	if c.Broker != embeddedBroker {
		return c.otherBroker(handler, st, logger)
	}
	return c.ownBroker(ctx, handler, st, logger)
}

// getsEverything tells whether what does not come in is missing. Of a group that shares the messages each collector lacks what
// the others have got.
func (c *config) getsEverything() bool { return c.Broker == embeddedBroker || c.BrokerGroup == "" }

func (c *config) otherBroker(handler *ingest.Handler, st store.Store, logger *zap.Logger) (front, error) {
	o := broker.Options{
		URL: c.Broker, ClientID: c.BrokerClientID, Group: c.BrokerGroup, Username: c.BrokerUsername, Handler: handler,
		Retained: api.AllWanted(st), Logger: logger,
	}
	if o.ClientID == "" {
		host, err := os.Hostname()
		if err != nil {
			return front{}, fmt.Errorf("broker_client_id: there is no host name to make one of: %w", err)
		}
		o.ClientID = "sidetone-collector-" + host
	}
	if c.BrokerPasswordFile != "" {
		secret, err := os.ReadFile(c.BrokerPasswordFile)
		if err != nil {
			return front{}, fmt.Errorf("%s: %w", c.origin["broker_password_file"], err)
		}
		o.Password = strings.TrimRight(string(secret), "\r\n")
	}
	if c.BrokerCAFile != "" {
		pem, err := os.ReadFile(c.BrokerCAFile)
		if err != nil {
			return front{}, fmt.Errorf("%s: %w", c.origin["broker_ca_file"], err)
		}
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(pem) {
			return front{}, fmt.Errorf("%s: %s holds no certificate", c.origin["broker_ca_file"], c.BrokerCAFile)
		}
		o.TLS = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	}
	client := broker.New(o)
	run := func(ctx context.Context) error { client.Run(ctx); return nil }
	return front{run: run, publish: client.Publish, url: c.Broker, announced: "broker=" + c.Broker}, nil
}
