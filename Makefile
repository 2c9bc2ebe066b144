# make chat   set everything up, build the index where it is missing or stale, answer one question, serve the page
# make test   set everything up for development, then lint, types and tests
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HOST ?= 127.0.0.1
PORT ?= 7860
QUESTION ?= 天津援建了多少学校
PIP_INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --quiet -c constraints.txt

# Stamps inside the environment: they go when it goes, and are redone when what they depend on changes.
FOR_RUNNING := $(VENV)/.set-up-for-running
FOR_TESTING := $(VENV)/.set-up-for-testing
# An environment made for testing can run everything, so nothing is installed twice.
READY := $(if $(wildcard $(FOR_TESTING)),$(FOR_TESTING),$(FOR_RUNNING))

.PHONY: chat test setup build eval browser clean
.DEFAULT_GOAL := chat

chat: build
	$(BIN)/wenyuan ask "$(QUESTION)"
	$(BIN)/wenyuan chat --host $(HOST) --port $(PORT)

build: $(READY)
	$(BIN)/wenyuan build

eval: build
	$(BIN)/wenyuan eval

test: $(FOR_TESTING) browser
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m pytest

setup: $(FOR_TESTING)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || { \
	  echo "make: Python 3.10 or newer is needed as '$(PYTHON)'; on Debian or Ubuntu: sudo apt install python3 python3-venv" >&2; \
	  echo "make: or name another one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "make: this Python has no venv module; on Debian or Ubuntu: sudo apt install python3-venv" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(FOR_RUNNING): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing wenyuan and what it needs into $(VENV) (a few minutes, once)" >&2
	$(PIP_INSTALL) -e .
	@touch $@

$(FOR_TESTING): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing wenyuan, what it needs and its test tools into $(VENV) (a few minutes, once)" >&2
	$(PIP_INSTALL) -e '.[dev]'
	@touch $@

# The page is tested in a real browser with a real Chinese font: Debian packages, not downloads of a test tool.
# axe-core, which looks for what keeps people out, comes from npm into a folder that git ignores; tests themselves use no network.
AXE := node_modules/axe-core/axe.min.js

$(AXE):
	@command -v npm >/dev/null || { echo "make: accessibility is tested with axe-core; please install npm: sudo apt install npm" >&2; exit 2; }
	npm install --no-save --no-package-lock --no-audit --no-fund --ignore-scripts --loglevel=error axe-core@4.14.1
	@touch $@

browser: $(AXE)
	@missing=""; \
	command -v chromium >/dev/null || missing="$$missing chromium"; \
	fc-list 2>/dev/null | grep -qi 'CJK' || missing="$$missing fonts-noto-cjk fontconfig"; \
	if [ -n "$$missing" ]; then \
	  if [ "$$(id -u)" = 0 ]; then as_root=""; \
	  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then as_root="sudo"; \
	  else echo "make: the page is tested in a browser; please run: sudo apt install$$missing" >&2; exit 2; fi; \
	  command -v apt-get >/dev/null || { echo "make: please install$$missing with this system's package manager" >&2; exit 2; }; \
	  echo "Installing$$missing" >&2; \
	  $$as_root apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive $$as_root apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	fi

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
