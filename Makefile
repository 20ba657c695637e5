# make run       the page at http://127.0.0.1:7860
# make test      the main paths, with the browser tests: some ten minutes on two cores
# make help      the rest

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Where pip finds torch; for CPU wheels, a tenth of the download: make run TORCH_INDEX=https://download.pytorch.org/whl/cpu
TORCH_INDEX ?=
# Two processes, file by file in the order of their cost: a browser leaves half of two cores idle.
PYTEST := $(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: help run test test-long test-gpu check format weights examples bench clean

help:
	@grep -E '^# make' Makefile | sed 's/^# //'
	@echo "make test-long everything: kills, fuzz, all walks and scripts (more than an hour)"
	@echo "make test-gpu  the same code on this machine's GPU"
	@echo "make check     ruff and mypy · make format · make bench (speed against the budgets)"
	@echo "make weights   train the shipped weights again · make examples: record the example run again"

run: $(VENV)/.run
	$(BIN)/python app.py

test: $(VENV)/.test
	$(PYTEST) -m "not long"

test-long: $(VENV)/.test
	$(PYTEST)

test-gpu: $(VENV)/.test
	PLAYGROUND_TEST_GPU=1 $(BIN)/python -m pytest tests/unit/test_gpu.py

check: $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(VENV)/.test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.run
	$(BIN)/python -m playground bench speed

weights: $(VENV)/.run
	$(BIN)/python -m playground weights

examples: $(VENV)/.run
	$(BIN)/python -m playground.training.example

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache screenshots

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

# The index is for torch and torchvision alone; the rest comes from the usual one.
$(VENV)/.run: requirements.txt | $(VENV)/bin/python
	$(if $(TORCH_INDEX),$(PIP_INSTALL) --index-url $(TORCH_INDEX) $$(grep -E '^torch' requirements.txt))
	$(PIP_INSTALL) -r requirements.txt
	touch $@

$(VENV)/.test: tests/requirements.txt tests/browser/install_browser.py $(VENV)/.run
	$(PIP_INSTALL) -r tests/requirements.txt
	$(BIN)/python tests/browser/install_browser.py
	touch $@
