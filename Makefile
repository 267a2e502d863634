# Two commands are enough: `make serve` runs Canvass, `make test` checks everything. Python 3.11 or newer is all it takes.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin

.PHONY: serve test lint types unit bench translations vendor clean

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

# Takes the texts out of the code and the templates, brings every language's messages.po up to them, and compiles these;
# with LANGUAGE=fr it begins another one.
TRANSLATIONS := admin_app/translations
TEXTS := _ gettext ngettext:1,2 pgettext:1c,2 lazy_gettext lazy_ngettext:1,2 lazy_pgettext:1c,2 mark mark_counted:1,2 counted:1,2

translations: .venv/.runs
	$(BIN)/pybabel --quiet extract --mapping-file=admin_app/translations/babel.cfg --no-default-keywords \
		--keywords="$(TEXTS)" --ignore-dirs=".*" --sort-output --no-wrap --add-location=file --project=Canvass \
		--output-file=$(TRANSLATIONS)/messages.pot admin_app templates
	@test -z "$(LANGUAGE)" || $(BIN)/pybabel --quiet init --locale=$(LANGUAGE) \
		--input-file=$(TRANSLATIONS)/messages.pot --output-dir=$(TRANSLATIONS)
	$(BIN)/pybabel --quiet update --input-file=$(TRANSLATIONS)/messages.pot --output-dir=$(TRANSLATIONS) \
		--no-fuzzy-matching --ignore-obsolete --no-wrap --ignore-pot-creation-date
	$(BIN)/pybabel --quiet compile --directory=$(TRANSLATIONS)
	@rm $(TRANSLATIONS)/messages.pot

vendor:
	sh admin_app/static/vendor/build.sh

clean:
	rm -rf .venv build dist *.egg-info .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
