# What a newcomer needs: `make quickstart`, `make test`. Everything sets itself up.

VENV := .venv/bin

.PHONY: help quickstart test test-fast lint format docs benchmarks lock clean

help:            ## Show this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

quickstart:      ## From recipes to an installed environment, with a forge of your own.
	@scripts/system-packages build
	@scripts/setup run
	@$(VENV)/ownconda quickstart

test:            ## All tests, as CI runs them.
	@scripts/setup develop
	@$(VENV)/python scripts/run-suites

test-fast:       ## The tests that need no compiler, browser or network.
	@scripts/setup develop
	@$(VENV)/python scripts/run-suites fast

lint:            ## Linters, types, and the one-way street of rooms.
	@scripts/setup develop
	@$(VENV)/python scripts/run-suites lint

format:          ## Format the code.
	@scripts/setup develop
	@$(VENV)/ruff check --fix --quiet . ; $(VENV)/ruff format .

docs:            ## The documentation, into docs/_build/html.
	@scripts/system-packages drawing
	@scripts/setup develop
	@$(VENV)/python scripts/run-suites docs

benchmarks:      ## Measure speed: ratios, side by side, with the machine they were measured on.
	@scripts/system-packages browser build
	@scripts/setup develop
	@$(VENV)/python benchmarks/run.py

lock:            ## Resolve the dependencies anew into requirements/.
	@scripts/setup develop
	@scripts/lock

clean:           ## Delete what the other targets made.
	rm -rf .venv .ownconda .cache docs/_build
