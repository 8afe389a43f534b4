# Proctorch. `make help` lists the commands; each makes the environment in .venv first when it is missing or out of date.
#
#   PYTHON=python3.12 make setup    takes that Python (any from 3.11 to 3.13) for a new environment
#   make test ARGS="-k shape -x"    hands ARGS to pytest

VENV := .venv
READY := $(VENV)/.ready
OTTER := .venv-bench
ARGS ?=

# nbgrader calls `alembic` by its bare name, and whatever PYTHONPATH holds is not what the constraints say.
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
unexport PYTHONPATH
unexport PYTHONHOME

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test check validate hostile fuzz faults build lint types format fresh bench clean

help: ## List the commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | while IFS="$$(printf '\t')" read -r name text; do \
		printf '  make %-8s %s\n' "$$name" "$$text"; done

setup: $(READY) ## Make the environment in .venv, and install bubblewrap and Chromium where that is allowed

$(READY): pyproject.toml constraints.txt scripts/setup
	bash scripts/setup $(VENV)
	@touch $@

demo: $(READY) ## A class of twelve goes through release, work, collection, grading and export; compares every mark
	$(VENV)/bin/proctorch demo

test: lint types fresh ## Everything that CI runs
	$(VENV)/bin/proctorch validate --quick
	$(VENV)/bin/python -m pytest -m "not examined" $(ARGS)

check: lint types ## Lint, types and the fast tests
	$(VENV)/bin/python -m pytest -m "not slow" tests/unit $(ARGS)

validate: $(READY) ## The whole exam of every day: mutants, and right answers under 1,000 seeds (long)
	$(VENV)/bin/proctorch validate

hostile: $(READY) ## Every attack on the sandbox, really run
	$(VENV)/bin/python -m pytest tests/hostile

fuzz: $(VENV)/.ready-fuzz ## A million frames (FRAMES=N) and ten thousand notebooks (NOTEBOOKS=N), by chance and guided (long)
	$(VENV)/bin/python -m tests.fuzz wire --runs $(or $(FRAMES),1000000)
	$(VENV)/bin/python -m tests.fuzz notebooks --runs $(or $(NOTEBOOKS),10000)
	$(VENV)/bin/python -m tests.fuzz wire --guided --runs $(or $(FRAMES),1000000)
	$(VENV)/bin/python -m tests.fuzz notebooks --guided --runs $(or $(NOTEBOOKS),10000)

$(VENV)/.ready-fuzz: $(READY)
	$(VENV)/bin/python -m pip install -qq --disable-pip-version-check --constraint constraints.txt \
		torch==2.13.0 --editable '.[instructor,dev,fuzz]'
	@touch $@

faults: $(READY) ## Break N grading runs (N=200) at random moments, finish them, compare every mark (long)
	$(VENV)/bin/python -m tests.faults --count $(or $(N),200) --seed $(or $(SEED),1)

build: $(READY) ## Make stubs, notebooks and releases from the authored days
	$(VENV)/bin/proctorch build

lint: $(READY) ## Ruff: rules and format
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

types: $(READY) ## Strict mypy
	$(VENV)/bin/mypy

format: $(READY) ## Let ruff format everything
	$(VENV)/bin/ruff check --select I --fix .
	$(VENV)/bin/ruff format .

fresh: $(READY) ## Are the generated files what the authored ones give?
	$(VENV)/bin/proctorch build --check

# otter-grader has an environment of its own, as its users give it one: its dependencies are not ours.
bench: $(READY) $(OTTER)/.ready ## Grading beside nbgrader, otter and plain pytest; QUICK=1: small samples, some minutes
	$(VENV)/bin/python -m benchmarks.grading all $(if $(QUICK),--quick) $(ARGS)

$(OTTER)/.ready: constraints.txt
	$(VENV)/bin/python -m venv $(OTTER)
	$(OTTER)/bin/python -m pip install -qq --disable-pip-version-check --constraint constraints.txt \
		torch==2.13.0 otter-grader==7.0.0 ipykernel --editable .
	@touch $@

clean: ## Remove the environment and everything that the tools cached
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
