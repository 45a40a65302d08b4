# The two commands that matter: `make demo` and `make test`. `make help` lists all.

export UV_CUSTOM_COMPILE_COMMAND := make lock
LOCK := pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url
JOBS ?= 2
export NUMBA_CACHE_DIR ?= $(CURDIR)/var/numba
python := .venv/bin/python

.DEFAULT_GOAL := help
SEED ?=
DAYS ?= 1000

.PHONY: help demo test check pytest bench soak lock clean environment dev-environment

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 16

demo: environment ## a working demo county on http://127.0.0.1:8000 (PORT=… for another port); Ctrl-C ends it
	@exec $(python) -m mobility demo

test: check pytest ## everything that must hold: style, types, architecture, tests (JOBS=2 processes)

check: dev-environment ## ruff, mypy, import-linter
	$(python) -m ruff check .
	$(python) -m ruff format --check .
	$(python) -m mypy
	@$(python) -c "from importlinter.cli import lint_imports_command as run; run()"

pytest: dev-environment ## the tests alone; the parts skipped are listed with the reason (ARGS="-k offers" chooses)
	@$(python) -m tests.compile_kernels
	$(python) -m pytest -q -rsfE -m "not bench" -n $(JOBS) --dist loadfile --no-loadscope-reorder --hypothesis-profile ci $(ARGS)

bench: dev-environment ## speed, as ratios against a peer in the same run
	$(python) -m pytest -q -rsfE -m bench $(ARGS)

soak: dev-environment ## bad days with several at once, crashes and clock changes (DAYS=1000; SEED=17 plays one again)
	$(python) -m tests.integrity.soak --days $(DAYS) $(if $(SEED),--seed $(SEED))

lock: dev-environment ## write the lock files anew from pyproject.toml (UPGRADE=--upgrade takes newer versions)
	$(python) -m uv $(LOCK) $(UPGRADE) --extra dev pyproject.toml --output-file requirements-dev.lock >/dev/null
	$(python) -m uv $(LOCK) --constraint requirements-dev.lock pyproject.toml --output-file requirements.lock >/dev/null
	$(python) -m uv $(LOCK) $(UPGRADE) requirements-uv.in --output-file requirements-uv.lock >/dev/null

clean: ## remove the private environment and all caches; demo data in var/ stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache var/numba *.egg-info
	find api gtfs mobility routing seed tests -name __pycache__ -prune -exec rm -rf {} +

environment:
	@sh environment.sh requirements.lock

dev-environment:
	@sh environment.sh requirements-dev.lock
