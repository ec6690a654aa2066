# `make` alone lists what there is. Everything is installed into .venv in this folder;
# Debian packages are added only where something is missing, and said so.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
PY := $(VENV)/bin/python
PIP_INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check --constraint requirements.lock
export SONG ?=
export PYTHONUNBUFFERED := 1

.PHONY: help demo serve test check format bench golden docs site lock clean

help: ## list the targets
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

demo: $(VENV)/.render ## render a song to demo.mp4: the demo song, or SONG=path
	@if [ -z "$$SONG" ] && [ ! demo.wav -nt oriel/demo/song.py ]; then $(PY) -m oriel.demo demo.wav; fi
	@$(PY) -m oriel render "$${SONG:-demo.wav}" --out demo.mp4

serve: $(VENV)/.web ## serve the studio at localhost:8000; ARGS="--port 8001" serves elsewhere
	@$(PY) -m oriel serve $(ARGS)

test: $(VENV)/.dev $(VENV)/.node ## install what the tests need and run them; ARGS="tests/test_cli.py -x" narrows
	@$(PY) -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(VENV)/.dev ## formatting, lint, types, risks, secrets, known holes, and the documentation
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@$(PY) -m bandit --quiet --recursive --severity-level medium oriel deploy scripts migrations benchmarks
	@git ls-files -z | xargs -0 $(VENV)/bin/detect-secrets-hook --baseline .secrets.baseline
	@$(PY) scripts/audit.py
	@NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --quiet --strict

format: $(VENV)/.dev ## format the code and mend what ruff can
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

bench: $(VENV)/.dev $(VENV)/.node ## measure speed and memory; prints a table and writes JSON
	@$(PY) -m benchmarks $(ARGS)

golden: $(VENV)/.dev ## draw the golden pictures anew; look at them before you commit
	@$(PY) -m tests.golden.update $(ARGS)

docs: $(VENV)/.dev ## write and draw anew what docs/ tells of fields, effects, commands and routes
	@$(PY) -m scripts.make_docs $(ARGS)

site: $(VENV)/.dev ## build the documentation into site/
	@NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --quiet --strict
	@echo "The documentation is at site/index.html."

lock: $(VENV)/.dev ## choose new versions of everything within pyproject's ranges, and of what package.json's bring along
	@$(PIP_INSTALL) uv
	@$(VENV)/bin/uv pip compile --quiet --universal --upgrade --all-extras --python-version 3.11 \
	  --no-annotate --no-emit-package pip --custom-compile-command "make lock" --output-file requirements.lock pyproject.toml
	@npm update --package-lock-only --no-audit --no-fund --loglevel=error

clean: ## remove what was installed and made here
	rm -rf $(VENV) node_modules build dist site demo.mp4 demo.wav .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(PY):
	@scripts/make-venv $(VENV)

$(VENV)/.render: $(PY) pyproject.toml requirements.lock scripts/debian-packages
	@scripts/debian-packages render
	@echo "Installing Oriel and its Python packages into $(VENV) (a few minutes the first time)."
	@$(PIP_INSTALL) --editable '.[render]'
	@touch $@

$(VENV)/.web: $(VENV)/.render package.json package-lock.json
	@scripts/debian-packages page
	@echo "Installing what serves the studio into $(VENV), and what its page shows into node_modules."
	@$(PIP_INSTALL) --editable '.[render,web]'
	@npm ci --omit=dev --no-audit --no-fund --loglevel=error
	@rm -f $(VENV)/.node # what the tests add is gone
	@touch $@

$(VENV)/.dev: $(VENV)/.render
	@scripts/debian-packages test
	@echo "Installing what the tests need into $(VENV)."
	@$(PIP_INSTALL) --editable '.[dev]'
	@touch $@

$(VENV)/.node: $(VENV)/.dev package.json package-lock.json
	@echo "Installing the tests' JavaScript packages into node_modules."
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@ $(VENV)/.web
