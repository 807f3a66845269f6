package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"sidetone/trace"
	"sidetone/trace/story"
)

// arrivalTime bounds how long a call may take to end and to arrive complete; SIP's timer B alone is 32 s.
const arrivalTime = 75 * time.Second

// Collector is a running collector.
type Collector struct {
	*Process
	URL  string // of its pages
	MQTT string // of its embedded broker, for an agent's configuration

	dir, program string
	http, mqtt   string // addresses to listen on
	args         []string
}

// Prompt is how soon after its end a call has to be complete in the collector.
const Prompt = time.Second

// StartCollector starts a collector in dir. A port of 0 takes a free one.
func StartCollector(ctx context.Context, dir, program string, http, mqtt int, args ...string) (*Collector, error) {
	c := &Collector{dir: dir, program: program, http: fmt.Sprintf("127.0.0.1:%d", http), mqtt: fmt.Sprintf("127.0.0.1:%d", mqtt)}
	c.args = append([]string{"--database", "sqlite:" + filepath.Join(dir, "sidetone.db")}, args...)
	return c, c.Restart(ctx)
}

// Restart starts the collector again, on the ports and with the database that it had.
func (c *Collector) Restart(ctx context.Context) error {
	args := append([]string{"serve", "--http", c.http, "--mqtt", c.mqtt}, c.args...)
	var line string
	var err error
	if c.Process, line, err = Start(ctx, c.dir, "collector", "listening ", c.program, args...); err != nil {
		return err
	}
	for _, field := range strings.Fields(line) {
		if address, ok := strings.CutPrefix(field, "http="); ok {
			c.http, c.URL = address, "http://"+address
		}
		if address, ok := strings.CutPrefix(field, "mqtt="); ok {
			c.mqtt, c.MQTT = address, "mqtt://"+address
		}
	}
	return nil
}

// Get reads one resource of the JSON API.
func (c *Collector) Get(ctx context.Context, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL+"/api/v1"+path, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s", path, resp.Status)
	}
	return json.NewDecoder(resp.Body).Decode(into)
}

// Call waits until a call has ended and every event of it has arrived.
func (c *Collector) Call(ctx context.Context, id string) (trace.Summary, error) {
	ctx, cancel := context.WithTimeout(ctx, arrivalTime)
	defer cancel()
	for {
		var got struct {
			Summary trace.Summary `json:"summary"`
		}
		err := c.Get(ctx, "/calls/"+url.PathEscape(id), &got)
		if err == nil && got.Summary.Complete {
			return got.Summary, nil
		}
		select {
		case <-ctx.Done():
			return got.Summary, fmt.Errorf("call %s did not arrive complete, %d events are missing: %w", id, got.Summary.Missing, errors.Join(ctx.Err(), err))
		case <-time.After(pollEvery):
		}
	}
}

// Flow reads a call's story.
func (c *Collector) Flow(ctx context.Context, id, lang string) (story.Story, error) {
	var s story.Story
	return s, c.Get(ctx, "/calls/"+url.PathEscape(id)+"/flow?lang="+lang, &s)
}

// Watch looks out for the next call that is complete, and tells when it was first seen so. The channel is closed without a
// value when ctx ends first.
func (c *Collector) Watch(ctx context.Context) <-chan time.Time {
	seen := make(chan time.Time, 1)
	go func() {
		defer close(seen)
		for ctx.Err() == nil {
			var got struct {
				Calls []trace.Summary `json:"calls"`
			}
			if err := c.Get(ctx, "/calls?limit=1", &got); err == nil && len(got.Calls) > 0 && got.Calls[0].Complete {
				seen <- time.Now()
				return
			}
			select {
			case <-ctx.Done():
			case <-time.After(pollEvery):
			}
		}
	}()
	return seen
}
