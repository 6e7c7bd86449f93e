# Copyright 2026 PgBeam.
# SPDX-License-Identifier: Apache-2.0

SHELL       := bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
MAKEFLAGS   += --no-print-directory

VERSION ?= 0.0.0-dev
LDFLAGS := -s -w -X github.com/pgbeam/pulumi-pgbeam/provider.Version=$(VERSION)

GOLANGCI_VERSION := $(shell sed -n 's/.*golangci-lint\/v2 v\([^ ]*\).*/\1/p' tools/lint/go.mod)
GOLANGCI         := $(CURDIR)/.tools/golangci-lint-$(GOLANGCI_VERSION)/golangci-lint

# The API's contract: the tests compare the local API and all traffic with it
# where it is at hand, and say that they skip that where it is not.
export PGBEAM_OPENAPI ?= $(abspath $(wildcard ../shared/api/openapi.json))

N        ?= 100
SEED     ?= 1
FUZZTIME ?= 1m

.PHONY: help
help: ## Say what there is to make.
	@sed -n 's/^\([a-z-]*\)[a-z ]*:.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 18

.PHONY: demo
demo: ## Deploy a SecureAgentProject for real, on this machine, and take it away again.
	@go run ./internal/demo

.PHONY: test
test: ## Run all tests: unit, provider and end to end with the real CLI.
	@mkdir -p .tools
	(cd tools && go test ./sdkgen ./exampledocs)
	PGBEAM_CONTRACT_REPORT='$(CURDIR)/.tools/contract-report.txt' go test -race ./...
	cat .tools/contract-report.txt

# What the tests of the languages need from npm, PyPI and Maven Central, keyed by
# what is asked for. It is made beside its place and moved there when it is whole.
hash   = $(firstword $(shell cat $(1) | sha256sum | cut -c1-12))
NODE   := $(CURDIR)/.tools/nodejs-$(call hash,tests/languages/nodejs/package-lock.json)
PYTHON := $(CURDIR)/.tools/python-$(call hash,tests/languages/python/requirements.txt)
MAVEN  := $(CURDIR)/.tools/maven-$(call hash,tests/languages/java/pom.xml tests/languages/java/driver/pom.xml tools/sdkgen/overlays/java/pom.xml)

$(NODE):
	@echo 'Installing the Pulumi SDK and the compiler of TypeScript, once…'
	trap 'rm -rf "$@.$$$$"' EXIT
	mkdir -p "$@.$$$$"
	cp tests/languages/nodejs/package*.json "$@.$$$$"
	(cd "$@.$$$$" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
	mv "$@.$$$$" '$@'

$(PYTHON):
	@echo 'Installing the Pulumi SDK and the type checker of Python, once…'
	trap 'rm -rf "$@.$$$$"' EXIT
	python3 -m venv "$@.$$$$"
	"$@.$$$$/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --requirement tests/languages/python/requirements.txt
	mv "$@.$$$$" '$@'

$(MAVEN):
	@echo 'Fetching the Pulumi SDK and the plugins of Maven, once…'
	work=$$(mktemp -d)
	trap 'rm -rf "$$work" "$@.$$$$"' EXIT
	cp -R tests/languages/java/. "$$work"
	cp -R sdk/java "$$work/sdk"
	cp -R examples/java/secure-agent-project "$$work/example"
	mvn --quiet --batch-mode -Dmaven.repo.local="$@.$$$$" --file "$$work" compile
	mv "$@.$$$$" '$@'

.PHONY: test-languages
test-languages: $(NODE) $(PYTHON) $(MAVEN) ## Compile the SDKs of all languages, and deploy the examples. Needs Node.js, Python, Java and Maven.
	@export PGBEAM_TEST_NODE='$(NODE)' PGBEAM_TEST_PYTHON='$(PYTHON)' PGBEAM_TEST_MAVEN='$(MAVEN)'
	go test -race -count=1 -timeout 20m -tags languages ./tests/languages $(TESTFLAGS)

.PHONY: test-faults
test-faults: ## Strike every request with every fault, and write the outcomes into docs/reliability.md.
	@PGBEAM_FAULTS=all go test -count=1 -timeout 30m -run 'TestFaults|TestComponent' ./tests/faults
	sed -n '/The table is written/,/The end of the table/p' docs/reliability.md

.PHONY: test-kill
test-kill: ## Kill the plugin, the CLI or both N times in the middle of an update (N=100, SEED=1).
	@PGBEAM_KILLS=$(N) PGBEAM_KILL_SEED=$(SEED) go test -count=1 -timeout 60m -run TestUpdateRecoversFromKill ./tests/faults

.PHONY: fuzz
fuzz: ## Run every fuzz target for a while (FUZZTIME=1m).
	@for package in $$(grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n1 dirname | sort -u); do
		for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9]*\)(.*/\1/p' "$$package"/*_test.go | sort -u); do
			echo "$$package $$target"
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$package"
		done
	done

ROUNDS ?= 3

.PHONY: bench
bench: ## Measure speed and size against the floor, and write docs/performance.md (ten minutes).
	@mkdir -p bench
	: > bench/results.txt
	growth=-growth # in the first round alone
	for ((round = 1; round <= $(ROUNDS); round++)); do
		go test ./tests/bench -run '^$$' -bench . -benchtime 1x -timeout 20m -args $$growth | tee -a bench/results.txt
		growth=
	done
	go run ./tests/bench/report bench/results.txt bench/creates.pprof docs/performance.md

.PHONY: build
build: ## Build the plugin and the local PgBeam API into bin/.
	@go build -trimpath -ldflags '$(LDFLAGS)' -o bin/ ./cmd/...

.PHONY: sdk generate
sdk generate: ## Generate the SDKs of all languages and the documentation from the resources, components and examples.
	@work=$$(mktemp -d)
	trap 'rm -rf "$$work"' EXIT
	(cd tools && go build -o "$$work" ./sdkgen ./exampledocs)
	# Components are written against the Go SDK, so it is generated twice: from the
	# resources alone, with which the components build, and then from everything.
	go run -tags bootstrap ./internal/schema > "$$work/resources.json"
	"$$work/sdkgen" -language go -schema "$$work/resources.json" -out sdk/go
	# So is the schema, whose descriptions have the examples, which are converted with its help.
	go run ./internal/schema > "$$work/types.json"
	"$$work/exampledocs" -schema "$$work/types.json" -examples examples/yaml -out internal/examples
	go run ./internal/schema > "$$work/schema.json"
	for language in go java nodejs python; do
		"$$work/sdkgen" -language "$$language" -schema "$$work/schema.json" -out "sdk/$$language"
	done
	go run ./internal/docs -schema "$$work/schema.json" -examples examples/yaml > "$$work/resources.md"
	mv "$$work/resources.md" docs/resources.md

.PHONY: check-generated
check-generated: ## Fail when generated files are not what would be generated.
	@work=$$(mktemp -d)
	trap 'rm -rf "$$work"' EXIT
	cp -R sdk internal/examples docs "$$work"
	rm -rf sdk # which must be no source of itself
	$(MAKE) sdk
	for folder in sdk internal/examples docs; do
		if ! diff -r "$$work/$$(basename "$$folder")" "$$folder"; then
			echo "$$folder/ was not up to date; it is now: commit it." >&2
			exit 1
		fi
	done

$(GOLANGCI):
	@echo 'Building golangci-lint $(GOLANGCI_VERSION) from source, once…'
	cd tools/lint && go build -trimpath -ldflags '-s -w' -o '$@' github.com/golangci/golangci-lint/v2/cmd/golangci-lint

.PHONY: lint
lint: $(GOLANGCI) ## Check format, vet and lint.
	@unformatted=$$(gofmt -l $$(git ls-files '*.go' ':!sdk'))
	if [ -n "$$unformatted" ]; then
		printf 'gofmt would change:\n%s\n' "$$unformatted" >&2
		exit 1
	fi
	go vet -tags languages ./...
	$(GOLANGCI) run ./...

.PHONY: clean
clean: ## Remove what was built, but for the tools.
	@rm -rf bin bench
