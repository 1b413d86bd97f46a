# Everything is made from Python >= 3.11 and make: each target creates what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export MKL_NUM_THREADS := 1

.PHONY: atlas test slow bench docs lint clean

atlas: $(STAMP)            ## run every case in quick quality and write atlas/index.html
	$(BIN)/onnes atlas --output atlas/index.html

test: $(STAMP)             ## the suite that keeps main green
	$(BIN)/ruff check src tests benchmarks examples
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow and not gpu"

slow: $(STAMP)             ## the long tests: 10,000 mutated files, full qualities
	$(BIN)/python -m pytest -m slow

bench: $(VENV)/.peers      ## each promise beside its peer, in one process tree; writes benchmarks/RESULTS.md
	$(BIN)/python benchmarks/run.py

docs: $(VENV)/.docs        ## HTML documentation with executed examples
	$(BIN)/python -m sphinx -W --keep-going -b html docs docs/_build/html

lint: $(STAMP)
	$(BIN)/ruff check src tests benchmarks examples
	$(BIN)/ruff format --check src tests benchmarks examples

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "onnes needs Python 3.11 or newer: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)

$(STAMP): $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	touch $@

$(VENV)/.peers: $(STAMP)
	$(BIN)/python -m pip install --quiet --editable '.[peers]'
	touch $@

$(VENV)/.docs: $(STAMP)
	$(BIN)/python -m pip install --quiet --editable '.[docs]'
	touch $@

clean:
	rm -rf $(VENV) build dist atlas docs/_build docs/auto_examples
