# `make demo` and `make test` are all a newcomer needs; each sets itself up in .venv.

SHELL := /bin/bash
PORT ?= 8000
KEEP ?=
PYTEST ?=
PY := .venv/bin/python
.DEFAULT_GOAL := help
.PHONY: demo test check bench faults messages help lock screenshots

demo: ## The whole site on http://127.0.0.1:8000 (PORT= changes it, KEEP=1 keeps the data)
	@tools/setup demo
	@PORT=$(PORT) DJANGO_SETTINGS_MODULE=config.settings.demo $(PY) manage.py demo --port $(PORT) $(if $(KEEP),--keep)

test: ## Every test, on real PostgreSQL, Redis, Celery, SMTP and Chromium, which it finds or starts itself
	@tools/setup test
	@tools/chromium
	@tools/faketime
	@tools/test $(PYTEST)

check: ## Linters, types, import contracts, templates, migrations, deployment checks
	@tools/setup test
	@tools/check

bench: ## Measure, and write docs/performance.md
	@tools/setup test
	@$(PY) -m tests.load.bench

faults: ## Every fault with 200 journeys, 100,000 requests of nonsense, and docs/reliability.md
	@tools/setup test
	@tools/faketime
	@mkdir -p var && rm -f var/faults.jsonl
	@FAULT_JOURNEYS=200 FAULT_ROUNDS=20 FUZZ_REQUESTS=100000 FAULT_RESULTS=$(CURDIR)/var/faults.jsonl $(PY) -m pytest tests/faults $(PYTEST)
	@$(PY) -m tests.faults.report var/faults.jsonl

messages: ## Take new strings over into locale/, drop old ones, compile
	@tools/setup test
	@$(PY) -m tools.messages update

screenshots: ## Take the pictures in docs/images again
	@tools/setup test
	@tools/chromium
	@$(PY) -m pytest -q -p no:cacheprovider tests/browser/screenshots.py

lock: ## Resolve the dependencies of pyproject.toml anew (needs uv)
	uv pip compile -q --universal --python-version 3.12 --generate-hashes --no-annotate --no-header --no-emit-index-url pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.12 --generate-hashes --no-annotate --no-header --no-emit-index-url pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock

help: ## This list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 22
