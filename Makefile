# Everything a person needs, on a machine that has make and Python 3.11 or newer. `make` alone prints this list.

VENV := .venv
BIN := $(VENV)/bin
# Touched after a complete installation: a second call is instant, a changed lock or project file installs again.
STAMP := $(VENV)/.installed
PIP := $(BIN)/python -m pip --disable-pip-version-check
# The first that is there and new enough; `make PYTHON=/path/to/python install` overrules the search.
PYTHON ?=
CANDIDATES := $(if $(PYTHON),$(PYTHON),python3 python3.14 python3.13 python3.12 python3.11 python)
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help install test check demo bench run oversell lock clean

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMP) ## Make .venv with everything pinned; instant when nothing has changed

$(STAMP): requirements.lock pyproject.toml
	@if test -x $(BIN)/python && ! $(BIN)/python -c '$(NEW_ENOUGH)'; then \
	    echo "The Python in $(VENV) is older than 3.11: run 'make clean' first." >&2; exit 1; fi
	@if ! test -x $(BIN)/python; then \
	    for python in $(CANDIDATES); do \
	        if "$$python" -c '$(NEW_ENOUGH)' 2>/dev/null; then found="$$python"; break; fi; \
	    done; \
	    if test -z "$$found"; then \
	        echo "Python 3.11 or newer is needed; none of these is: $(CANDIDATES)." >&2; \
	        echo "Install one, or name it: make PYTHON=/path/to/python3.11 install" >&2; exit 1; fi; \
	    echo "Making $(VENV) with $$("$$found" --version)"; \
	    "$$found" -m venv $(VENV) || { \
	        echo "Could not make $(VENV); on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }; \
	fi
	$(PIP) install --quiet --require-hashes -r requirements.lock
	$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

test: install ## Run every test on real servers (your own: ORDERBRIDGE_DATABASE_URL and ORDERBRIDGE_REDIS_URL)
	$(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile

check: install ## Lint, formatting, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

demo: install ## Run a day of trade end to end on this machine; fails unless both sides agree
	$(BIN)/orderbridge demo

run: install ## Run the whole stack until Ctrl-C
	$(BIN)/orderbridge up

bench: install ## Measure on this machine, print the tables, write bench/results.json
	$(BIN)/python -m bench.truth

oversell: install ## Compare with a full sync every 15 minutes on the same simulated day (minutes of work)
	$(BIN)/python -m bench.oversell

lock: ## Pin every dependency of pyproject.toml anew in requirements.lock (needs uv: https://docs.astral.sh/uv)
	uv pip compile --quiet --no-header --no-annotate --generate-hashes --universal --python-version 3.11 --all-extras \
	    --upgrade --output-file requirements.lock pyproject.toml

clean: ## Remove .venv, caches, and the data of the embedded servers
	rm -rf $(VENV) .orderbridge .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
