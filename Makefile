# `make` lists what there is. Everything runs in .venv, which is made from this project's own files.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 6
DIST ?= worksteal
SPEC ?= ../shared/xero-openapi/xero_accounting.yaml
READY := $(VENV)/.ready

# Tests start many processes: what one of them has compiled, the others need not.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test lint unit soak bench console catalogue docs clean

help:  ## this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

# Of 11,000 installed modules a fifth is ever imported: each is compiled when it is, and our own are
# compiled beside the installation, which takes one core.
$(READY): pyproject.toml
	$(PYTHON) -m venv --without-pip $(VENV)
	$(PYTHON) -m pip --python $(BIN)/python install --quiet --no-compile 'pip>=25.1' || \
	  { $(BIN)/python -m ensurepip && $(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'; }
	$(PYTHON) -m compileall -q src & \
	  $(BIN)/python -m pip install --quiet --no-compile --editable '.[all]' --group dev && wait
	touch $@

demo: $(READY)  ## the main job on an embedded Xero, start to end
	$(BIN)/xeroport demo

test: $(READY)  ## ruff, mypy, import floors and all tests, side by side: what CI runs
	@sh scripts/side_by_side.sh "$(MAKE) --no-print-directory"

lint: $(READY)  ## ruff, mypy --strict, import-linter, known advisories
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@sh scripts/advisories.sh $(BIN)/python

unit: $(READY)  ## the tests alone; WORKERS=2 DIST=loadfile share them out otherwise
	@sh scripts/browser.sh
	$(BIN)/python -m pytest -n $(WORKERS) --dist $(DIST) -m "not soak"

soak: $(READY)  ## the long forms of the crash, fault and load tests, and other people's clients
	$(BIN)/python -m pip install --quiet --group clients
	$(BIN)/python -m pytest -m soak --timeout=7200

bench: $(READY)  ## the benchmarks of BENCHMARKS.md
	$(BIN)/python -m pip install --quiet --group bench
	$(BIN)/python -m benchmarks

console: $(READY)  ## the demo organisation, synced, in the browser
	$(BIN)/xeroport demo --serve

catalogue: $(READY)  ## catalogue/accounting.json again, from SPEC=path/to/xero_accounting.yaml
	$(BIN)/python scripts/build_catalogue.py $(SPEC)

docs: $(READY)  ## docs/reference, docs/coverage.md and the type stubs again, from the catalogue
	$(BIN)/python scripts/build_stubs.py
	$(BIN)/python scripts/build_docs.py

clean:  ## remove the virtual environment and caches
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache build dist
