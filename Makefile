PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKSPACE ?= workspace
INSTALLED := $(VENV)/.installed
DUCKDB15 := .venv-duckdb15
PEERS := .venv-bench/.installed

.PHONY: refresh test test-nightly test-worlds test-survival test-schedule test-bi test-cluster setup lint bench bench-nightly docs lock help clean

refresh: setup   ## set up, then run the whole route on the built-in sample into workspace/
	@$(BIN)/patnav refresh --sample -w $(WORKSPACE) || test $$? -eq 3  # 3: done, and the sample's dirty rows are set aside

test: setup      ## set up, then lint and test
	$(BIN)/ruff check .
	$(BIN)/pytest -n 2 --dist loadfile

test-nightly: setup  ## the same with large counts, and the tests that take long
	PATNAV_NIGHTLY=1 $(BIN)/pytest -n 2 --dist loadfile

test-worlds: setup  ## every metric against plain Python on 300 random worlds
	PATNAV_WORLDS=1 $(BIN)/pytest -n 0 tests/warehouse/test_random_worlds.py

test-survival: setup $(DUCKDB15)  ## killed, starved, damaged, raced: what a refresh survives, by tests/survival/README.md
	PATNAV_SURVIVAL=1 $(BIN)/pytest -n 2 --dist worksteal --durations=12 tests/survival

# The oldest DuckDB whose clients are to read what we publish. Where it cannot be installed, its test says so and is left out.
$(DUCKDB15): | setup
	-@$(PYTHON) -m venv $(DUCKDB15) && $(DUCKDB15)/bin/python -m pip install --quiet --disable-pip-version-check duckdb==1.5.6

test-schedule: setup  ## patnav serve for real: fired every minute, killed, looked at in Prefect (some five minutes, mostly waiting)
	PATNAV_SCHEDULE=1 $(BIN)/pytest -n 0 tests/flows/test_schedule_serve.py

test-bi: setup   ## dashboards stay connected: Superset, SQLAlchemy, ADBC, Node, PostgreSQL, each in an environment of its own
	PYTHON=$(PYTHON) tests/bi/install.sh
	PATNAV_BI=1 $(BIN)/pytest tests/bi

test-cluster: setup  ## a Dask scheduler and workers of their own on loopback: the same version, whoever is killed
	PATNAV_CLUSTER=1 $(BIN)/pytest -n 0 tests/flows/test_cluster.py

setup: $(INSTALLED)

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; ok = (3, 11) <= sys.version_info[:2] <= (3, 13); ok or sys.exit("patnav needs Python 3.11, 3.12 or 3.13; %s is %d.%d. Name another with: make PYTHON=python3.12 ..." % (sys.executable, *sys.version_info[:2]))'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m pip check --disable-pip-version-check
	@touch $(INSTALLED)

lint: setup      ## ruff
	$(BIN)/ruff check .

bench: setup $(PEERS)  ## every stage and the whole refresh beside their alternatives: tables here and in bench.json (some ten minutes)
	$(BIN)/python -m tests.benchmarks

bench-nightly: setup $(PEERS)  ## the same with a million records to match, and refreshes and metrics up to ten million filings (hours, 70 GB of disk)
	$(BIN)/python -m tests.benchmarks --nightly --json bench-nightly.json

# pandas and Spark, which the project itself does not need. Where they cannot be installed the bench says so and leaves them out.
$(PEERS): tests/benchmarks/peers/requirements.lock
	-@$(PYTHON) -m venv .venv-bench && \
	  .venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $< && touch $(PEERS)

docs: setup      ## write docs/data-dictionary.md and docs/team-tables.md anew
	$(BIN)/python -c "from pathlib import Path; from warehouse.dictionary import describe, markdown; \
	  Path('docs/data-dictionary.md').write_text(markdown(describe()), encoding='utf-8')"
	$(BIN)/python -c "from pathlib import Path; from flows.team_files import readme; \
	  Path('docs/team-tables.md').write_text(readme(), encoding='utf-8')"

lock:            ## resolve pyproject.toml again into requirements.lock (needs uv)
	uv pip compile pyproject.toml --all-extras --group dev --universal --generate-hashes --no-emit-index-url --no-annotate \
	  --python-version 3.11 --custom-compile-command "make lock" -o requirements.lock

help:            ## what can be made
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*##/:/'

clean:           ## remove the environment and the sample workspace
	rm -rf $(VENV) $(DUCKDB15) $(WORKSPACE) tests/bi/.env
