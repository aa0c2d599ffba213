# make run    set up what is missing, then open the app
# make test   set up what is missing, then lint, type-check and test (a real browser included)

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# Tests run file by file in so many processes; each that meets a browser test starts a server and a Chromium.
WORKERS ?= 2
# A virtual environment of one's own may be used instead: make test VENV=/path/to/env

.PHONY: run test lint unit browser clean

run: $(VENV)/.app
	$(BIN)/python -m streamlit run app.py

test: lint unit

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

unit: $(VENV)/.dev browser
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12 ..." >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

# The marks are newer than the requirements once they are installed, so a second run starts at once.
$(VENV)/.app: requirements.txt requirements-serve.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.app
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

# Debian's Chromium when we may install it, else the one that Playwright brings.
browser: $(VENV)/.dev
	@if command -v chromium >/dev/null 2>&1; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-liberation fonts-noto-color-emoji >/dev/null; \
	else $(BIN)/python -m playwright install chromium; fi

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
