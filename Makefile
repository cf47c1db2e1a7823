# `make demo` and `make test` do all their set-up; everything lands in .venv, nothing outside this folder.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
READY := $(VENV)/.ready

.PHONY: demo test check format oracle duckdb2 contract bench clean

demo: $(INSTALLED)
	$(BIN)/watchbill demo --verbose

test: $(READY)
	$(BIN)/pytest -n 2 --dist loadgroup -m "not browser"
	$(BIN)/pytest -m browser

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Recall and precision against Terraform's own verdict on every recorded world, and each exception with its reason.
oracle: $(READY)
	$(BIN)/python -m tests.world.oracle

# The other supported DuckDB line, in an environment of its own.
duckdb2:
	$(PYTHON) -m venv $(VENV)-duckdb2
	$(VENV)-duckdb2/bin/pip install --quiet --upgrade pip
	$(VENV)-duckdb2/bin/pip install --quiet --editable . --group test
	$(VENV)-duckdb2/bin/pip install --quiet "duckdb>=2,<3"
	$(VENV)-duckdb2/bin/pytest -n 2 --dist loadgroup -m "not browser"

# The same pairs of resources in two emulators that know nothing of each other; ministack has libraries of its own.
contract: $(READY)
	$(PYTHON) -m venv $(VENV)-ministack
	$(VENV)-ministack/bin/pip install --quiet "ministack>=1.5,<2"
	BIND_HOST=127.0.0.1 GATEWAY_PORT=4599 $(VENV)-ministack/bin/ministack >$(VENV)-ministack/log 2>&1 & \
	server=$$!; sleep 10; $(BIN)/python -m tests.contract http://127.0.0.1:4599 2>$(VENV)-ministack/moto-log; \
	code=$$?; kill $$server; exit $$code

bench: $(READY)
	for file in benchmarks/*.py; do $(BIN)/python $$file || exit 1; done

$(INSTALLED): pyproject.toml
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'watchbill needs Python 3.11 or newer: make PYTHON=python3.12 ...')"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --editable .
	touch $(INSTALLED)

$(READY): $(INSTALLED)
	$(BIN)/pip install --quiet --group dev
	touch $(READY)

clean:
	rm -rf $(VENV) $(VENV)-duckdb2 $(VENV)-ministack watchbill-demo build dist
