# make run: everything is set up in .venv, then the room is open.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
ARGS ?=
PAGE_LINT := .cache/page-lint

# Else each of the processes that tests start would compile all modules anew.
unexport PYTHONDONTWRITEBYTECODE

# Tests wait for disks by the thousand, and none for what a disk does: their files are in memory, where there is enough.
IN_MEMORY = TMPDIR="$$(test "$$(df --output=avail --block-size=G /dev/shm 2>/dev/null | tail -1 | tr -dc 0-9)" -ge 2 2>/dev/null \
	&& echo /dev/shm || echo "$${TMPDIR:-/tmp}")"

# Tests of processes wait for longer than they work: three more than there are cores. Each starts a browser, so five at most.
WORKERS = $$(cores=$$(nproc 2>/dev/null || echo 2); echo $$((cores < 3 ? cores + 3 : 5)))

# Programs that tests drive, or files that they read, and Debian's packages that bring them.
TOOLS := chromium:chromium chromium-headless-shell:chromium-headless-shell nc.openbsd:netcat-openbsd nc.traditional:netcat-traditional ncat:ncat \
	busybox:busybox socat:socat telnet:telnet nginx:nginx haproxy:haproxy caddy:caddy curl:curl tmux:tmux jq:jq /usr/share/i18n/charmaps:locales \
	fail2ban-regex:fail2ban promtool:prometheus sqlite3:sqlite3
WORLDS := firefox-esr:firefox-esr WebKitWebDriver:webkit2gtk-driver Xvfb:xvfb inetutils-telnet:inetutils-telnet plink:putty-tools systemd-nspawn:systemd-container /usr/lib/python3/dist-packages/systemd:python3-systemd \
	podman:podman debootstrap:debootstrap

.PHONY: help run test unit unit-first unit-second unit-third worlds check lint lint-page types bench soak soak-cluster cluster autobahn fuzz mutants screenshots chat clean tools
.DEFAULT_GOAL := help

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

run: $(VENV)/.run ## open the room: ARGS="--host ::"
	@$(BIN)/gateway serve $(ARGS)

test: $(VENV)/.test tools ## run all tests but those of `make worlds`: ARGS="-k word"
	$(IN_MEMORY) $(BIN)/python -m pytest -rs -p no:xdist -p tests.forks --forks $(WORKERS) $(ARGS)

# Each part is a pytest of its own: to collect all in one process, as `make test` does, takes longer here. They take about as
# long; one more than there are cores, as clients wait now and then.
# A unit test is of one module. What drives a whole gateway or a nats-server, looks at all sources, waits for real silence,
# sends floods, kills processes or storms them with signals is for `make test`.
WHOLE := $(patsubst %,tests/test_%.py,corpus cost doors faults growth isolation layers machines outages patterns sessions signals time)
LONG := $(addprefix --ignore=tests/,client/test_dead_paths.py client/test_floods.py stores/test_erasure.py)
FIRST_FOLDERS := $(addprefix tests/,serving stores text web wires)
FIRST_PART := $(filter-out $(WHOLE),$(wildcard tests/test_*.py)) $(FIRST_FOLDERS)
SECOND_PART := tests/client tests/members
THIRD_PART := tests --ignore-glob='tests/test_*.py' $(addprefix --ignore=,$(FIRST_FOLDERS) $(SECOND_PART) $(addprefix tests/,e2e worlds bench))
UNIT = $(IN_MEMORY) $(BIN)/python -m pytest -rs -p no:xdist -m 'not worlds and not nats' $(LONG) $(ARGS)

unit: $(VENV)/.test ## the unit suite alone: the tests of each module, in three processes: ARGS="-k word"
	@$(MAKE) --no-print-directory --jobs=3 --output-sync=target unit-first unit-second unit-third

unit-first:
	@$(UNIT) $(FIRST_PART) || test $$? -eq 5 # none is of that name

unit-second:
	@$(UNIT) $(SECOND_PART) || test $$? -eq 5

unit-third:
	@$(UNIT) $(THIRD_PART) || test $$? -eq 5

worlds: TOOLS += $(WORLDS)
worlds: $(VENV)/.test tools ## one story in other browsers, behind proxies, in other terminals; rarer surroundings: ARGS="-k webkit"
	$(BIN)/python -m pytest -rs -m worlds --numprocesses 2 --dist loadgroup $(ARGS)

check: lint types test ## lint, types and tests

lint: $(VENV)/.test lint-page ## ruff; regular expressions that some input makes slow; the page, for browsers of 2022
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m tests.patterns

# npm and what it installs stay out of the tree: only this needs them.
lint-page: $(if $(shell command -v npm),$(PAGE_LINT)/node_modules)
	@if [ -z "$^" ]; then \
		echo "*** THE PAGE IS NOT LINTED: that needs Node.js 20 or newer, with npm"; \
		test -z "$$SKIP_NOTHING"; \
	else \
		cp tests/page/lint/*.js $(PAGE_LINT) && node $(PAGE_LINT)/lint.js static tests/page; \
	fi

$(PAGE_LINT)/node_modules: tests/page/lint/package.json
	@mkdir -p $(PAGE_LINT) && cp $< $(PAGE_LINT)
	@npm install --prefix $(PAGE_LINT) --no-audit --no-fund --loglevel=error
	@touch $@

types: $(VENV)/.test ## mypy --strict
	$(BIN)/mypy

bench: $(VENV)/.test ## measure it against its rivals and a bare C loop: ARGS="lone idle"
	$(BIN)/python -m tests.bench $(ARGS)

soak: $(VENV)/.test ## 20 minutes of churn, stalls and garbage, and 100 times kill -9: ARGS="kills 10"
	$(BIN)/python -m tests.soak $(ARGS)

soak-cluster: $(VENV)/.test ## one order over two gateways, while gateways and nats-servers are killed: ARGS="4000 2"
	$(BIN)/python -m tests.soak_cluster $(ARGS)

cluster: $(VENV)/.test ## three nats-servers and two gateways of one room, to try
	@$(BIN)/python -m tests.cluster $(ARGS)

autobahn: $(VENV)/.test ## all Autobahn WebSocket cases, beside plain websockets
	$(BIN)/python -m tests.autobahn $(ARGS)

fuzz: $(VENV)/.test ## every decoder, and how its cost grows, ten minutes each: ARGS="60" for a minute, ARGS="growth 60"
	$(PIP) atheris
	$(BIN)/python -m tests.fuzz $(ARGS)

mutants: $(VENV)/.test ## small mistakes in a file that no unit test sees: ARGS="gateway/room/moderation.py"
	$(BIN)/python -m tests.mutants $(ARGS)

screenshots: $(VENV)/.test tools ## pictures of the page, in docs/screenshots
	$(BIN)/python -m tests.e2e.screenshots

chat: $(VENV)/.run ## join the room from this terminal: ARGS="--name Ann"
	@$(BIN)/gateway chat $(ARGS)

clean: ## remove all that make made
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .hypothesis .pytest_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
		{ rm -rf $(VENV); echo "Python's venv is missing: apt-get install python3-venv"; exit 1; }

$(VENV)/.run: pyproject.toml | $(VENV)/bin/python
	@echo "setting up in $(VENV) …"
	@$(PIP) --editable .
	@touch $@

$(VENV)/.test: pyproject.toml | $(VENV)/.run
	@$(PIP) --editable '.[test]'
	@$(PIP) --no-warn-conflicts --upgrade --target $(VENV)/post-client 'prompt_toolkit==1.0.18'
	@touch $@

tools:
	@missing=; for tool in $(TOOLS); do \
		command -v $${tool%%:*} >/dev/null || [ -e $${tool%%:*} ] || missing="$$missing $${tool##*:}"; \
	done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "installing$$missing …"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y $$missing >/dev/null && exit 0; \
	fi; \
	echo "*** NOT INSTALLED, their tests will be SKIPPED:$$missing"; \
	echo "*** install them with: sudo apt-get install$$missing"
