# Every target works alone: what it needs is set up first, in .venv or for `demo` and `bench` in
# .cache, anew only for another lock.
# More for the tool behind a target goes in ARGS: make test ARGS="-k story"

READY := .venv/.ready
PY := .venv/bin/python
ARGS :=
BENCHMARKS := $(basename $(notdir $(wildcard benchmarks/[a-z]*.py)))

# Without the right to install them their tests are skipped, and say so; in CI that is a failure.
SERVERS = $(PY) -m tests.servers install || test -z "$$CI"

# Compiled modules are kept, whatever the surroundings say: the tests start hundreds of processes.
unexport PYTHONDONTWRITEBYTECODE

# On all cores, each worker with servers of its own; a file's tests stay together.
WORKERS = -q -n auto --dist loadfile --no-loadscope-reorder

.PHONY: help test test-fast demo lint types walls wheel bench abilities faults lock check clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

test: $(READY) ## everything proved, against a real Redmine, Dovecot and PostgreSQL
	@$(SERVERS)
	@$(PY) -m pytest $(WORKERS) $(ARGS)

test-fast: $(READY) ## what needs no server, in a minute or so
	@$(PY) -m pytest $(WORKERS) -m "not server and not slow" $(ARGS)

demo: ## a small story told by the real commands; no credentials, no set-up
	@tools/venv .cache/demo requirements/demo.txt
	@.cache/demo/bin/python -m bridge demo $(ARGS)

check: lint types walls ## all that is fast: lint, types, walls

lint: $(READY) ## style, and what ruff knows to be mistakes
	@$(PY) -m ruff check --quiet .
	@$(PY) -m ruff format --check --quiet .
	@echo "lint: clean"

types: $(READY) ## mypy, strict, over everything
	@$(PY) -m mypy $(ARGS)

walls: $(READY) ## who may import whom
	@.venv/bin/lint-imports --no-cache --no-logo $(ARGS)

wheel: $(READY) ## wheel and sdist, proved in an empty environment
	@$(PY) -m tools.check_wheel

bench: $(READY) ## figures of this machine: ratios, requests, memory
	@tools/venv .cache/bench requirements/bench.txt
	@$(SERVERS)
	@for name in $(BENCHMARKS); do \
	    echo "── $$name"; .cache/bench/bin/python -m benchmarks.$$name $(ARGS) || exit 1; done

abilities: $(READY) ## the table of docs/connectors.md, from what the checks show
	@$(SERVERS)
	@BRIDGE_ABILITIES=write $(PY) -m pytest --quiet tests/conformance $(ARGS)

faults: $(READY) ## the tables of docs/faults.md, from a run of every fault
	@BRIDGE_FAULTS=write $(PY) -m pytest --quiet tests/matrix --ignore tests/matrix/test_document.py $(ARGS)

lock: $(READY) ## requirements/*.txt from pyproject.toml (ARGS=--upgrade: newest of everything)
	@$(PY) -m tools.lock $(ARGS)

clean: ## remove all that was made here
	@rm -rf .venv .cache build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(READY): requirements/dev.txt pyproject.toml tools/venv
	@tools/venv .venv requirements/dev.txt

# A checkout that was moved, or whose Python has gone, needs its .venv anew.
ifneq ($(shell $(PY) -c 'print(open("$(READY)").read())' 2>/dev/null),$(CURDIR))
.PHONY: $(READY)
endif
