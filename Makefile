# `make help` lists what this can do. Everything is installed into .venv, from the locked list;
# what runs keeps its data in .local.

.DEFAULT_GOAL := help
.PHONY: help demo test simulate proofs mutate chaos fuzz bench bench-year bench-gate bench-metrics bench-profile
.PHONY: test-operators dashboards pictures check up down install lock clean

VENV := .venv
BIN := $(VENV)/bin
LOCK := requirements/dev.txt

# How many processes share the tests; 0 is one alone, where each line names the test that runs.
WORKERS := 2

# What `make test-operators` needs besides, with the package that has it.
OPERATORS := promtool:prometheus amtool:prometheus-alertmanager

# The long forms of the tests under faults: HOLD is for how many seconds a lock is held.
KILLS := 1000
ROUNDS := 20
HOLD := 60
RECORDS := 100000
SEEDS := 100000
FIRST := 0

# The files of bus/notices whose mutants are tried, all of them if none is named, and how many at once.
MODULES :=
JOBS := 2

# The benchmark has its peers in an environment of their own: they ask for other versions.
BENCH_VENV := .venv-bench
BENCH_LOCK := requirements/bench.txt
BENCH_ARGS :=
EVENTS := 16000000

# A Python is usable when it is new enough and can make virtual environments.
CANDIDATES := python3 python3.14 python3.13 python3.12 python3.11
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
USABLE := import ensurepip, venv; $(NEW_ENOUGH)
first_python = $(shell for name in $(CANDIDATES); do \
	"$$name" -c '$(1)' 2>/dev/null && echo "$$name" && break; done)
ifeq ($(origin PYTHON),undefined)
PYTHON ?= $(call first_python,$(USABLE))
PYTHON := $(PYTHON)
endif

# The environment belongs to one Python and one place; the packages to one list.
checksum = $(shell { $(1); } 2>/dev/null | cksum | tr ' ' '-')
MADE := $(VENV)/.made-$(call checksum,"$(PYTHON)" -VV; echo "$(CURDIR)")
INSTALLED := $(VENV)/.installed-$(call checksum,cat $(LOCK) pyproject.toml)
BENCH_INSTALLED := $(BENCH_VENV)/.installed-$(call checksum,"$(PYTHON)" -VV; cat $(BENCH_LOCK))

# A user may have no home directory, or one that can't be written.
ifneq ($(shell [ -n "$$HOME" ] && [ -w "$$HOME" ] && echo yes),yes)
export PIP_CACHE_DIR := $(CURDIR)/.local/cache/pip
endif
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet

help: ## list these commands
	@echo "Usage: make COMMAND      (PYTHON=… chooses the Python to install with)"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1	\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16

demo: install ## start everything, play the golden scenario, verify it, stop everything
	@$(BIN)/bus demo

test: check ## check, then run every test against a real Kafka and Postgres (WORKERS=2)
	@[ -n "$$BUS_BOOTSTRAP$$BUS_TEST_STACK" ] || $(BIN)/bus local fetch >&2
	@$(BIN)/python -m pytest -n $(WORKERS) $(PYTEST_ARGS)

test-operators: install ## test alerts, routes and notifications with Debian's Prometheus
	@for each in $(OPERATORS); do command -v "$${each%:*}" >/dev/null || { \
		echo "error: $${each%:*} is missing; it is in Debian's package $${each#*:}:"; \
		echo "apt-get install --no-install-recommends prometheus prometheus-alertmanager"; \
		exit 5; }; done >&2
	@[ -n "$$BUS_BOOTSTRAP$$BUS_TEST_STACK" ] || $(BIN)/bus local fetch >&2
	@$(BIN)/python -m pytest -m debian tests $(PYTEST_ARGS)

simulate: install ## run the consuming engine under simulated faults (SEEDS=100000 FIRST=0)
	@$(BIN)/python -m tests.simulation --seeds $(SEEDS) --first $(FIRST)

proofs: install ## compare the announcement rules with a naive reference, history by history
	@$(BIN)/python -m tests.proofs

mutate: install ## change the announcement rules place by place, write what no test notices (JOBS=2)
	@$(BIN)/python -m tests.mutation --jobs $(JOBS) --page tests/proofs/MUTANTS.md $(MODULES)

chaos: install ## cause every fault many times (KILLS=1000 ROUNDS=20 HOLD=60), write the table
	@$(BIN)/bus local fetch >&2
	@$(BIN)/python -m tests.chaos --kills $(KILLS) --rounds $(ROUNDS) --lock-seconds $(HOLD)

fuzz: install ## send many random and mutated records through hhs-intake (RECORDS=100000)
	@[ -n "$$BUS_BOOTSTRAP$$BUS_TEST_STACK" ] || $(BIN)/bus local fetch >&2
	@BUS_FUZZ_RECORDS=$(RECORDS) $(BIN)/python -m pytest tests/chaos/test_fuzz.py $(PYTEST_ARGS)

bench: install $(BENCH_INSTALLED) ## measure speed beside what others would do, write the tables
	@$(BIN)/bus local fetch >&2
	@$(BIN)/python -m tests.benchmarks $(BENCH_ARGS)

bench-year: install ## replay a peak year of custody events from an empty database (EVENTS=16000000)
	@$(BIN)/bus local fetch >&2
	@$(BIN)/python -m tests.benchmarks.year --events $(EVENTS)

bench-gate: install ## measure the gate's answers and the tracker's acknowledgements
	@$(BIN)/bus local fetch >&2
	@$(BIN)/python -m tests.benchmarks.gate

bench-metrics: install ## measure what metrics cost hhs-intake (3 minutes)
	@$(BIN)/bus local fetch >&2
	@$(BIN)/python -m tests.benchmarks.metrics_cost

bench-profile: install ## show where the CPU time of hhs-intake goes
	@$(BIN)/bus local fetch >&2
	@$(BIN)/python -m tests.benchmarks.profiling

calibrate: install ## simulate years for the practice detector, print the table (10 minutes)
	@$(BIN)/python -m tests.benchmarks.practice

dashboards: install ## write Grafana's dashboards anew from their code
	@$(BIN)/python -m deploy.grafana

pictures: install ## draw each dashboard on a healthy and on a broken day (2 minutes)
	@$(BIN)/python -m deploy.grafana.render

check: install ## lint, formatting, types, boundaries between modules, schemas
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/bus schemas check

up: install ## start Kafka and Postgres, leave them running, print their addresses
	@$(BIN)/bus local up

down: install ## stop what `make up` started; the data stays
	@$(BIN)/bus local down

install: $(INSTALLED) ## install the locked packages into .venv

lock: ## resolve the dependencies anew and write the locked list (needs uv)
	@uv pip compile -q --generate-hashes --universal --all-extras --no-header --no-annotate \
		--no-emit-index-url --python-version 3.11 --output-file $(LOCK) pyproject.toml
	@uv pip compile -q --generate-hashes --universal --no-header --no-annotate \
		--no-emit-index-url --python-version 3.11 --output-file requirements/run.txt \
		--constraints $(LOCK) pyproject.toml
	@uv pip compile -q --generate-hashes --universal --no-header --no-annotate \
		--no-emit-index-url --python-version 3.11 --output-file $(BENCH_LOCK) requirements/bench.in

clean: ## stop the local stack; remove it, .venv and every cache
	@if [ -x $(BIN)/bus ]; then $(BIN)/bus local reset --jars; fi
	@rm -rf $(VENV) $(BENCH_VENV) .local .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(MADE):
	@if [ -z "$(PYTHON)" ]; then $(explain_no_python) exit 5; fi
	@"$(PYTHON)" -c '$(USABLE)' 2>/dev/null || { $(explain_bad_python) exit 5; }
	@"$(PYTHON)" -m venv --clear $(VENV)
	@touch $@

$(INSTALLED): $(MADE)
	@echo "Installing the locked packages into $(VENV) …" >&2
	@$(PIP) install --require-hashes -r $(LOCK) || { $(explain_index) exit 5; }
	@$(PIP) install --no-build-isolation --no-deps --editable . || { $(explain_index) exit 5; }
	@rm -f $(VENV)/.installed-*
	@touch $@

$(BENCH_INSTALLED): $(MADE)
	@echo "Installing the benchmark's peers into $(BENCH_VENV) …" >&2
	@"$(PYTHON)" -m venv --clear $(BENCH_VENV)
	@$(BENCH_VENV)/bin/python -m pip --disable-pip-version-check --no-input --quiet \
		install --require-hashes -r $(BENCH_LOCK) || { $(explain_index) exit 5; }
	@touch $@

define explain_no_python
	if [ -n "$(call first_python,$(NEW_ENOUGH))" ]; then \
		echo "error: $(call first_python,$(NEW_ENOUGH)) can't make virtual environments."; \
	else \
		echo "error: no Python 3.11 or newer was found."; \
	fi >&2; \
	{ echo "On Debian and Ubuntu: apt-get install python3-venv"; \
	echo "Or name another Python: make PYTHON=/path/to/python3 COMMAND"; } >&2;
endef

define explain_bad_python
	{ echo "error: $(PYTHON) is no Python 3.11 or newer that can make virtual environments."; \
	echo "On Debian and Ubuntu venv is in the package python3-venv."; } >&2;
endef

define explain_index
	{ echo "error: the packages could not be installed; pip's own message is above."; \
	echo "If it found no version, or could not connect, the package index can't be reached: check"; \
	echo "the network, HTTPS_PROXY for a proxy, PIP_CERT for your own certificates, PIP_INDEX_URL for"; \
	echo "a mirror. If no space was left, free some. Then run the command again: it goes on there."; } >&2;
endef
