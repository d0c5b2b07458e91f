# Every command of the project. `make help` (or plain `make`) lists them.
# Line zero, the system packages of a bare Debian, stands in README.md and is checked by .ci/line-zero.

SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
STRANGERS := .venv-strangers
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Most tests wait for devices, brokers and browsers: more workers than cores keep the cores busy.
TEST_WORKERS ?= 5
PYTEST := $(BIN)/pytest -n $(TEST_WORKERS) # which worker gets what: tests/workers.py
# Options for the command that a target runs, as in: make demo ARGS='--for 60'
ARGS ?=
COMPILE := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --quiet \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links

# Tests start hundreds of programs: what they import is compiled once.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup install pcsc strangers demo test check lint bench score faults fuzz mutate format lock system-packages clean

help: ## List these commands.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile

setup: $(VENV)/.dev-installed ## Install everything a developer needs into .venv; instant when nothing changed.

install: $(VENV)/.demo-installed ## Install what runs, without what tests need; no root.

demo: $(VENV)/.demo-installed ## Run the whole system on simulated hardware; needs no root.
	$(BIN)/sacs demo $(ARGS)

test: setup system-packages pcsc strangers ## Everything that CI runs: lint, types, import rules, then all tests with short fault and fuzz runs.
	@$(BIN)/pytest --collect-only -qq >/dev/null & $(MAKE) --no-print-directory lint && wait # compiles the tests meanwhile
	@said=$$(mktemp) && trap 'rm -f "$$said"' EXIT; $(BIN)/mypy >"$$said" 2>&1 & types=$$!; \
	SACS_EFFORT=short $(PYTEST); tests=$$?; \
	wait $$types; types=$$?; cat "$$said"; exit $$((tests | types)) # what mypy says comes last, where it is seen

check: lint ## Lint, format, types and the dependency rule; no test runs.
	$(BIN)/mypy

lint: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports

bench: setup system-packages pcsc ## Figures P1 to P13, each beside its ceiling measured in the same run.
	$(BIN)/python -m benchmarks $(ARGS)

score: setup ## Play the scored scenes with fifty seeds: how far the headcount is from the truth, and its bounds.
	$(BIN)/sacs score --seeds 50 $(ARGS)

faults: setup system-packages pcsc ## The kill and loss tests in full length.
	SACS_EFFORT=full $(BIN)/pytest tests/faults

fuzz: setup pcsc ## Millions of bad inputs for each decoder.
	SACS_EFFORT=full $(PYTEST) -m fuzz

mutate: setup ## Change the rules of the law one by one and see that their tests notice; survivors are listed.
	$(BIN)/mutmut run $(ARGS)
	$(BIN)/mutmut results

format: setup ## Format the code and repair what the linter can repair by itself.
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

lock: setup ## Resolve the lock files again from pyproject.toml.
	$(COMPILE) --upgrade --extra demo --group build --output-file requirements-demo.lock
	$(COMPILE) --upgrade --extra demo --group dev --constraint requirements-demo.lock --output-file requirements-dev.lock
	$(COMPILE) --upgrade --extra pcsc --constraint requirements-dev.lock --output-file requirements-pcsc.lock
	$(BIN)/uv pip compile --group strangers --universal --python-version 3.11 --generate-hashes --quiet --no-header \
		--no-annotate --no-emit-index-url --no-emit-find-links --upgrade --output-file requirements-strangers.lock

pcsc: $(VENV)/.pcsc-installed ## Add smart cards to .venv; compiles, so it needs what system-packages installs.

strangers: $(STRANGERS)/.installed ## Peers of other authors, for tests, in an environment of their own.

system-packages: ## Install what the tests need from Debian (a broker, a browser, ffmpeg).
	@.ci/system-packages

clean: ## Remove what setup and the tools made.
	rm -rf $(VENV) $(STRANGERS) mutants .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

# A stamp is younger than what it was installed from, or it is made again. The dev lock contains the demo lock,
# so either order of the two in one .venv gives one set of versions.
$(VENV)/.created: .ci/line-zero
	@PYTHON="$(PYTHON)" .ci/line-zero
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.demo-installed: $(VENV)/.created requirements-demo.lock pyproject.toml
	@echo "Installing what the demo needs into $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements-demo.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev-installed: $(VENV)/.created requirements-dev.lock pyproject.toml
	@echo "Installing what a developer needs into $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.demo-installed

$(VENV)/.pcsc-installed: $(VENV)/.dev-installed requirements-pcsc.lock
	@echo "Compiling what smart cards need into $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements-pcsc.lock --no-build-isolation
	@touch $@

$(STRANGERS)/.installed: $(VENV)/.created requirements-strangers.lock
	@test -x $(STRANGERS)/bin/python || $(PYTHON) -m venv $(STRANGERS)
	@$(STRANGERS)/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes \
		-r requirements-strangers.lock
	@touch $@
