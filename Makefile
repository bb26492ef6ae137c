# SPDX-License-Identifier: Apache-2.0
# What one does with this repository. `make` alone lists it.

SWIFT ?= swift
LINTED := Sources Tests Documentation/Examples Documentation/Generator Package.swift \
  $(wildcard Benchmarks/*.swift Benchmarks/*/*/*.swift)

# How many tests run at once. They wait for processes more than they compute.
TEST_WIDTH ?= 4

.DEFAULT_GOAL := help
.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: dependencies
dependencies: ## install the Debian packages that are missing
	@Scripts/install-dependencies
	@$(SWIFT) --version >/dev/null 2>&1 || \
	  { echo 'Swift 6.3 or later is needed and not on the PATH: https://www.swift.org/install' >&2; exit 1; }

.PHONY: build
build: dependencies ## build the daemon and the command line, optimized
	$(SWIFT) build --configuration release --explicit-target-dependency-import-check error

.PHONY: run
run: ## see it work: a private bus, vireod and a small VM; Ctrl-C ends all three
	@Scripts/run-demo

.PHONY: test
test: dependencies test-clients lint build-tests check-docs guest ## run every test against the real components
	@Scripts/run-tests

.PHONY: test-sriov
test-sriov: dependencies build-tests ## test virtual functions in a guest with a card that has them
	@Scripts/prepare-sriov .build/sriov "$$($(SWIFT) build --show-bin-path)/source-probe"
	@VIREO_SRIOV="$(CURDIR)/.build/sriov" Scripts/run-tests --filter SRIOVTests

.PHONY: soak
soak: dependencies test-clients build-tests ## run the long forms of the delivery tests: 200 kills, 200,000 events, on both brokers
	@VIREO_SOAK=1 TEST_WIDTH=1 Scripts/run-tests --filter '^DeliveryTests'

.PHONY: test-clients
test-clients: dependencies
	@Scripts/install-varlink-client

.PHONY: guest
guest: dependencies
	@Scripts/prepare-guest .build/guest

.PHONY: build-tests
build-tests:
	$(SWIFT) build --build-tests --explicit-target-dependency-import-check error

.PHONY: check-docs
check-docs: build-tests
	@Scripts/check-docs

.PHONY: docs
docs: build-tests ## build the documentation of the EventLoop and DBusBridge libraries, into .build/docs
	@Scripts/check-docs .build/docs

.PHONY: deb
deb: ## build the Debian package, into .build-package/deb
	@Scripts/install-dependencies build package
	@Scripts/build-deb

.PHONY: test-package
test-package: ## build the Debian package; install, upgrade and purge it in a clean system with a systemd of its own
	@Scripts/install-dependencies build package
	@Scripts/test-package

.PHONY: sanitize
sanitize: dependencies ## run the event loop's tests under the thread and address sanitizers
	@Scripts/sanitize

.PHONY: bench
bench: dependencies ## measure everything beside its peers and write Benchmarks/RESULTS.md; takes half an hour, as root
	@Benchmarks/bench all

.PHONY: bench-check
bench-check: dependencies ## count instructions, system calls, allocations and bytes against the thresholds
	@Benchmarks/bench check

.PHONY: lint
lint: ## check the format and the rules of .swift-format
	$(SWIFT) format lint --strict --recursive --parallel $(LINTED)
	@for script in Scripts/*; do bash -n "$$script" || exit 1; done

.PHONY: format
format: ## put the sources into the format
	$(SWIFT) format --in-place --recursive --parallel $(LINTED)

.PHONY: manual
manual: ## write the manual pages anew, after a change of options, settings, kinds or interfaces
	$(SWIFT) build
	bin=$$($(SWIFT) build --show-bin-path) && "$$bin/manual" Documentation/Templates DBusPolicy/interfaces "$$bin" Documentation/man

.PHONY: clean
clean: ## remove what was built
	$(SWIFT) package clean

export SWIFT TEST_WIDTH
