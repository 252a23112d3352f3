# `make help` lists the targets. The first that needs it makes the virtual environment
# in .venv from the hash-locked requirements; nothing else is installed anywhere.

# What a caller gives is text, which recipes take from the environment, in quotes: "$$SPEC". Make would expand a variable
# of its command line wherever it is used, and when it exports it; so each is defined again, as what was typed.
$(foreach name,$(.VARIABLES),$(if $(filter command,$(origin $(name))),\
	$(eval override $(name) := $$(value $(name)))$(eval export $(name))))

# The folder of this file. MAKEFILE_LIST separates paths by spaces, and a path may have some too: the longest end of the
# list that is a file is the path.
hash := \#
override ROOT := $(shell path='$(subst ','\'',$(MAKEFILE_LIST))'; \
	while [ ! -f "$$path" ]; do case $$path in (*' '*) path=$${path$(hash)* };; (*) exit;; esac; done; \
	CDPATH= cd -- "$$(dirname -- "$$path")" && pwd -P)
$(if $(value ROOT),,$(error The path of this Makefile cannot be read: call make in its folder, or with -C))

# These count on the command line alone. An activated environment is another one, and some shells set NAME.
VENV :=
override VENV := $(or $(value VENV),$(ROOT)/.venv)
override VENV := $(if $(filter /%,$(firstword $(VENV))),,$(CURDIR)/)$(VENV)
NAME := image_variations

PYTHON ?= python3
export ROOT VENV NAME PYTHON

# An option, if its variable is given; one without a value, if its variable is 1. (In quotes no part of it is.)
option = $(if $(filter undefined,$(origin $(2))),,--$(1)="$$$(2)")
flag = $(if $(filter "1","$(value $(2))"),--$(1))

# Everything runs as `python -m`: the scripts that pip installs execute $(...) in the path of their environment.
HERE = cd "$$ROOT" && "$$VENV/bin/python"
# From where make was called. -P: a folder called `tools` there is not ours.
RUN = PYTHONPATH="$$ROOT" "$$VENV/bin/python" -P
# Without the environment: what copies need is in the standard library.
STANDARD = PYTHONPATH="$$ROOT" "$$PYTHON" -P

HAS_PYTHON = { "$$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	{ echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.11"; exit 1; }; }

# The tests run in a process for each core. They start hundreds of interpreters: without bytecode that is kept, whatever
# the environment says, each would compile the client anew.
TEST = cd "$$ROOT" && PYTHONDONTWRITEBYTECODE= "$$VENV/bin/python" -m pytest
PARALLEL := --numprocesses=auto --maxprocesses=8 --dist=worksteal

.DEFAULT_GOAL := help
.PHONY: help setup run serve test cover faults matrix fuzz interop soak bench bench-setup bench-check test-all
.PHONY: test-machines machines-setup check format generate pin pin-check repin survey diff vendor vendor-check dist
.PHONY: docs docs-setup picture lock clean

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*  ## /\1\t/p' "$$ROOT/Makefile" | expand -t 14

# Targets of make cannot have spaces in their paths, so the shell looks whether an environment is older than its sources.
PIP = -m pip install --quiet --disable-pip-version-check --no-deps
# A new pip first: the one of Python 3.11 takes three times as long for the rest. Either would compile every module, and
# most are never imported.
new_pip = sed -n '/^pip==/,/[^\\]$$/p' "$$ROOT/requirements-dev.txt" | \
	$(1)/bin/python $(PIP) --no-compile --require-hashes -r /dev/stdin
current = [ -e $(1)/ready ] $(foreach source,$(2),&& ! [ "$$ROOT/$(source)" -nt $(1)/ready ])
install = $(HAS_PYTHON) && printf 'setup: making %s\n' $(1) >&2 && "$$PYTHON" -m venv $(1) && \
	$(call new_pip,$(1)) && $(1)/bin/python $(PIP) --no-compile --require-hashes -r "$$ROOT/$(2)"

setup:  ## make the virtual environment
	@# --no-deps: the lock is complete, and older pips look beyond it for what an extra is asked of.
	@$(call current,"$$VENV",requirements-dev.txt pyproject.toml) || { \
		$(call install,"$$VENV",requirements-dev.txt) && \
		$(HERE) $(PIP) --no-build-isolation --editable . && touch "$$VENV/ready"; }

run: setup  ## vary an image: IMAGE=path for your own, OPENAI_BASE_URL for another server
	case $$IMAGE in ''|/*) ;; *) IMAGE=$$PWD/$$IMAGE;; esac; $(HERE) -m examples.variations

serve: setup  ## start the reference server: PORT=9997
	$(HERE) -m tests.reference_server $(call option,port,PORT)

test: setup  ## run the tests but for the slow ones that `cover` has, or those of one room: ROOM=images
	$(TEST) $(PARALLEL) $(if $(value ROOM),"tests/$$ROOM")

cover: setup  ## run the tests, the slow ones too, and measure what they cover
	$(TEST) $(PARALLEL) -m "not soak" --cov --cov-report=term-missing:skip-covered

faults: setup  ## run every fault over every transport, and print the matrix beside the official SDK
	$(TEST) $(PARALLEL) -q -m "not soak" tests/faults tests/call/test_never_pays_twice.py
	$(HERE) -m tests.faults.matrix

matrix: setup  ## print the fault matrix beside the official SDK, without the tests
	$(HERE) -m tests.faults.matrix

fuzz: setup  ## play 20,000 answers, byte streams and event streams that no server should send: CASES=20000 SEED=1
	$(HERE) -m tests.fuzz $(call option,cases,CASES) $(call option,seed,SEED)

# By exec: what a signal ends must be the program, which stops its servers, and not a shell in front of it.
interop: setup  ## try servers that people have, and write tests/interop/REPORT.md: SERVER=prism, QUICK=1 for fast ones
	cd "$$ROOT" && exec "$$VENV/bin/python" -m tests.interop $(call option,server,SERVER) $(call flag,quick,QUICK)

soak: setup machines-setup  ## run what takes long at its full size, and what measures the machine, one by one: CASES=20000 SEED=1
	$(TEST) -q -m soak
	$(MACHINES_TEST) -m soak tests/machines
	$(HERE) -m tests.fuzz $(call option,cases,CASES) $(call option,seed,SEED)

# Who is compared lives in an environment of its own: nothing else needs it.
PEERS = "$$ROOT/.venv-bench"
BENCH = cd "$$ROOT" && PYTHONPATH="$$ROOT" $(PEERS)/bin/python -P
# Bash has a SECONDS of its own, which counts.
ifneq ($(origin SECONDS),undefined)
export BENCH_SECONDS := $(value SECONDS)
endif
BENCH_OPTIONS = $(call option,rounds,ROUNDS) $(call option,seconds,BENCH_SECONDS)

bench-setup:
	@# All of it compiled: imports are measured.
	@$(call current,$(PEERS),benchmarks/requirements.txt) || { \
		$(call install,$(PEERS),benchmarks/requirements.txt) && \
		{ $(PEERS)/bin/python -m compileall -qq -j 0 $(PEERS)/lib || :; } && touch $(PEERS)/ready; }

bench: bench-setup  ## measure this client beside others, and write benchmarks/REPORT.md: ROUNDS=5 SECONDS=1
	$(BENCH) -m benchmarks run $(BENCH_OPTIONS)

bench-check: bench-setup  ## measure afresh, and say which targets hold: ROUNDS=5 SECONDS=1 AXIS=events
	$(BENCH) -m benchmarks check $(BENCH_OPTIONS) $(call option,axis,AXIS)

test-all: setup  ## run the tests on Python 3.11, 3.12 and 3.13, and with the lowest dependencies
	$(HERE) -m tools.test_all

# Ray, an S3 server and what talks to them weigh more than all else, so they live in an environment of their own, too.
MACHINES = "$$ROOT/.venv-machines"

machines-setup:
	@$(call current,$(MACHINES),tests/machines/requirements.txt) || { \
		$(call install,$(MACHINES),tests/machines/requirements.txt) && touch $(MACHINES)/ready; }

MACHINES_TEST = cd "$$ROOT" && PYTHONDONTWRITEBYTECODE= PYTHONPATH="$$ROOT:$$ROOT/generated:$$ROOT/cli" \
	$(MACHINES)/bin/python -P -m pytest -q

test-machines: machines-setup  ## run the tests that need PostgreSQL, S3 or Ray
	$(MACHINES_TEST) tests/machines
	@# The tests of ledgers, on the other database. What needs a browser is not among them.
	$(MACHINES_TEST) $(PARALLEL) -m "not soak" -k postgresql tests/cli \
		--ignore=tests/cli/test_page.py

check: setup  ## lint, check types with mypy and pyright, and look for drift and stray files
	$(HERE) -m ruff check && "$$VENV/bin/python" -m ruff format --check --quiet
	@# Side by side: for all modules pyright takes longer than the others together.
	$(HERE) -m tools.check.pyright & pyright=$$!; \
		$(HERE) -m tools.check && "$$VENV/bin/python" -m mypy; others=$$?; wait $$pyright && exit $$others

format: setup  ## lay out the hand-written code
	$(HERE) -m ruff check --fix --quiet; $(HERE) -m ruff format --quiet

generate: setup  ## write the client: SPEC=document.yaml OUT=folder/package CONFIG=file.yml FORCE=1
	@$(RUN) -m tools.generate $(call option,spec,SPEC) $(call option,out,OUT) \
		$(call option,config,CONFIG) $(call flag,force,FORCE)

COPY = $(call option,dest,DEST) $(call option,name,NAME)

vendor:  ## copy the client into a service, or update a copy: DEST=folder NAME=image_variations FORCE=1
	@$(HAS_PYTHON)
	@$(STANDARD) -m tools.vendor $(COPY) $(call flag,force,FORCE)

vendor-check:  ## look for edits in a copy, and with LATEST=1 for its age: DEST=folder NAME=image_variations
	@$(HAS_PYTHON)
	@$(STANDARD) -m tools.vendor check $(COPY) $(call flag,latest,LATEST)

diff: setup  ## say what would change for users: SPEC=new.yaml, AGAINST=revision, copy or old.yaml; FORMAT=markdown
	@$(RUN) -m tools.diff $(call option,spec,SPEC) $(call option,against,AGAINST) $(call option,format,FORMAT)

PINNING = $(RUN) -m tools.pin $(call option,spec,SPEC) $(call option,pin,PIN) $(call option,overlay,OVERLAY)

pin: setup  ## renew the pin: SPEC=file-or-URL COMMIT=sha ACCEPT=1; OPERATIONS=... PIN=file OVERLAY=file for another
	@$(PINNING) $(call option,source,SOURCE) $(call option,commit,COMMIT) $(call option,operations,OPERATIONS) \
		$(call flag,accept,ACCEPT)

pin-check: setup  ## compare the pin with what a document gives: SPEC=file-or-URL
	@$(PINNING) --check

repin: setup  ## renew pin and package from the newest document: SPEC=file-or-URL COMMIT=sha REPORT=file CHECKS=...
	@$(RUN) -m tools.repin $(call option,spec,SPEC) $(call option,commit,COMMIT) $(call option,report,REPORT) \
		$(call option,checks,CHECKS)

dist: setup  ## build wheel and sdist in dist/, check them, and try them out on each Python of this machine
	$(HERE) -m tools.dist

survey: setup  ## count which operations of a document work: SPEC=file-or-URL OPERATIONS=... MARKDOWN=file JSON=file
	@$(RUN) -m tools.survey $(call option,spec,SPEC) $(call option,operations,OPERATIONS) \
		$(call option,markdown,MARKDOWN) $(call option,json,JSON)

# For every platform, from Python 3.11 on. The peers of `make bench` have the versions that the tests know. The servers
# of `make interop` share nothing with the project.
LOCK = $(HERE) -m uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 \
	--no-header $(if $(value UPGRADE),"$$UPGRADE")

lock: setup  ## renew the hash-locked requirements: UPGRADE=--upgrade
	$(LOCK) --group dev --output-file requirements-dev.txt pyproject.toml
	$(LOCK) --group bench --constraint requirements-dev.txt --output-file benchmarks/requirements.txt pyproject.toml
	$(LOCK) --group docs --extra aiohttp --extra cli --constraint requirements-dev.txt \
		--output-file docs/requirements.txt pyproject.toml
	$(LOCK) --group machines --extra cli --extra fsspec --extra postgresql --constraint requirements-dev.txt \
		--output-file tests/machines/requirements.txt pyproject.toml
	$(LOCK) --group litellm --output-file tests/interop/locks/litellm.txt
	$(LOCK) --group openai-forward --output-file tests/interop/locks/openai-forward.txt

# What builds the site lives in an environment of its own, too.
SITE = "$$ROOT/.venv-docs"

docs-setup:
	@$(call current,$(SITE),docs/requirements.txt) || { \
		$(call install,$(SITE),docs/requirements.txt) && touch $(SITE)/ready; }

docs: setup docs-setup  ## run the blocks of the documentation, and build it in site/: BLOCKS=no builds it alone
	$(if $(filter no,$(value BLOCKS)),,$(TEST) $(PARALLEL) -q -m "not soak" tests/docs)
	@# Sphinx leaves .buildinfo: another folder of that name is not ours.
	@cd "$$ROOT" && { [ ! -e site ] || [ -e site/.buildinfo ]; } || { \
		echo "docs: site/ was not made by make docs; move it away" >&2; exit 2; }
	cd "$$ROOT" && rm -rf site && PYTHONPATH="$$ROOT/generated:$$ROOT/cli" $(SITE)/bin/python -P -m sphinx \
		--fail-on-warning --keep-going --quiet --builder html docs site
	@echo "docs: open $$ROOT/site/index.html"

picture: setup  ## draw the picture of docs/architecture.md from the imports
	$(HERE) -m tools.check.architecture

clean:  ## remove what make made in this folder, the virtual environment included
	@$(HAS_PYTHON)
	@$(STANDARD) -m tools.clean --venv="$$VENV"
