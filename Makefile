# All tasks for developers and CI. `make` lists them.
VENV ?= .venv
PYTHON ?= python3
PY = $(VENV)/bin/python
TERRAFORM_TOOLS = $(abspath $(VENV)-terraform)/bin

.DEFAULT_GOAL := help
.PHONY: help run install-dev install-system install-terraform test test-system test-terraform mutation chaos bench bench-calendars bench-feeds lint \
	lint-terraform audit format schema settings-table messages lock

help: ## list all targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: bootstrap-requirements ## install, migrate and run the server on http://localhost:$PORT (default 6400)
	@exec $(PY) manage.py serve --prepare

install-dev: bootstrap-requirements-dev ## install the dependencies of tests and checks

install-system: bootstrap-requirements-system ## install the dependencies of the system tests
	@npm ci --silent --prefix tests/system/browser
	@npm ci --silent --prefix tests/system/judges

test: install-dev ## run all tests on SQLite, PostgreSQL with Redis and a worker, and every broker, in parallel
	@$(PY) -m tests.run $(ARGS)

test-system: install-system ## run the tests that need RabbitMQ, PgBouncer, Chromium and libical
	@$(PY) -m tests.run --system $(ARGS)
	@$(MAKE) --no-print-directory test-terraform ARGS=

test-terraform: bootstrap-requirements-system lint-terraform ## apply terraform/ to a fake AWS and destroy it again (needs terraform)
	@PATH="$(TERRAFORM_TOOLS):$$PATH" FAILURES_FD=2 $(PY) -m pytest -q -n 3 --dist loadfile tests/terraform $(ARGS)

test-pythons: ## run the main job and quick tests on every Python of this machine, under every start method
	@$(PYTHON) scripts/test_pythons.py

lint-terraform: install-terraform ## check the security of terraform/ and lint its shell script
	@$(TERRAFORM_TOOLS)/shellcheck terraform/deploy.sh
	@$(TERRAFORM_TOOLS)/checkov --directory terraform --framework terraform --quiet --compact --skip-download

install-terraform: # uses a separate environment
	@$(PYTHON) scripts/bootstrap.py $(VENV)-terraform requirements-terraform.txt

mutation: install-dev ## put small faults into the core, and list those that no test notices; ARGS="bulk undo"
	@$(PY) -m tests.mutation $(ARGS)

chaos: install-dev ## kill processes at random and count lost jobs; ARGS="--broker sqs --seed 7"
	@$(PY) -m tests.chaos $(ARGS)

bench: install-dev ## compare with the design this replaces: 15 minutes, or two with ARGS=--quick
	@$(PY) -m benchmarks $(ARGS)

bench-calendars: install-dev ## measure rendering, incremental builds and memory; ARGS=--quick
	@$(PY) -m benchmarks.calendars $(ARGS)

bench-feeds: install-dev ## measure the delay of changes in feeds, and the cost of polls
	@$(PY) -m benchmarks.feeds $(ARGS)

lint: install-dev ## check code, migrations, settings and lock files
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) manage.py check
	@$(PY) manage.py makemigrations --check --dry-run
	@$(PY) scripts/lock.py --check

audit: install-system ## check locked packages for known vulnerabilities
	@$(PY) scripts/audit.py

format: install-dev ## format the code
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

settings-table: ## update the README's table of settings from .env.example
	@$(PYTHON) scripts/settings_table.py

schema: install-dev ## generate docs/openapi.yaml
	@$(PY) manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml

messages: install-dev ## collect the texts to translate, and compile locale/ (needs gettext)
	@$(PY) scripts/messages.py

lock: install-dev ## compile requirements*.in into requirements*.txt
	@$(PY) scripts/lock.py

bootstrap-%:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) not found: install Python 3.11 to 3.14, or set PYTHON=..." >&2; exit 1; }
	@$(PYTHON) scripts/bootstrap.py $(VENV) $*.txt
