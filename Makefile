# Every target does its own set-up and runs on the Node that package.json pins, whatever Node is installed.
SHELL := /bin/sh
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

# Options of the test runner: make test ARGS='--grep render test/cli'
ARGS ?=
# npm writes it at the end of every installation, so what `npm ci` did is not done again.
STAMP := node_modules/.package-lock.json

.PHONY: help setup demo test test-fast test-full check generate dist bundle image manifests mutants mutants-gitops gitops simulate bench bench-karpenter clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## install what package-lock.json names, if that changed

# No install scripts: nothing of ours needs one, and none of a dependency's should run unread.
$(STAMP): package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

demo: $(STAMP) ## a local control plane, simulated GPU nodes, the examples until they are ready
	@node bin/foresail.js demo $(ARGS)

test: $(STAMP) ## all tests; those of test/cluster against a real local control plane
	@node test/support/run.ts all $(ARGS)

test-fast: $(STAMP) ## the tests that need no control plane
	@node test/support/run.ts fast $(ARGS)

test-full: $(STAMP) ## all tests, with all of the generated cases
	@node test/support/run.ts full $(ARGS)

check: $(STAMP) ## types, lint and format, generated files up to date, what foresail check says of the examples
	tsc --noEmit
	biome check .
	node src/cli/generate.ts --check
	node bin/foresail.js check -o text examples | diff -u test/cases/ci/examples.txt -

generate: $(STAMP) ## write the generated files
	node src/cli/generate.ts

dist: $(STAMP) ## emit JavaScript for the npm package
	npm run --silent dist

bundle: $(STAMP) ## one script that runs without node_modules: dist/foresail.mjs (docs/ci.md)
	@node bundle/build.ts $(ARGS)

image: $(STAMP) ## an OCI image layout without a container engine: dist/image (docs/install.md)
	@node image/build.ts $(ARGS)

manifests: $(STAMP) ## manifests/ as an OCI artifact for Flux and Argo CD: dist/manifests (docs/install.md)
	@node image/manifests.ts $(ARGS)

mutants: $(STAMP) ## break each rule on purpose and see its test go red (ARGS=--cluster: those on a control plane)
	@node test/support/mutants.ts $(ARGS)

mutants-gitops: $(STAMP) ## the same for the rules of docs/gitops.md, on one control plane (ARGS=--exactly: and see no other go red)
	@node test/support/mutants-gitops.ts $(ARGS)

gitops: $(STAMP) ## what Flux and Argo CD see of our Workspaces, in each of their diff modes
	@node test/support/run.ts all --grep 'GitOps: the matrix' test/cluster/gitops

simulate: $(STAMP) ## random clusters on virtual time (ARGS='--seconds=3600', '--seed=7 --worlds=1 --trace')
	@node test/simulation/main.ts $(ARGS)

bench: $(STAMP) ## benchmarks; each ends with one line of JSON
	@set -e; for program in bench/*.ts; do node "$$program"; done

# One iteration: the benchmark solves again on one scheduler object, which keeps the nodes of the iterations before.
KARPENTER_BENCH ?= BenchmarkScheduling(500|1000|2000|5000)$$|BenchmarkRespectPreferences|BenchmarkIgnorePreferences
bench-karpenter: ## Karpenter's own scheduling benchmark on one core, for the ratio to bench/plan.ts in the same minute
	cd test/tools/karpenter-bench && GOWORK=off GOFLAGS="-buildvcs=false -mod=readonly" GOMAXPROCS=1 \
		go test -tags=test_performance -run=XXX -bench='$(KARPENTER_BENCH)' -benchtime=1x -benchmem -timeout=30m \
		sigs.k8s.io/karpenter/pkg/controllers/provisioning/scheduling

clean: ## remove what can be made again, but not the built tools
	rm -rf dist coverage node_modules *.tgz
