# Sidetone: `make help` lists the targets. Go and make are enough for build, run, demo and test; interop, cross and
# check install real peers from Debian packages (as root) or say what is missing.

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS  = -s -w -X main.version=$(VERSION)
GOBUILD  = CGO_ENABLED=0 go build -trimpath -ldflags "$(LDFLAGS)"
LINT     = go tool -modfile=tools/lint/go.mod
FUZZTIME ?= 10s
# The race detector needs a C compiler; without one `make test` says so and does without.
RACE    := $(if $(shell command -v $(CC) 2>/dev/null),-race)

.PHONY: help build run demo test race random lint fmt vuln fuzz interop soak faults bench cross peers check clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 18

build: ## both binaries in bin/
	$(GOBUILD) -o bin/sidetone-agent ./cmd/agent
	$(GOBUILD) -o bin/sidetone-collector ./cmd/collector

run: build ## one phone on this machine, from examples/agent.yaml
	bin/sidetone-agent run -c examples/agent.yaml

demo: build ## collector and three phones that call each other; ONCE=1 plays one round and judges it
	go run ./test/demo -bin bin $(if $(filter 1,$(ONCE)),-once)

test: ## every hermetic test, with the race detector where there is a C compiler
	@$(if $(RACE),:,echo "no C compiler: the race detector stays off")
	go test $(RACE) -timeout 10m ./...

race: ## every hermetic test, with the race detector
	go test -race -timeout 10m ./...

random: ## SEEDS random calls between user agents from SEED on, 10000 from 0 unless set; `make test` plays 600. CHAINS (200) agents behind brokers that lose
	SEED=$(SEED) SEEDS=$(or $(SEEDS),10000) go test -count=1 -timeout 20m -run TestRandomCallsEndInAgreedStates ./sipua
	SEED=$(SEED) SEEDS=$(or $(CHAINS),200) go test -count=1 -timeout 20m -run TestWhateverABrokerLosesEveryEventIsStoredOnceOrNamed ./telemetry

lint: ## formatting, static checks, import fences
	$(LINT) golangci-lint run --allow-parallel-runners ./...
	$(LINT) golangci-lint run --allow-parallel-runners --build-tags interop,screenshot ./test/interop/... ./collector/web/... ./technician/...

fmt: ## format every file
	$(LINT) golangci-lint fmt ./...

vuln: ## known vulnerabilities in what the binaries link
	$(LINT) govulncheck ./cmd/...

fuzz: ## every fuzz target for FUZZTIME each
	@./test/fuzz.sh $(FUZZTIME)

peers: ## SIPp, Kamailio, baresip, linphone, Mosquitto, tshark, Chromium and QEMU from Debian packages
	@./test/interop/peers.sh

interop: build peers ## against real peers on this machine
	go test -tags interop -count=1 -timeout 20m -v ./test/interop/...
	go test -tags screenshot -count=1 -timeout 5m -v -run 'Pages|Selection|Follows' ./collector/web ./technician

soak: build peers ## 20 000 calls at 200 a second, without a failure, in memory that stays
	SOAK=20000 go test -tags interop -count=1 -timeout 15m -v -run MemoryStays ./test/interop/...

faults: build ## the fault campaign: ROUND (10m) of kills, cuts, full disks and wrong clocks; then every event is accounted for. SEED, BROKER
	go run ./test/faults -bin bin -for $(or $(ROUND),10m) $(if $(SEED),-seed $(SEED)) $(if $(BROKER),-broker $(BROKER))

bench: ## benchmarks, with allocations
	go test -run '^$$' -bench . -benchmem ./...

cross: build peers ## every target, with its size; those for MIPS answer a SIPp call, and show it, under qemu-user
	@VERSION="$(VERSION)" ./build/arm/cross.sh
	go test -tags interop -count=1 -timeout 5m -v -run TestCross ./test/interop/...

check: lint test random cross ## all that must hold before a change lands
	$(MAKE) demo ONCE=1
	$(MAKE) faults ROUND=15s BROKER=both
	$(MAKE) interop

clean: ## what was built and recorded here
	rm -rf bin dist run data journal/*.v[0-9]
