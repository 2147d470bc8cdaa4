# Two commands: `make run` (new molecules from real ones) and `make test` (all checks).
PYTHON ?= python3
TORCH ?= torch==2.13.0
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: run benchmark test lint types bench clean

run: $(VENV)/.installed
	$(BIN)/python scripts/quickstart.py run_dir=runs/quickstart

# Any suite of conf/suite: make benchmark SUITE=lcm/second_minimum
SUITE ?= lcm/mutag
WORKERS ?= 2
benchmark: $(VENV)/.installed
	$(BIN)/python scripts/benchmark.py suite=$(SUITE) workers=$(WORKERS)

test: $(VENV)/.tested lint types
	$(BIN)/python -m pytest -n 2
	$(BIN)/python tests/check_wheel.py

lint: $(VENV)/.tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.tested
	$(BIN)/mypy pyg_symm scripts

# Peers side by side; hours of work at full size, see benchmarks/README.md.
bench: $(VENV)/.tested
	$(BIN)/python benchmarks/aggregators.py
	$(BIN)/python benchmarks/spen.py
	$(BIN)/python benchmarks/expressivity.py

# Torch first and alone: what is installed later then finds it and takes no other build.
$(VENV)/.torch:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install $(TORCH)
	touch $@

$(VENV)/.installed: $(VENV)/.torch setup.cfg pyproject.toml
	$(BIN)/pip install -e .
	touch $@

# torch_scatter builds against the torch that is there, hence no build isolation.
$(VENV)/.tested: $(VENV)/.installed
	$(BIN)/pip install -e ".[dev]"
	$(BIN)/pip install --no-build-isolation "torch_scatter>=2.1.2,<2.2" \
		|| echo "torch_scatter could not be built (is a C++ compiler there?): testing without it"
	touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info
