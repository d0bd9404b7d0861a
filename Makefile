# 邻帮邻. `make` lists what there is.
SHELL   := /bin/sh
TOOLS   := $(CURDIR)/.tools/bin
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
SERVERS := go run ./internal/testservers
GOFUMPT := mvdan.cc/gofumpt@v0.12.0
LINT    := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
VULN    := golang.org/x/vuln/cmd/govulncheck@v1.8.0
SBOM    := github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0
# What tests draw: the same in each run, so that one commit has one verdict; make soak and fuzz draw anew, as does SEED=0.
SEED    ?= 1
# A folder with the vulnerability database, for machines that cannot reach it.
VULNDB  ?=

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

build: ## build bin/linbanglin
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/linbanglin ./cmd/linbanglin

demo: build ## play a day in a fresh community; ARGS=--exit ends after the summary
	bin/linbanglin demo $(ARGS)

test: ## all tests, on SQLite and on a MariaDB and a Redis that it starts itself
	LBL_TEST_SEED=$(SEED) RAPID_SEED=$(SEED) $(SERVERS) go test -count=1 -p 2 -timeout 10m ./...

race: ## the tests of what runs at once, under the race detector (needs a C compiler)
	CGO_ENABLED=1 $(SERVERS) go test -race -count=1 -p 1 -timeout 20m ./repository ./service/... ./middleware ./api

check: $(TOOLS)/gofumpt $(TOOLS)/golangci-lint vulnerabilities ## format, vet, lint, rules of the house, licenses, vulnerabilities, build
	@unformatted=$$($(TOOLS)/gofumpt -l api cmd internal middleware migrations model repository service *.go); \
	  test -z "$$unformatted" || { echo "not formatted by gofumpt:"; echo "$$unformatted"; exit 1; }
	go vet ./...
	$(TOOLS)/golangci-lint run ./...
	go test -count=1 .
	go run ./internal/licenses > /dev/null
	$(MAKE) build

# Without a database at hand a check goes on, as it must work where there is no network.
vulnerabilities:
	@if [ -n "$(VULNDB)" ]; then $(MAKE) vuln; \
	else echo "no vulnerability database: set VULNDB to a folder that has one"; fi

vuln: $(TOOLS)/govulncheck ## known faults in what the program calls; VULNDB is a folder with the database, else vuln.go.dev is asked
	$(TOOLS)/govulncheck $(if $(VULNDB),-db "file://$(VULNDB)") ./...

release: ## binaries for linux, their checksums, an SBOM of each (CycloneDX) and all licenses, in dist
	rm -rf dist && mkdir dist
	go run ./internal/licenses > dist/LICENSES.txt
	for arch in amd64 arm64; do \
	  name=dist/linbanglin-$(VERSION)-linux-$$arch; \
	  CGO_ENABLED=0 GOOS=linux GOARCH=$$arch go build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o $$name ./cmd/linbanglin && \
	  go run $(SBOM) bin -json -std -noserial -version $(VERSION) -output $$name.cdx.json $$name || exit 1; \
	done
	cd dist && sha256sum * > SHA256SUMS

soak: ## what the tests do in short, for hours: faults by 10,000 seeds, contention for a minute
	LBL_SOAK=1 $(SERVERS) go test -count=1 -p 1 -timeout 8h -v -run 'Soak' ./...

fuzz: ## call every operation with made up values, and hold the answers against the contract; LBL_FUZZ=10m sets how long
	LBL_FUZZ=$${LBL_FUZZ:-10m} $(SERVERS) go test -count=1 -timeout 8h -v -run EveryAnswerIsInTheContract ./api

bench: ## the benchmarks of docs/benchmarks.md, with their yardsticks
	$(SERVERS) go run ./internal/bench $(ARGS)

mutants: ## break what guards points, line by line, and want the tests to notice (minutes)
	$(SERVERS) go run ./internal/mutants $(ARGS)

clean: ## remove what was built
	rm -rf bin dist .tools

$(TOOLS)/gofumpt:
	GOBIN=$(TOOLS) go install $(GOFUMPT)
$(TOOLS)/golangci-lint:
	GOBIN=$(TOOLS) go install $(LINT)
$(TOOLS)/govulncheck:
	GOBIN=$(TOOLS) go install $(VULN)

.DEFAULT_GOAL := help
.PHONY: help build demo test race check vulnerabilities vuln release soak fuzz bench mutants clean
