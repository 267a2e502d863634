# Two commands are enough: `make serve` runs Canvass, `make test` checks everything. Python 3.11 or newer is all it takes.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin

.PHONY: serve test lint types unit bench vendor clean

serve: .venv/.runs
	$(BIN)/canvass serve

test: lint unit

# One mark a set of packages; each is made again when what it was made from changes.
.venv/.runs: setup.cfg pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Canvass needs Python 3.11 or newer; name one: make PYTHON=/path/to/python3.11" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/.tests: .venv/.runs
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	$(BIN)/python tests/browser/install.py
	@touch $@

lint: .venv/.tests
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/codespell
	$(BIN)/djlint templates --lint --quiet --profile=jinja --configuration .djlintrc

unit: .venv/.tests
	@rm -f .coverage .coverage.*
	$(BIN)/python -m pytest --numprocesses=auto --cov --cov-report=
	$(BIN)/python tests/coverage_gates.py

bench: .venv/.tests
	$(BIN)/python -m tests.bench.run

vendor:
	sh admin_app/static/vendor/build.sh

clean:
	rm -rf .venv build dist *.egg-info .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
