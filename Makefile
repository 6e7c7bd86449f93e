# Copyright 2026 PgBeam.
# SPDX-License-Identifier: Apache-2.0

SHELL       := bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
MAKEFLAGS   += --no-print-directory

VERSION ?= 0.0.0-dev
LDFLAGS := -s -w -X github.com/pgbeam/pulumi-pgbeam/provider.Version=$(VERSION)

# The folder of what is installed or built once.
TOOLS ?= $(CURDIR)/.tools

GOLANGCI_VERSION := $(shell sed -n 's/.*golangci-lint\/v2 v\([^ ]*\).*/\1/p' tools/lint/go.mod)
GOLANGCI         := $(TOOLS)/golangci-lint-$(GOLANGCI_VERSION)/golangci-lint

# The OpenAPI document of the API. The tests validate the local API and all requests
# against it, and skip the validation if it is not available.
export PGBEAM_OPENAPI ?= $(abspath $(wildcard ../shared/api/contract-2026-11.json))

N        ?= 100
SEED     ?= 1
MODE     ?=
FUZZTIME ?= 1m

.PHONY: help
help: ## List the targets.
	@sed -n 's/^\([a-z-]*\)[a-z ]*:.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 18

# Packages whose tests run without the race detector, because neither they nor what they
# test shares memory between goroutines, or because they only drive processes of the CLI
# and the plugin.
NO_RACE := /(internal/(convert|docs|examples|properties|redact|site|wordlist)|tests/(e2e|repo))$$
# The calls by which tests select a sample of their cases with -short, because most cases run
# the same code with other data. Packages with such tests run twice: with -short and the race
# detector, and with all cases without it.
SAMPLES := testing\.Short\(\)|scenario\.ForEach\(

.PHONY: demo
demo: ## Deploy a SecureAgentProject against the local PgBeam API, and destroy it.
	@go run ./internal/demo

.PHONY: test
test: ## Run all unit, provider and end-to-end tests.
	@mkdir -p '$(TOOLS)'
	(cd tools && go test ./sdkgen ./exampledocs)
	# -count=1, because a cached result writes no report.
	packages=$$(go list ./...)
	: > '$(TOOLS)/vectors-report.txt'
	export PGBEAM_CONTRACT_REPORT='$(TOOLS)/contract-report.txt' PGBEAM_VECTORS_REPORT='$(TOOLS)/vectors-report.txt'
	go test -count=1 -race -short $$(grep -vE '$(NO_RACE)' <<< "$$packages")
	# The default would spend more time on garbage collection, here and in the CLI.
	# The end-to-end tests take more than the default of 10 minutes on a busy machine.
	GOGC=400 go test -count=1 -timeout 20m $$(grep -rlE --include='*_test.go' '$(SAMPLES)' . | xargs -n1 dirname | sort -u) \
		$$(grep -E '$(NO_RACE)' <<< "$$packages")
	cat '$(TOOLS)/contract-report.txt'
	sort -u '$(TOOLS)/vectors-report.txt' # some packages run twice

# Dependencies of tests and builds from npm, PyPI and Maven Central, in folders
# named after a hash of their requirements. An interrupted installation must not leave
# an incomplete folder, so each is installed in a temporary folder and then renamed.
hash = $(firstword $(shell cat $(1) | sha256sum | cut -c1-12))

# npm-install FOLDER installs what a package-lock.json requires.
define npm-install
	trap 'rm -rf "$@.$$$$"' EXIT
	mkdir -p "$@.$$$$"
	cp $(1)/package*.json "$@.$$$$"
	(cd "$@.$$$$" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
	mv "$@.$$$$" '$@'
endef

# pip-install FILE installs requirements in a virtual environment.
define pip-install
	trap 'rm -rf "$@.$$$$"' EXIT
	python3 -m venv "$@.$$$$"
	"$@.$$$$/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --requirement $(1)
	mv "$@.$$$$" '$@'
endef

NODE   := $(TOOLS)/nodejs-$(call hash,tests/languages/nodejs/package-lock.json)
PYTHON := $(TOOLS)/python-$(call hash,tests/languages/python/requirements.txt)
MAVEN  := $(TOOLS)/maven-$(call hash,tests/languages/java/pom.xml tests/languages/java/driver/pom.xml tools/sdkgen/overlays/java/pom.xml)

$(NODE):
	@echo 'Installing TypeScript and the Pulumi SDKs for Node.js (first run only)…'
	$(call npm-install,tests/languages/nodejs)

$(PYTHON):
	@echo 'Installing mypy and the Pulumi SDKs for Python (first run only)…'
	$(call pip-install,tests/languages/python/requirements.txt)

$(MAVEN):
	@echo 'Downloading the Pulumi SDK for Java and Maven plugins (first run only)…'
	work=$$(mktemp -d)
	trap 'rm -rf "$$work" "$@.$$$$"' EXIT
	cp -R tests/languages/java/. "$$work"
	cp -R sdk/java "$$work/sdk"
	cp -R examples/java/secure-agent-project "$$work/example"
	mvn --quiet --batch-mode -Dmaven.repo.local="$@.$$$$" --file "$$work" compile
	mv "$@.$$$$" '$@'

.PHONY: test-languages
test-languages: $(NODE) $(PYTHON) $(MAVEN) ## Compile the SDKs and deploy the examples in all languages (needs Node.js, Python, Java and Maven).
	@export PGBEAM_TEST_NODE='$(NODE)' PGBEAM_TEST_PYTHON='$(PYTHON)' PGBEAM_TEST_MAVEN='$(MAVEN)'
	# They drive processes, which the race detector does not see into.
	GOGC=400 go test -count=1 -timeout 20m -tags languages ./tests/languages $(TESTFLAGS)

# VitePress, which renders the documentation, and the browser that opens it in the tests.
SITE     := $(TOOLS)/site-$(call hash,internal/site/vitepress/package-lock.json)
CHROMIUM ?= $(firstword $(foreach name,google-chrome chromium chromium-browser,$(shell command -v $(name))))

$(SITE):
	@echo 'Installing VitePress and Mermaid (first run only)…'
	$(call npm-install,internal/site/vitepress)

.PHONY: docs
docs: $(SITE) ## Render the documentation as a website with search, in site/ (needs Node.js).
	@work=$$(mktemp -d)
	trap 'rm -rf "$$work"' EXIT
	go run ./internal/site -out "$$work"
	cp '$(SITE)/node_modules/@mermaid-js/tiny/dist/mermaid.tiny.js' "$$work/public"
	ln -s '$(SITE)/node_modules' "$$work/node_modules"
	(cd "$$work" && node_modules/.bin/vitepress build --outDir '$(CURDIR)/site')

.PHONY: test-docs
test-docs: docs ## Open every page of that website in a headless browser (needs Chromium).
	@chromium='$(CHROMIUM)'
	if [ -z "$$chromium" ] && [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
		echo 'Installing Chromium (first run only)…'
		apt-get update -qq
		DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends chromium > /dev/null
		chromium=$$(command -v chromium)
	elif [ -z "$$chromium" ]; then
		echo 'Chromium is missing: install it, or set CHROMIUM to the path of a browser that is based on it.' >&2
		exit 1
	fi
	mkdir -p bin/screenshots
	cd tests/site
	PGBEAM_SITE='$(CURDIR)/site' PGBEAM_CHROMIUM="$$chromium" PGBEAM_SCREENSHOTS='$(CURDIR)/bin/screenshots' go test -count=1 ./... $(TESTFLAGS)

.PHONY: test-faults
test-faults: ## Inject every fault into every request, and write the results to docs/reliability.md.
	@PGBEAM_FAULTS=all go test -count=1 -timeout 30m -run 'TestFaults|TestComponent' ./tests/faults
	sed -n '/The table is written/,/The end of the table/p' docs/reliability.md

.PHONY: test-kill
test-kill: ## Interrupt N commands, and do what a user does next (N=100, SEED=1, MODE=checkpoints or skip).
	@PGBEAM_KILLS=$(N) PGBEAM_KILL_SEED=$(SEED) PGBEAM_KILL_MODE=$(MODE) \
		go test -count=1 -timeout 60m -run TestUpdateRecoversFromKill ./tests/faults

.PHONY: fuzz
fuzz: ## Run each fuzz target for FUZZTIME (FUZZTIME=1m).
	@for package in $$(grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n1 dirname | sort -u); do
		for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9]*\)(.*/\1/p' "$$package"/*_test.go | sort -u); do
			echo "$$package $$target"
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$package"
		done
	done

ROUNDS ?= 3
# The benchmarks to run, as a regular expression, and the sizes of the fleets to deploy.
BENCH  ?= .
FLEETS ?=

.PHONY: bench
bench: ## Run the benchmarks, and write the results to docs/performance.md (half an hour).
	@mkdir -p bench
	: > bench/results.txt
	growth=-growth # in the first round only
	for ((round = 1; round <= $(ROUNDS); round++)); do
		go test ./tests/bench -run '^$$' -bench '$(BENCH)' -benchtime 1x -timeout 60m -args $$growth -fleets '$(FLEETS)' | tee -a bench/results.txt
		growth=
	done
	# The document has the results of all benchmarks or of none.
	if [ '$(BENCH)$(FLEETS)' = . ]; then
		go run ./tests/bench/report bench/results.txt bench/creates.pprof docs/performance.md
	else
		go run ./tests/bench/report bench/results.txt
	fi

.PHONY: build
build: ## Build the plugin and the local PgBeam API in bin/.
	@go build -trimpath -ldflags '$(LDFLAGS)' -o bin/ ./cmd/...

.PHONY: sdk generate
sdk generate: ## Generate the SDKs and the documentation.
	@work=$$(mktemp -d)
	trap 'rm -rf "$$work"' EXIT
	(cd tools && go build -o "$$work" ./sdkgen ./exampledocs)
	# The components register their children with a Go package that has the resources
	# only, so it is generated first: they cannot be built without it. It has no enum
	# types, because the inputs of a component cannot have them.
	go run -tags bootstrap ./internal/schema -without-enums > "$$work/resources.json"
	"$$work/sdkgen" -language go-children -schema "$$work/resources.json" -out components/internal
	# The schema is generated twice, too: its descriptions contain the examples, and
	# converting the examples requires the schema.
	go run ./internal/schema > "$$work/types.json"
	"$$work/exampledocs" -schema "$$work/types.json" -examples examples/yaml -out internal/examples
	go run ./internal/schema > schema.json
	for language in go java nodejs python; do
		"$$work/sdkgen" -language "$$language" -schema schema.json -out "sdk/$$language"
	done
	go run ./internal/docs -schema schema.json -examples examples/yaml -out docs -guides docs/guides docs/_index.md

.PHONY: check-generated
check-generated: ## Fail if generated files are not up to date.
	@work=$$(mktemp -d)
	trap 'rm -rf "$$work"' EXIT
	all='schema.json sdk components/internal internal/examples docs examples/yaml'
	cp -R --parents $$all "$$work"
	rm -rf components/internal schema.json # the result must not depend on the old SDKs
	find sdk -type f ! -name go.mod ! -name go.sum -delete
	$(MAKE) sdk
	for generated in $$all; do
		if ! diff -r "$$work/$$generated" "$$generated"; then
			echo "$$generated was not up to date. It has been regenerated: commit it." >&2
			exit 1
		fi
	done

$(GOLANGCI):
	@echo 'Building golangci-lint $(GOLANGCI_VERSION) from source (first run only)…'
	cd tools/lint && go build -trimpath -ldflags '-s -w' -o '$@' github.com/golangci/golangci-lint/v2/cmd/golangci-lint

.PHONY: lint
lint: $(GOLANGCI) ## Check the format, the words and the workflows, and run go vet and golangci-lint.
	@unformatted=$$(gofmt -l $$(git ls-files '*.go' ':!sdk' ':!components/internal'))
	if [ -n "$$unformatted" ]; then
		printf 'not formatted with gofmt:\n%s\n' "$$unformatted" >&2
		exit 1
	fi
	go run ./internal/wordlist
	go vet -tags languages,dist ./...
	go tool -modfile=tools/actionlint/go.mod actionlint
	$(GOLANGCI) run ./...

include dist.mk

.PHONY: clean
clean: ## Remove build results, except the tools.
	@rm -rf bin bench dist site
