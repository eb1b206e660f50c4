# Needs make and a Python >= 3.11 (with venv); everything else goes into .venv.
# Another Python: make PYTHON=/path/to/python …

SHELL := /bin/sh
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
FIND_PYTHON := for python in python3 python3.13 python3.12 python3.11 python3.14; do \
	$$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& command -v $$python && break; done
PYTHON ?= $(shell $(FIND_PYTHON))

.PHONY: help demo example test test-long check format bench clean

help:
	@echo "make demo       merge, check and generate the example; a database, migrated and seeded; typed queries"
	@echo "make example    the example application, driven over HTTP; SERVE=1 lets it stay up"
	@echo "make test       set up and run the tests"
	@echo "make test-long  all tests, with those that need Debian's packages or minutes"
	@echo "make check      lint, format, types, import contract"
	@echo "make format     reformat the code"
	@echo "make bench      measure against the comparators"
	@echo "make clean      remove .venv, builds and caches"

demo: $(STAMP)
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh scripts/demo.sh

example: $(STAMP)
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh examples/shop.sh

test: $(STAMP)
	$(BIN)/python -m pytest -n auto --dist loadgroup

test-long: $(STAMP)
	$(BIN)/python -m pytest -n auto --dist loadgroup -m ""

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP)
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: $(STAMP)
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m benchmarks

clean:
	@test ! -d .kaven || $(BIN)/kaven db down 2>/dev/null || true
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .kaven
	find . -name __pycache__ -type d -not -path './.git/*' -exec rm -rf {} +

$(STAMP): pyproject.toml
	@test -n "$(PYTHON)" || { \
		echo "no Python >= 3.11 with venv found; install one (Debian: apt-get install python3 python3-venv)," >&2; \
		echo "or name it: make PYTHON=/path/to/python" >&2; exit 1; }
	test -x $(BIN)/python || "$(PYTHON)" -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[all,dev]'
	@touch $@
