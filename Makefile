# Two commands do all the set-up on a machine with Python 3.11+, make and a package registry:
#   make run     serves on the embedded store with the sample configuration
#   make test    passes the tests
# `make help` lists the rest.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
RUN    := $(VENV)/.runtime-installed
DEV    := $(VENV)/.development-installed
NODE   := build/node/.installed

.DEFAULT_GOAL := help
.PHONY: help run test check demo bench season proto schema format lock clean

help: ## Show what can be done
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' | awk -F'|' '{printf "  make %-8s %s\n", $$1, $$2}'

run: $(RUN) ## Serve on SQLite with the sample configuration, reloading it when it changes
	$(BIN)/laurel serve --reload

test: $(DEV) $(NODE) ## Run all tests (about five minutes on two cores)
	$(BIN)/python -m pytest -n $${LAUREL_TEST_PROCESSES:-2} --dist loadgroup

check: $(DEV) $(NODE) ## Formatting, lint, types, import contracts, protos and what is made of them, samples
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy modules/*.py
	$(BIN)/lint-imports
	$(BIN)/python proto/lint.py
	$(BIN)/python proto/generate.py --check
	$(BIN)/laurel check --strict
	$(BIN)/laurel schema --check

demo: $(RUN) ## Play a whole weekly tournament and show how it went
	$(BIN)/laurel demo

bench: $(DEV) ## Measure, hold it against what is promised, and write build/bench.json (half an hour)
	$(BIN)/python -m benchmarks

season: $(DEV) ## Simulate 10,000 players over twelve phases and check every invariant after each
	$(BIN)/python -m tests.simulation.season

proto: $(DEV) ## Generate server/api/pb and openapi.json from proto/
	$(BIN)/python proto/generate.py

schema: $(RUN) ## Write the JSON Schemas of definitions
	$(BIN)/laurel schema

format: $(DEV) ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: ## Resolve all dependencies anew (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock

clean: ## Remove everything that was built or installed
	rm -rf $(VENV) build .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("Laurel needs Python 3.11 or newer; name one with make PYTHON=...") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

# `laurel` runs the code of this folder, whatever is edited in it; -P, for a game may have a package `server` of its own.
$(BIN)/laurel: | $(BIN)/python
	@printf '#!/bin/sh\nPYTHONPATH="%s$${PYTHONPATH:+:$$PYTHONPATH}" exec "%s/$(BIN)/python" -P -m server "$$@"\n' "$(CURDIR)" "$(CURDIR)" > $@
	@chmod +x $@

$(RUN): requirements.lock | $(BIN)/python $(BIN)/laurel
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(DEV): requirements-dev.lock $(RUN)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

# Node is for one client in the tests and for the linter of protos. Without it both say so and step aside.
$(NODE): clients/node/package.json clients/node/package-lock.json
	@mkdir -p build/node
	@if command -v npm >/dev/null 2>&1; then \
	  cp clients/node/package.json clients/node/package-lock.json build/node/ && \
	  cd build/node && npm ci --silent --no-audit --no-fund; \
	else echo "npm is missing: the Node client is not tested, protos are not linted"; fi
	@touch $@
