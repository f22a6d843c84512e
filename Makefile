# Everything starts here; tools/ needs only the system's Python 3.11 and set up the rest.
PYTHON ?= python3
TOOL = $(PYTHON) -u -m tools

.PHONY: run test test-all check bench setup lock

run:  ## the demo county at http://127.0.0.1:8000 (DEMO=0: a school), with worker, beat and a private broker
	@exec $(TOOL).run --under-make

test:  ## the suite, with private services
	@exec $(TOOL).test

test-all:  ## the whole suite on both databases, with the long runs
	@exec $(TOOL).test --all

check:  ## format, lint, types, migrations, templates, import order, deployment check
	@exec $(TOOL).check

bench:  ## the performance table
	@exec $(TOOL).bench

setup:  ## the environment only
	@exec $(TOOL).bootstrap --dev

lock:  ## resolve pyproject.toml into requirements/*.txt (needs the network)
	@exec $(TOOL).lock
