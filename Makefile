# `make help` lists the targets. The first that needs it makes the virtual environment
# in .venv from the hash-locked requirements; nothing else is installed anywhere.

ROOT := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
PYTHON ?= python3
VENV := $(ROOT)/.venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
SPEC ?= $(ROOT)/openapi.yaml
OUT ?= $(ROOT)/generated/image_variations
PIN ?= $(ROOT)/openapi.yaml
OVERLAY ?= $(ROOT)/tools/overlay.yaml

# The tests run in a process for each core.
PARALLEL := --numprocesses=auto --maxprocesses=8 --dist=worksteal

# -P: a folder called `tools` where make was called from is not ours.
RUN := PYTHONPATH=$(ROOT) $(BIN)/python -P

HAS_PYTHON = $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	{ echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.11"; exit 1; }

# What copies need is in the standard library. NAME counts where it is given to make: some shells set it too.
COPY := PYTHONPATH=$(ROOT) $(PYTHON) -P
PLACE = --dest "$$DEST" $(if $(findstring command,$(origin NAME)),--name "$$NAME")

.DEFAULT_GOAL := help
.PHONY: help setup run serve test faults fuzz bench bench-check test-all check format generate pin pin-check diff
.PHONY: vendor vendor-check lock clean

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*  ## /\1\t/p' $(ROOT)/Makefile | expand -t 14

setup: $(READY)  ## make the virtual environment

$(READY): $(ROOT)/requirements-dev.txt $(ROOT)/pyproject.toml
	@$(HAS_PYTHON)
	$(PYTHON) -m venv $(VENV)
	@# --no-deps: the lock is complete, and older pips look beyond it for what an extra is asked of.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $(ROOT)/requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable $(ROOT)
	@touch $@

run: $(READY)  ## vary an image: IMAGE=path for your own, OPENAI_BASE_URL for another server
	$(if $(IMAGE),IMAGE="$$(realpath "$(IMAGE)")"; export IMAGE;) cd $(ROOT) && $(BIN)/python -m examples.variations

serve: $(READY)  ## start the reference server: PORT=9997
	cd $(ROOT) && $(BIN)/python -m tests.reference_server --port $(or $(PORT),9997)

test: $(READY)  ## run the tests but for the slow ones that `faults` has, and measure what they cover
	cd $(ROOT) && $(BIN)/python -m pytest $(PARALLEL) --cov --cov-report=term-missing:skip-covered

faults: $(READY)  ## run every fault over every transport, and print the matrix beside the official SDK
	cd $(ROOT) && $(BIN)/python -m pytest $(PARALLEL) -q -m "slow or not slow" tests/faults tests/test_never_pays_twice.py
	cd $(ROOT) && $(BIN)/python -m tests.faults.matrix

fuzz: $(READY)  ## play 20,000 answers that no server should send: CASES=20000 SEED=1
	cd $(ROOT) && $(BIN)/python -m tests.fuzz --cases $(or $(CASES),20000) $(if $(SEED),--seed $(SEED))

# Who is compared lives in an environment of its own: nothing else needs it.
PEERS := $(ROOT)/.venv-bench
PEERS_READY := $(PEERS)/ready
BENCH_OPTIONS = --rounds $(or $(ROUNDS),5) --seconds $(or $(SECONDS),1)

$(PEERS_READY): $(ROOT)/benchmarks/requirements.txt
	@$(HAS_PYTHON)
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@

bench: $(PEERS_READY)  ## measure this client beside others, and write benchmarks/REPORT.md: ROUNDS=5 SECONDS=1
	cd $(ROOT) && PYTHONPATH=$(ROOT) $(PEERS)/bin/python -P -m benchmarks.run $(BENCH_OPTIONS)

bench-check: $(PEERS_READY)  ## measure afresh, and say which targets hold: ROUNDS=5 SECONDS=1
	cd $(ROOT) && PYTHONPATH=$(ROOT) $(PEERS)/bin/python -P -m benchmarks.check $(BENCH_OPTIONS)

test-all: $(READY)  ## run the tests on Python 3.11, 3.12 and 3.13, and with the lowest dependencies
	cd $(ROOT) && $(BIN)/python -m tools.test_all

check: $(READY)  ## lint, check types with mypy and pyright, and look for drift and stray files
	cd $(ROOT) && $(BIN)/ruff check && $(BIN)/ruff format --check --quiet
	cd $(ROOT) && $(BIN)/python -m tools.check
	cd $(ROOT) && $(BIN)/mypy
	cd $(ROOT) && $(BIN)/pyright

format: $(READY)  ## lay out the hand-written code
	cd $(ROOT) && $(BIN)/ruff check --fix --quiet; $(BIN)/ruff format --quiet

generate: $(READY)  ## write the client: SPEC=document.yaml OUT=folder/package
	@$(RUN) -m tools.generate --spec "$(SPEC)" --out "$(OUT)"

vendor:  ## copy the client into a service, or update a copy: DEST=folder NAME=image_variations FORCE=1
	@$(HAS_PYTHON)
	@$(COPY) -m tools.vendor $(PLACE) $(if $(filter 1,$(FORCE)),--force)

vendor-check:  ## look for edits in a copy, and with LATEST=1 for its age: DEST=folder NAME=image_variations
	@$(HAS_PYTHON)
	@$(COPY) -m tools.vendor_check $(PLACE) $(if $(filter 1,$(LATEST)),--latest)

diff: $(READY)  ## say what would change for users: SPEC=new.yaml, or AGAINST=revision or copy; FORMAT=markdown
	@$(RUN) -m tools.diff $(if $(filter-out file,$(origin SPEC)),--spec "$(SPEC)") \
		$(if $(AGAINST),--against "$(AGAINST)") $(if $(FORMAT),--format "$(FORMAT)")

# The pin is not pinned from itself: SPEC has to be named.
WHOLE = $(if $(filter file,$(origin SPEC)),,$(SPEC))
PINNING = $(RUN) -m tools.pin --spec '$(WHOLE)' --pin '$(PIN)' --overlay '$(OVERLAY)'

pin: $(READY)  ## renew the pin: SPEC=file-or-URL COMMIT=sha ACCEPT=1; OPERATIONS="..." PIN=file OVERLAY=file for another
	@$(PINNING) --source '$(SOURCE)' --commit '$(COMMIT)' --operations '$(OPERATIONS)' $(if $(filter 1,$(ACCEPT)),--accept)

pin-check: $(READY)  ## compare the pin with what a document gives: SPEC=file-or-URL
	@$(PINNING) --check

# For every platform, from Python 3.11 on. The peers of `make bench` have the versions that the tests know.
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 --no-header

lock: $(READY)  ## renew requirements-dev.txt and benchmarks/requirements.txt
	cd $(ROOT) && $(LOCK) --group dev --output-file requirements-dev.txt $(UPGRADE) pyproject.toml
	cd $(ROOT) && $(LOCK) --group bench --constraint requirements-dev.txt --output-file benchmarks/requirements.txt $(UPGRADE) pyproject.toml

clean:  ## remove what make made, the virtual environment included
	rm -rf $(VENV) $(VENV)-* $(ROOT)/variations $(ROOT)/dist $(ROOT)/.*_cache $(ROOT)/.hypothesis $(ROOT)/.coverage
