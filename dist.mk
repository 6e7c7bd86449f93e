# Copyright 2026 PgBeam.
# SPDX-License-Identifier: Apache-2.0

# The files of a release. Their content depends on the commit and VERSION only: all times in
# them are that of the commit. GNU tar and coreutils are required.

DIST      ?= $(CURDIR)/dist
PLATFORMS ?= linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64

PROGRAMS := pulumi-resource-pgbeam pgbeam-local pgbeam-migrate
EPOCH     = $(shell git log -1 --format=%ct)
# The last one makes the components of a release request its own version of the plugin.
RELEASE_LDFLAGS = $(LDFLAGS) -X main.version=$(VERSION) \
	-X github.com/pgbeam/pulumi-pgbeam/components/internal/pgbeam/internal.release=$(VERSION)

CYCLONEDX_VERSION := $(shell sed -n 's/.*cyclonedx-gomod v\([^ ]*\).*/\1/p' tools/sbom/go.mod)
CYCLONEDX         := $(TOOLS)/cyclonedx-gomod-$(CYCLONEDX_VERSION)
PYTHON_BUILD      := $(TOOLS)/python-build-$(call hash,tools/python/requirements.txt)

$(CYCLONEDX):
	@cd tools/sbom && go build -trimpath -ldflags '-s -w' -o '$@' github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod

$(PYTHON_BUILD):
	@$(call pip-install,tools/python/requirements.txt)

.PHONY: dist
dist: $(NODE) $(CYCLONEDX) $(PYTHON_BUILD) ## Build the files of a release in dist/ (VERSION=1.2.3; needs Node.js, Python, Java and Maven).
	@work=$$(mktemp -d)
	trap 'rm -rf "$$work"' EXIT
	if ! grep -qE '^[0-9]+\.[0-9]+\.[0-9]+(-rc\.[0-9]+)?$$' <<< '$(VERSION)'; then
		echo 'VERSION must be a version such as 1.2.3 or 1.2.3-rc.1, got $(VERSION)' >&2
		exit 1
	fi
	rm -rf '$(DIST)'
	mkdir -p '$(DIST)'/{nodejs,python} "$$work/bin"
	export SOURCE_DATE_EPOCH=$(EPOCH) TZ=UTC
	# archive FILE FOLDER packs the content of a folder.
	archive() {
		chmod -R u=rwX,go=rX "$$2"
		tar --create --sort=name --owner=0 --group=0 --numeric-owner --mtime=@$(EPOCH) --format=gnu --directory="$$2" $$(ls "$$2") | gzip --no-name > "$$1"
	}

	for platform in $(PLATFORMS); do
		export GOOS=$${platform%/*} GOARCH=$${platform#*/}
		for program in $(PROGRAMS); do
			target="$$work/bin/$$program-v$(VERSION)-$$GOOS-$$GOARCH"
			mkdir "$$target"
			cp LICENSE "$$target"
			CGO_ENABLED=0 go build -trimpath -ldflags '$(RELEASE_LDFLAGS)' -o "$$target/" ./cmd/$$program
			archive "$(DIST)/$$(basename "$$target").tar.gz" "$$target"
		done
	done
	unset GOOS GOARCH
	for program in $(PROGRAMS); do
		GOOS=linux GOARCH=amd64 CGO_ENABLED=0 $(CYCLONEDX) app -json -licenses -std -noserial -notimestamp \
			-main cmd/$$program -output "$(DIST)/$$program-v$(VERSION).cdx.json"
	done

	go run ./internal/schema -version $(VERSION) > '$(DIST)/schema.json'
	(cd tools && go build -o "$$work" ./sdkgen ./gomodule)
	(cd tools/dotnet && go build -o "$$work/sdkgen-dotnet" .)
	for language in go java nodejs python; do
		"$$work/sdkgen" -language "$$language" -schema '$(DIST)/schema.json' -out "$$work/$$language"
	done

	cp sdk/go/pgbeam/go.* LICENSE "$$work/go/pgbeam"
	"$$work/gomodule" -module "$$work/go/pgbeam" -version v$(VERSION) -time "$$(date -d @$(EPOCH) +%FT%TZ)" -out '$(DIST)/go'

	ln -s '$(NODE)/node_modules' "$$work/nodejs/node_modules"
	'$(NODE)/node_modules/.bin/tsc' --project "$$work/nodejs" --outDir "$$work/npm" --sourceMap false --declarationMap false
	cp "$$work"/nodejs/{package.json,README.md} LICENSE "$$work/npm"
	npm pack "$$work/npm" --silent --pack-destination '$(DIST)/nodejs' > "$$work/npm-pack.txt"

	cp LICENSE "$$work/python"
	'$(PYTHON_BUILD)/bin/python' -m build --no-isolation --outdir "$$work/python-dist" "$$work/python" > "$$work/python-build.txt"
	mv "$$work"/python-dist/*.whl '$(DIST)/python'
	# setuptools writes the current time to the archive of the sources.
	(cd "$$work/python-dist" && tar --extract --file *.tar.gz)
	sdist=$$(basename "$$work"/python-dist/*.tar.gz)
	mkdir "$$work/sdist"
	mv "$$work/python-dist/$${sdist%.tar.gz}" "$$work/sdist"
	archive "$(DIST)/python/$$sdist" "$$work/sdist"

	cp LICENSE "$$work/java/src/main/resources"
	mvn --quiet --batch-mode -Prelease -Dmaven.repo.local='$(MAVEN)' -Dmaven.test.skip \
		-Dproject.build.outputTimestamp=$(EPOCH) -DaltDeploymentRepository="release::file://$(DIST)/maven" --file "$$work/java" deploy
	find '$(DIST)/maven' -name 'maven-metadata.xml*' -delete # for snapshots, with the current time

	"$$work/sdkgen-dotnet" -schema '$(DIST)/schema.json' -out '$(DIST)/dotnet'
	cp LICENSE '$(DIST)/dotnet'
	'$(PYTHON_BUILD)/bin/python' tools/dotnet/syntax.py '$(DIST)/dotnet'

	chmod -R u=rwX,go=rX '$(DIST)'
	cd '$(DIST)'
	find . -type f -printf '%P\n' | LC_ALL=C sort | xargs -d '\n' sha256sum > "$$work/SHA256SUMS"
	mv "$$work/SHA256SUMS" .

.PHONY: test-dist
test-dist: ## Install the files in dist/ as a user does, deploy and upgrade stacks with them, and uninstall them.
	@PGBEAM_TEST_DIST='$(DIST)' PGBEAM_TEST_PLATFORMS='$(PLATFORMS)' \
		go test -count=1 -timeout 40m -tags dist ./tests/dist $(TESTFLAGS)
