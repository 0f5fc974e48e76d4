# What can be done here; `make help` lists it. Every target builds what it needs first.

PYTHON ?= python3
VENV   ?= .venv
# Processes the tests are spread over.
WORKERS ?= 2
# For how long `make soak` draws random schedules of what happens to orders.
MINUTES ?= 30
# Passed on to pytest, e.g. make test ARGS="tests/engine/money -k refused"
ARGS ?=

# Tests start a hundred programs: where bytecode is not to be kept, each would compile everything again.
test soak: export PYTHONDONTWRITEBYTECODE :=

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# One stamp per set of requirements: building again costs nothing until a lock or pyproject changes.
RUN_READY   := $(VENV)/ready-run
DEV_READY   := $(VENV)/ready-dev
BENCH_READY := $(VENV)/ready-bench

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: bench-chat bench-events bench-signals help run test check bench bench-shop bench-proof bench-mails soak reference format lock clean

help:  ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | expand -t 12

run: $(RUN_READY)  ## serve a demo shop with its own PostgreSQL on http://127.0.0.1:8080, its mails at /dev/mail
	$(BIN)/sostech serve --demo

test: $(DEV_READY)  ## run the tests (ARGS=... goes to pytest)
	$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

check: $(DEV_READY)  ## format, lint, types, direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache --no-logo

bench: $(BENCH_READY)  ## measure the engine against others and draw the curves
	$(BIN)/python tests/benchmarks/run.py

bench-shop: $(BENCH_READY)  ## measure the running shop over HTTP: lists, carts, coupons, many promotions
	$(BIN)/python tests/benchmarks/shop/run.py

bench-proof: $(DEV_READY)  ## measure lints, proofs, mutations and comparisons for every cart
	$(BIN)/python -m tests.benchmarks.proof.run --page docs/explanation/benchmarks-proof.md

bench-mails: $(DEV_READY)  ## measure how fast mails leave, and a long queue of them
	$(BIN)/python -m tests.benchmarks.mails.run --page docs/explanation/benchmarks-events.md

bench-signals: $(DEV_READY)  ## measure what looking for patterns in windows of events costs
	$(BIN)/python -m tests.benchmarks.signals.run

bench-events: $(DEV_READY)  ## measure how long events take to their handlers
	$(BIN)/python -m tests.benchmarks.events.run --page docs/explanation/benchmarks-events.md

bench-chat: $(DEV_READY)  ## measure what clients of the chat cost, and how fast messages reach others
	$(BIN)/python -m tests.benchmarks.chat.run --page docs/explanation/benchmarks-chat.md

soak: $(DEV_READY)  ## run the tests with many more generated examples, accidents and schedules (long)
	HYPOTHESIS_PROFILE=soak SOSTECH_TEST_SOAK_MINUTES=$(MINUTES) $(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

reference: $(DEV_READY)  ## write the generated pages of docs/reference and the JSON Schemas
	$(BIN)/python -m engine.cli.reference
	$(BIN)/python -m server.reference

format: $(DEV_READY)  ## rewrite the code in the house layout
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix-only .

# Locks are written with the oldest Python we support: what it needs, newer ones can install too.
# UPGRADE=--upgrade takes the newest versions instead of keeping the locked ones.
COMPILE = $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-header \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links $(UPGRADE)
lock: $(DEV_READY)  ## write requirements/*.txt anew from pyproject.toml
	$(COMPILE) --only-build-deps --build-deps-for=editable -o requirements/build.txt pyproject.toml
	$(COMPILE) -o requirements/run.txt pyproject.toml
	$(COMPILE) --extra=dev -c requirements/run.txt -o requirements/dev.txt pyproject.toml
	$(COMPILE) --extra=cluster -c requirements/dev.txt -o requirements/cluster.txt pyproject.toml
	$(COMPILE) --extra=proof -c requirements/dev.txt -o requirements/proof.txt pyproject.toml
	$(COMPILE) --extra=bench -c requirements/dev.txt -o requirements/bench.txt pyproject.toml

clean:  ## remove the virtual environment, caches and build results
	rm -rf $(VENV) build dist *.egg-info
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.venv*' -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'Python 3.11 or later is needed; name one: make PYTHON=python3.12' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The build backend is locked too, and the package is linked, not copied: edits count at once.
# Setuptools warns of every linked package that folders can hide it; that is what linking means.
$(RUN_READY): requirements/build.txt requirements/run.txt pyproject.toml | $(BIN)/python
	$(PIP) install --require-hashes -r requirements/build.txt -r requirements/run.txt
	PYTHONWARNINGS=ignore $(PIP) install --no-build-isolation --no-deps --no-index --editable .
	@touch $@

$(DEV_READY): requirements/dev.txt $(RUN_READY)
	$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

$(BENCH_READY): requirements/bench.txt $(DEV_READY)
	$(PIP) install --require-hashes -r requirements/bench.txt
	@touch $@
