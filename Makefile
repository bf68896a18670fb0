# CIM Twin. `make` lists what there is; `make demo` and `make test` are all a newcomer needs.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VENV ?= .venv
BIN := $(VENV)/bin
# the first Python of at least 3.11 on this machine
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
NPM := "$(CURDIR)/$(BIN)/python" "$(CURDIR)/.ci/npm.py"
VIEWER_SOURCES := $(shell find viewer/src viewer/public -type f 2>/dev/null) viewer/index.html viewer/vite.config.ts viewer/vite.attach.config.ts viewer/types/cim-twin.d.ts viewer/package.json
BUILDINGS ?= 20000
PORT ?= 8080
WORKERS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); echo $$(( n < 2 ? 2 : n > 8 ? 8 : n )))
DEMO ?= .demo
MINUTES ?= 30

.PHONY: help demo test check fix python-check viewer-check pytest bench matrix shots soak wheel viewer setup clean api

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.runtime viewer/static/index.html ## set up, make the sample city and serve it
	@$(BIN)/cimtwin demo --buildings $(BUILDINGS) --dir $(DEMO) --port $(PORT)

test: check pytest ## every check and every test, browser included

check: python-check viewer-check ## format, lint, types, layers, viewer unit tests

setup: $(VENV)/.dev viewer/static/index.html ## virtual environment with everything, viewer built

fix: $(VENV)/.dev viewer/node_modules/.ready ## format and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	cd viewer && $(NPM) run format

python-check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

viewer-check: $(VENV)/.dev viewer/static/index.html
	cd viewer && $(NPM) run check
	cd viewer && $(NPM) test

pytest: $(VENV)/.dev viewer/static/index.html ## the Python and browser tests alone
	@# as many at a time as there are cores, whole files each; one sample city for all of them
	$(BIN)/python -m pytest -p no:cacheprovider -n $(WORKERS) --dist loadfile $(ARGS)

bench: $(VENV)/.dev viewer/static/index.html ## speed, bytes and memory beside named peers (minutes)
	$(NPM) --prefix bench install --ignore-scripts --no-audit --no-fund --silent
	$(PIP) install --group bench
	$(BIN)/python -m bench

soak: $(VENV)/.dev viewer/static/index.html ## the leader's screen for hours, faster: memory must lie flat (MINUTES=30)
	$(BIN)/python -m bench.soak --minutes $(MINUTES)

shots: $(VENV)/.dev viewer/static/index.html ## a picture of every story of the viewer, to page through in shots/
	$(BIN)/python -m bench.shots

matrix: $(VENV)/.dev viewer/static/index.html ## what the bridge makes of every file of ../shared/data (tens of minutes)
	$(BIN)/python -m bench.matrix --json test-output/matrix.json --markdown test-output/matrix.md

viewer: viewer/static/index.html ## build the viewer

api: $(VENV)/.dev viewer/node_modules/.ready ## the server's description and the viewer's types from it
	$(BIN)/python -c "from twin_server.openapi import schema_text; print(schema_text(), end='')" > viewer/openapi.json
	cd viewer && $(NPM) run api

wheel: $(VENV)/.dev viewer/static/index.html ## a wheel that holds the built viewer
	$(PIP) wheel --no-deps --no-build-isolation --wheel-dir dist .

clean: ## remove what was built (not the demo city)
	rm -rf dist viewer/static viewer/node_modules .mypy_cache .ruff_cache .pytest_cache $(VENV)

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "CIM Twin needs Python 3.11 or newer 需要 Python 3.11 以上版本"; exit 2; }
	@echo "  … virtual environment ($(PYTHON))"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: pyproject.toml | $(BIN)/python
	@echo "  … Python packages"
	@$(PIP) install --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime
	@echo "  … Python packages for development"
	@$(PIP) install 'pip>=25.1'  # the first that knows dependency groups
	@$(PIP) install --editable . --group dev
	@touch $@

viewer/node_modules/.ready: viewer/package.json viewer/package-lock.json .ci/npm.py $(VENV)/.runtime
	@echo "  … viewer packages"
	@cd viewer && $(NPM) ci --no-audit --no-fund --silent
	@touch $@

viewer/static/index.html: viewer/node_modules/.ready $(VIEWER_SOURCES)
	@echo "  … building the viewer"
	@cd viewer && $(NPM) run build --silent
	@touch $@
