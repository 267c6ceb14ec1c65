# Two commands do all the set-up: `make run` and `make test`.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PROGRAMS := hall-server kiosk-agent counter-agent display platform firmware-profiles
GOLANGCI := v2.15.0
GOTESTSUM := v1.13.0
# A test that fails runs once more and is named: what waits for programs, ports
# and databases may wait too briefly on a busy machine. A data race never passes.
GOTEST := bin/gotestsum --format pkgname --hide-summary skipped --rerun-fails=1 --rerun-fails-max-failures 5 \
	--rerun-fails-run-root-test --rerun-fails-abort-on-data-race
TEST_PACKAGES := chromium chromium-headless-shell cups-ipp-utils espeak-ng exim4-daemon-light fonts-wqy-zenhei poppler-utils postgresql sane-airscan sane-utils socat zbar-tools
# They begin first: one that begins last leaves a core idle at the end.
LONGEST := ./platform/server ./kiosk-agent/kiosk ./internal/testkit ./hall-server/internal/httpd ./platform/internal/node/proof ./hall-server/server
# Neither it nor its tests start a goroutine: there is nothing that could race.
ALONE := ./hall-server/internal/queue
# These compute over what they are handed, and hold nothing that goroutines share.
# Without the race detector's bookkeeping in them, tests that log in and read
# configurations take half the processor time. What has state or locks keeps it.
UNRACED := golang.org/x/crypto/blowfish go.yaml.in/yaml/v3 compress/... strconv unicode/... regexp/... text/template/parse \
	math math/big math/bits hash/crc32 hash/adler32 image/color image/png image/jpeg image/internal/... \
	golang.org/x/image/vector golang.org/x/image/draw golang.org/x/image/font/sfnt github.com/jung-kurt/gofpdf \
	github.com/emmansun/gmsm/... github.com/makiuchi-d/gozxing/... github.com/boombuler/barcode/... github.com/skip2/go-qrcode/... \
	smarthall/internal/imaging
# In the environment, so that programs which tests build are built alike.
RACED := GOFLAGS="$${GOFLAGS-} $(UNRACED:%=-gcflags=%=-race=false)"
WEB_SOURCES := $(shell find internal/ui hall-server/web kiosk-agent/web counter-agent/web display/web firmware-profiles/web platform/web \
	-type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)

.PHONY: help run build web test test-go test-web e2e bench fuzz lint fmt generate check clean

help: ## list what can be made
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: build ## start a whole hall with simulated devices (FRESH=1, TRAFFIC=1, HALLS=1, PORT=8080, CLOCK=…)
	@exec node internal/demo/run.mjs

build: bin/.built ## build the pages and the programs

node_modules/.installed: package.json package-lock.json
	@command -v node >/dev/null || { echo 'Node.js 20.19 or newer is needed'; exit 1; }
	npm ci --no-audit --no-fund
	@touch $@

FONT := node_modules/@expo-google-fonts/noto-sans-sc
internal/fonts/dist/NotoSansSC.ttf: node_modules/.installed
	@cp $(FONT)/LICENSE_FONT internal/fonts/dist/NotoSansSC-OFL.txt
	@cp $(FONT)/400Regular/NotoSansSC_400Regular.ttf $@

web: var/.web ## build the pages that the programs embed

var/.web: node_modules/.installed $(WEB_SOURCES)
	npm run build
	@mkdir -p var && touch $@

bin/.built: var/.web internal/fonts/dist/NotoSansSC.ttf $(shell find . -name '*.go' -not -path './node_modules/*') go.mod go.sum \
		$(shell find firmware-profiles/catalog hall-server/internal platform/internal -name '*.yaml' -o -name '*.sql' -o -name '*.html') \
		$(wildcard firmware-profiles/engine/audio/clips/*.wav)
	@command -v go >/dev/null || { echo 'Go 1.26 or newer is needed'; exit 1; }
	@command -v gcc >/dev/null || { echo 'gcc is needed for SQLite (Debian: apt-get install gcc libc6-dev)'; exit 1; }
	@mkdir -p bin
	@for p in $(PROGRAMS); do \
		out=$$p; [ $$p = firmware-profiles ] && out=smarthall-profile; \
		echo "build $$out"; go build -o bin/$$out ./$$p; done
	@touch $@

test: test-web test-go e2e ## run every test

test-go: bin/gotestsum internal/fonts/dist/NotoSansSC.ttf var/.test-packages var/fonts/HanaMinB.ttf ## Go tests with the race detector
	@server=$$(internal/testkit/postgres.sh start); trap 'internal/testkit/postgres.sh stop' EXIT; \
	SMARTHALL_POSTGRES="$$server" $(RACED) $(GOTEST) --packages "$(LONGEST) $$(go list ./... | grep -vxF "$$(go list $(ALONE))" | tr '\n' ' ')" -- -race -vet=all -shuffle=on -p 5 # tests wait for half of their time
	@$(GOTEST) --packages './internal/imaging $(ALONE)' >var/unraced.log 2>&1 & unraced=$$!; status=0; \
	$(GOTEST) --packages './platform/server ./hall-server/internal/httpd' -- -run 'EveryOperation|OfOthers' || status=$$?; \
	wait $$unraced || status=$$?; cat var/unraced.log; exit $$status # every role, and how well sheets are found, which the race detector is too slow for

test-web: var/.web ## type checks, style and unit tests of the pages
	@npm run check >var/check.log 2>&1 & check=$$!; status=0; \
	npm test || status=$$?; wait $$check || status=$$?; cat var/check.log; exit $$status # types are checked by one core

e2e: build var/.test-packages var/fonts/HanaMinB.ttf ## the whole visit in Chromium, through the real programs
	@server=$$(internal/testkit/postgres.sh start); trap 'internal/testkit/postgres.sh stop' EXIT; \
	SMARTHALL_POSTGRES="$$server" npm test --workspace internal/e2e

var/.test-packages:
	@missing=; for p in $(TEST_PACKAGES); do dpkg -s $$p >/dev/null 2>&1 || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then echo "install Debian packages:$$missing"; \
		sudo=; [ $$(id -u) = 0 ] || sudo=sudo; \
		$$sudo apt-get update -qq && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; fi
	@mkdir -p var && touch $@

# The font of fonts-hanazono isn't installed: tests see what a machine without it shows, too.
var/fonts/HanaMinB.ttf:
	@rm -rf var/fonts && mkdir -p var/fonts/deb && cd var/fonts/deb && echo 'fetch the font that tests draw rare characters with' && \
	fetch() { apt-get -qq -o APT::Sandbox::User=root download fonts-hanazono 2>/dev/null; } && \
	sudo=; [ $$(id -u) = 0 ] || sudo=sudo; \
	{ fetch || { $$sudo apt-get update -qq && fetch; }; } && dpkg-deb -x fonts-hanazono_*.deb . && mv usr/share/fonts/truetype/hanazono/HanaMinB.ttf .. || \
	echo 'not fetched: tests that need it are skipped'
	@rm -rf var/fonts/deb

bench: internal/fonts/dist/NotoSansSC.ttf ## measure against the disk, the engine, an empty handler and bare sockets
	go test -run '^$$' -bench . -benchtime 1x -timeout 20m ./hall-server/bench
	go test -run '^$$' -bench . -benchtime 500ms ./hall-server/internal/queue
	go test -run '^$$' -bench . ./firmware-profiles/...
	server=$$(internal/testkit/postgres.sh start); trap 'internal/testkit/postgres.sh stop' EXIT; \
	SMARTHALL_POSTGRES="$$server" go test -run '^$$' -bench . -benchtime 500ms ./platform/internal/store ./platform/internal/files && \
	SMARTHALL_POSTGRES="$$server" go test -run '^$$' -bench Rush -benchtime 1x -timeout 20m ./platform/internal/appointment && \
	SMARTHALL_CASES=1000000 SMARTHALL_POSTGRES="$$server" go test -run '^$$' -bench 'ManyCases|MyList|Watched' -benchtime 100x -timeout 120m \
		./platform/internal/cases ./platform/internal/flow ./platform/internal/supervision
	go test -run '^$$' -bench Users -benchtime 1x -timeout 10m ./platform/server
	server=$$(internal/testkit/postgres.sh start); trap 'internal/testkit/postgres.sh stop' EXIT; \
	SMARTHALL_CUT=3m SMARTHALL_POSTGRES="$$server" go test -run Minutes -v -timeout 60m ./platform/internal/node/proof
	go test -run '^$$' -bench CardToFirstByte -benchtime 1x ./kiosk-agent/kiosk
	go test -run '^$$' -bench Sheets -benchtime 1x -timeout 60m ./internal/imaging
	HANDS=5 npx vitest run kiosk-agent/web/tests/writing-hands.test.ts --disable-console-intercept

FUZZTIME ?= 30s
fuzz: internal/fonts/dist/NotoSansSC.ttf ## feed every parser of what devices say with noise (FUZZTIME=30s each)
	@grep -rE '^func Fuzz' --include='*_test.go' firmware-profiles | sed -E 's#^(.*)/[^/]+:func (Fuzz[A-Za-z]*).*#\1 \2#' | \
		while read -r dir target; do \
			echo "$$dir $$target"; go test "./$$dir" -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 100x; done

lint: bin/golangci-lint ## run every linter
	GOFLAGS= bin/golangci-lint run ./...
	npm run check

bin/golangci-lint:
	GOBIN=$(CURDIR)/bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI)

bin/gotestsum:
	GOBIN=$(CURDIR)/bin go install gotest.tools/gotestsum@$(GOTESTSUM)

fmt: bin/golangci-lint node_modules/.installed ## format everything
	bin/golangci-lint fmt ./...
	npm run fix

generate: ## make generated files anew: link types, link page, the API's client
	go generate ./internal/link/... ./firmware-profiles ./hall-server/client/...
	npm run generate --workspace hall-server/client

check: generate fmt lint test ## everything a change must pass; ends with a clean tree
	@git diff --exit-code --stat

clean: ## remove what was built; data under var/run stays
	rm -rf bin var/.web */web/dist/assets
