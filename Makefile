# The commands people need. Everything happens in .venv, which `make install` fills.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: install grade test quick lint types ci clean

install: $(VENV)/installed

# torch first and by itself, from its CPU builds: any other brings several GB of CUDA along.
$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --extra-index-url https://download.pytorch.org/whl/cpu torch==2.13.0
	$(BIN)/pip install --quiet --editable '.[dev]'
	touch $@

grade: install
	$(BIN)/grade submissions/

test: install
	$(BIN)/pytest

# Without real kernels, long trainings and browsers.
quick: install
	$(BIN)/pytest -m 'not kernel and not slow and not browser and not gpu'

lint: install
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: install
	$(BIN)/mypy

ci:
	.ci/run

clean:
	rm -rf $(VENV) build dist reports .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
