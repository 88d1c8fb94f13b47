# 闭环 Bihuan: `make run` starts it, `make test` checks it, `make check` is what CI runs first.
# Every step is stamped: a second run does only what has changed.

BIN := .venv/bin
STAMPS := .venv/.stamps
FRONT := forms/static/dist/manifest.json
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard forms/translations/*/LC_MESSAGES/*.po))

RUN_SYSTEM := python3-venv libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk
TEST_SYSTEM := postgresql redis-server chromium poppler-utils libatomic1

# The reference folder beside the checkout, where it is there, lends its cases to the tests.
ifeq ($(BIHUAN_REFERENCE),)
ifneq ($(wildcard ../shared/.),)
export BIHUAN_REFERENCE := $(abspath ../shared)
endif
endif

PYTEST = $(BIN)/python -m tests.services --in-memory -- $(CURDIR)/$(BIN)/python -m pytest -n 2 --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help run serve setup test test-all test-setup check format front dev system test-system clean
.DELETE_ON_ERROR:

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

run: setup ## install what is missing and start everything with the demonstration district
	@BIHUAN_DEMO=$${BIHUAN_DEMO:-1} ./bihuan serve

serve: setup ## start everything without the demonstration district
	@./bihuan serve

setup: system $(STAMPS)/installed $(FRONT) $(CATALOGUES) ## install what running needs

test: test-setup check ## everything but the slow runs, with PostgreSQL, Redis and Chromium
	@$(PYTEST) -m "not slow" $(TESTS)

test-all: test-setup check ## everything
	@$(PYTEST) $(TESTS)

test-setup: test-system setup dev forms/ui/node_modules/.package-lock.json

check: dev ## format, lint, types, layers, diagrams
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy --strict
	$(BIN)/lint-imports
	./bihuan lint

format: dev ## rewrite the sources in the house's format
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

front: $(FRONT) ## build the pages' styles and scripts

dev: system $(STAMPS)/dev $(STAMPS)/installed

system:
	@.ci/system $(RUN_SYSTEM)

test-system:
	@.ci/system $(RUN_SYSTEM) $(TEST_SYSTEM)

# The development lock holds the same versions as the other and more, so one environment serves both.
$(BIN)/python: | system
	@.ci/environment

$(STAMPS)/runtime: requirements.txt | $(BIN)/python
	@.ci/install requirements.txt
	@touch $@

$(STAMPS)/dev: requirements-dev.txt | $(STAMPS)/runtime
	@.ci/install requirements-dev.txt
	@touch $@

# Entry points are read when installing, so a changed pyproject.toml installs again.
$(STAMPS)/installed: pyproject.toml $(STAMPS)/runtime
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

forms/ui/node_modules/.package-lock.json: forms/ui/package-lock.json | $(BIN)/python
	@echo "安装 / installing forms/ui"
	@.ci/with-node npm --prefix forms/ui ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

$(FRONT): forms/ui/vite.config.js $(shell find forms/ui/src -type f) forms/ui/node_modules/.package-lock.json
	@.ci/with-node npm --prefix forms/ui run --silent build
	@touch $@

%.mo: %.po $(STAMPS)/runtime
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@

clean: ## remove the environment, the built pages and the caches; the data in var/ stays
	rm -rf .venv forms/ui/node_modules forms/static/dist .mypy_cache .ruff_cache .pytest_cache
	rm -rf .hypothesis .import_linter_cache *.egg-info $(CATALOGUES)
