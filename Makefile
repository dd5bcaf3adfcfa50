# "make help" lists what there is. Everything fetches what it needs by itself.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The engine hands out Arrow only with this tag, and is linked in by cgo.
export CGO_ENABLED := 1
export GOFLAGS := $(strip $(GOFLAGS) -tags=duckdb_arrow)

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
PLATFORM ?=
TOOL := GOFLAGS= go tool -modfile=tools/go.mod

# For tests: where the engine's extensions and the peers lie.
export LAKEGATE_TEST_EXTENSIONS ?= $(CURDIR)/extensions
export LAKEGATE_PEERS ?= $(CURDIR)/.peers

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: build extensions ## build, and serve a lake with sample data on 127.0.0.1:50051, for development
	bin/lakegate serve --dev --extensions extensions

.PHONY: demo
demo: build extensions ## two servers over one DuckLake on S3 and PostgreSQL, with TLS and an OpenID provider
	scripts/demo.sh

.PHONY: build
build: ## bin/lakegate
	go build -trimpath -ldflags "-X main.version=$(VERSION)" -o bin/lakegate ./cmd/lakegate

.PHONY: extensions
extensions: ## fetch DuckDB's extensions into extensions/; PLATFORM=linux_arm64 for another machine's
	@scripts/extensions.sh $(PLATFORM)

.PHONY: test
test: extensions ## install what the tests need, and run them with the race detector
	@scripts/test-setup.sh
	go test -race -timeout 12m ./...

.PHONY: soak
soak: extensions ## an hour of random statements, beside a plain DuckDB with what each caller may see; OPINION_FOR=10m, OPINION_SEED=1
	OPINION_FOR=$${OPINION_FOR:-1h} nice go test -count 1 -timeout 0 -v ./tests/opinion/

.PHONY: test-peers
test-peers: extensions ## tests with peers that are slow to fetch or to run
	@scripts/test-setup.sh slow
	GOFLAGS=-tags=duckdb_arrow,peers go test -race -timeout 30m -run '^TestPeer' ./...
	cd tests/vectors && CGO_ENABLED=0 GOFLAGS='-mod=mod -tags=vectors' go test ./...

.PHONY: lint
lint: ## linter, format, vet, unreachable functions, pinned versions
	scripts/pins.sh
	go vet ./...
	$(TOOL) golangci-lint fmt --diff
	$(TOOL) golangci-lint run
	scripts/deadcode.sh

.PHONY: vuln
vuln: ## known vulnerabilities; needs vuln.go.dev
	$(TOOL) govulncheck -tags duckdb_arrow ./...

.PHONY: fmt
fmt: ## format as the linter wants it
	$(TOOL) golangci-lint fmt

.PHONY: bench
bench: build extensions ## the benchmarks of docs/performance.md; BENCH="-quick" or other options
	@scripts/test-setup.sh
	go build -o bin/bench/ ./bench/gen ./bench/load ./bench/refserver ./bench/run
	go test -c -o bin/bench/ ./auth ./catalog ./engine
	bin/bench/run $(BENCH)

.PHONY: image
image: ## container image lakegate:VERSION; needs Docker or Podman
	$$(command -v docker || command -v podman) build --build-arg VERSION=$(VERSION) -t lakegate:$(VERSION) .

.PHONY: image-root
image-root: build extensions ## the image's root file system as a folder, image/root
	scripts/image-root.sh image/root

.PHONY: clean
clean: ## remove what was built; extensions and peers stay
	rm -rf bin image
