# Every task of the project; `make help` lists them. Each builds what it needs, once.
# On Linux, PyPI's PyTorch brings several GB of CUDA along. The CPU build from PyTorch's own index:
#   make demo TORCH_INDEX=https://download.pytorch.org/whl/cpu

PYTHON ?= python3
VENV ?= .venv
TORCH_INDEX ?=
BIN = $(VENV)/bin
INSTALL = $(BIN)/python -m pip install --quiet --constraint constraints.txt
ifneq ($(TORCH_INDEX),)
export PIP_EXTRA_INDEX_URL := $(TORCH_INDEX)
endif

# Where the test sets and the training weights lie beside the checkout, tests use them.
SHARED := $(wildcard ../shared)
ifneq ($(SHARED),)
export FOURFOLD_DATA ?= $(abspath $(SHARED)/data)
export FOURFOLD_WEIGHTS ?= $(abspath $(SHARED)/weights)
endif

.PHONY: help demo study-demo test quick check soak format man benchmark clean

help:
	@echo "make demo       enlarge the shipped photographs and show what came out"
	@echo "make study-demo a short study of them, to be rated in a browser on this machine"
	@echo "make test       all tests"
	@echo "make quick      the tests that take under five minutes together"
	@echo "make check      format, lint, types, and all tests: what CI runs"
	@echo "make soak       all tests at full counts (long; by hand)"
	@echo "make format     put the code into the project's format"
	@echo "make man        the manual page, build/fourfold.1"
	@echo "make benchmark  how fast the network runs here"
	@echo "make clean      remove the environment and all that was built"

$(VENV)/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "fourfold needs Python 3.11 or newer; name one: make PYTHON=python3.11"; exit 1; }
	@echo "Making $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(INSTALL) --upgrade pip
	@touch $@

NATIVE := CMakeLists.txt $(wildcard native/*.* native/*/*.* native/*/*/*.*)

$(VENV)/installed: pyproject.toml constraints.txt $(NATIVE) | $(VENV)/made
	@echo "Building fourfold and installing it into $(VENV)"
	@$(INSTALL) --build-constraint constraints.txt --editable .
	@touch $@

$(VENV)/developing: $(VENV)/installed
	@echo "Installing what tests need"
	@$(INSTALL) --build-constraint constraints.txt --editable '.[all]' --group dev
	@touch $@

demo: $(VENV)/installed
	@$(BIN)/python demo/demo.py

study-demo: $(VENV)/developing
	@$(BIN)/python demo/study.py

test: $(VENV)/developing
	$(BIN)/python -m pytest

quick: $(VENV)/developing
	$(BIN)/python -m pytest -m "not slow"

check: $(VENV)/developing
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	@$(MAKE) --no-print-directory test

soak: $(VENV)/developing
	native/tests/check.sh
	HYPOTHESIS_PROFILE=soak $(BIN)/python -m pytest

format: $(VENV)/developing
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

man: $(VENV)/installed
	@mkdir -p build
	@$(BIN)/python -m fourfold.cli.manual > build/fourfold.1
	@echo "man build/fourfold.1 shows it; copied to ~/.local/share/man/man1/, man fourfold does"

$(VENV)/measuring: $(VENV)/developing
	@echo "Installing what is measured beside fourfold"
	@$(INSTALL) --group benchmark
	@touch $@

benchmark: $(VENV)/measuring
	$(BIN)/python benchmarks/inference.py
	$(BIN)/python benchmarks/ratios.py

clean:
	rm -rf $(VENV) build dist demo/results .mypy_cache .pytest_cache .ruff_cache .hypothesis
