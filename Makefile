# Everything a person or CI does with this project. `make` alone lists it.
VENV ?= .venv
PYTHON ?= python3
PY = $(VENV)/bin/python
TERRAFORM_TOOLS = $(abspath $(VENV)-terraform)/bin

.DEFAULT_GOAL := help
.PHONY: help run install-dev install-system install-terraform test test-system test-terraform mutation chaos bench bench-calendars bench-feeds lint \
	lint-terraform audit format schema settings-table lock

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: bootstrap-requirements ## install, migrate and serve on http://localhost:$PORT (default 6400)
	@exec $(PY) manage.py serve --prepare

install-dev: bootstrap-requirements-dev ## install what tests and checks need

install-system: bootstrap-requirements-system ## install what the system tests need
	@npm ci --silent --prefix tests/system/browser
	@npm ci --silent --prefix tests/system/judges

test: install-dev ## SQLite, PostgreSQL with Redis and a worker, and every broker, side by side
	@$(PY) -m tests.run $(ARGS)

test-system: install-system ## what needs more than pip can carry: RabbitMQ, a browser, libical
	@$(PY) -m tests.run --system $(ARGS)
	@$(MAKE) --no-print-directory test-terraform ARGS=

test-terraform: bootstrap-requirements-system lint-terraform ## apply terraform/ to a look-alike of AWS and take it down again (needs terraform)
	@PATH="$(TERRAFORM_TOOLS):$$PATH" $(PY) -m pytest -q -n 3 --dist loadfile tests/terraform $(ARGS)

lint-terraform: install-terraform ## security of terraform/, and its shell script
	@$(TERRAFORM_TOOLS)/shellcheck terraform/deploy.sh
	@$(TERRAFORM_TOOLS)/checkov --directory terraform --framework terraform --quiet --compact --skip-download

install-terraform: # an environment of its own, beside the other
	@$(PYTHON) scripts/bootstrap.py $(VENV)-terraform requirements-terraform.txt

mutation: install-dev ## put small faults into the core, tell which of them no test notices; ARGS="bulk undo"
	@$(PY) -m tests.mutation $(ARGS)

chaos: install-dev ## kill what can be killed, count what was lost; ARGS="--broker sqs --seed 7"
	@$(PY) -m tests.chaos $(ARGS)

bench: install-dev ## measure against the design this replaces: 15 minutes, or two with ARGS=--quick
	@$(PY) -m benchmarks $(ARGS)

bench-calendars: install-dev ## measure rendering, incremental builds and their memory; ARGS=--quick
	@$(PY) -m benchmarks.calendars $(ARGS)

bench-feeds: install-dev ## measure how soon a change is in a feed, and what a poll costs
	@$(PY) -m benchmarks.feeds $(ARGS)

lint: install-dev ## code, migrations, settings and lock files
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) manage.py check
	@$(PY) manage.py makemigrations --check --dry-run
	@$(PY) scripts/lock.py --check

audit: install-system ## known vulnerabilities of what is locked
	@$(PY) scripts/audit.py

format: install-dev ## put the code in shape
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

settings-table: ## write the README's table of settings anew from .env.example
	@$(PYTHON) scripts/settings_table.py

schema: install-dev ## write docs/openapi.yaml from the code
	@$(PY) manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml

lock: install-dev ## turn requirements*.in into requirements*.txt
	@$(PY) scripts/lock.py

bootstrap-%:
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON) here: install Python 3.11 to 3.14, or name it with PYTHON=..." >&2; exit 1; }
	@$(PYTHON) scripts/bootstrap.py $(VENV) $*.txt
