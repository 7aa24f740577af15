# Every target works from a fresh clone with nothing installed but Python 3.11 and make.
#
#   make demo     the whole line as a story: held, approved by a second person, run once, proved by the log
#   make test     the tests
#   make check    format, lint, types, and all tests (the layers are tests)
#   make lint     format, lint, types
#   make bench    what one call of hook, shell and shim costs, the engine and its reader alone (CASES=FOLDER: on labelled
#                 cases), and the tables; how well they judge every command of the clouds

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test check lint bench format clean

demo: $(READY)
	@examples/demo/run.sh $(if $(INTERACTIVE),--interactive)

test: $(READY)
	$(BIN)/pytest -m "not slow" -n 2

check: lint
	$(BIN)/pytest -n 2

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(READY)
	$(BIN)/python benchmarks/hook.py
	$(BIN)/python benchmarks/wrapper.py
	$(BIN)/python benchmarks/engine.py $(CASES)
	$(BIN)/python benchmarks/reader.py $(CASES)
	$(BIN)/python benchmarks/tables.py
	$(BIN)/python -m generate.measure

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis

# The environment is made anew when pyproject.toml changes; otherwise this costs nothing.
$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("agentguard needs Python 3.11 or later; name one with PYTHON=")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "setting up $(VENV) (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@
