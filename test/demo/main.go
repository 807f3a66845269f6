// Command demo plays Sidetone on one machine: a collector and three simulated phones, as processes of their own, that
// call each other in every way the product knows. It prints each call's story as it ends and the address of the page.
// With -once it plays one round and judges it: every call must have arrived complete, with the expected outcome.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// roundEvery is the pause between the beginnings of two rounds.
const roundEvery = time.Minute

func main() {
	bin := flag.String("bin", "bin", "folder of sidetone-agent and sidetone-collector")
	examples := flag.String("examples", "examples/demo", "folder of the configurations")
	once := flag.Bool("once", false, "play one round, judge it, and end")
	lang := flag.String("lang", "en", "language of the printed stories: en or fr-CA")
	record := flag.String("record", "", "write the event lines of every call below this folder, as trace/testdata/real has them")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// Ctrl-C is how the demo ends, whatever it was about to do.
	if err := play(ctx, *bin, *examples, *lang, *record, *once); err != nil && (ctx.Err() == nil || *once) {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func play(ctx context.Context, bin, examples, lang, record string, once bool) error {
	h, err := openHouse(ctx, bin, examples)
	if err != nil {
		return err
	}
	defer h.close()
	fmt.Printf("Call History: %s/\n", h.collector.URL)
	fmt.Printf("Reception 101, Warehouse 102 and Office 103 are calling each other.\n\n")

	for {
		began := time.Now()
		if err := h.round(ctx, lang, record); err != nil {
			return err
		}
		if once {
			return nil
		}
		fmt.Printf("Call History: %s/  (next round in a minute, Ctrl-C ends)\n\n", h.collector.URL)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(max(time.Until(began.Add(roundEvery)), time.Second)):
		}
	}
}
