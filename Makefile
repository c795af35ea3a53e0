# make demo    set up a virtual environment, run the main job, say where the report lies
# make test    install whatever the tests need and run them all
# make check   the fast part of the tests, for every edit
# make bench   measure what README and docs claim

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT ?= Mall_Customers-segments

.PHONY: demo test check lint bench notebook clean

demo: $(VENV)/ready
	@$(BIN)/segmentry demo -o $(OUT) --force
	@echo
	@echo "Open $(CURDIR)/$(OUT)/report.html in a browser."

test: $(VENV)/tested lint
	$(BIN)/python -m pytest -n 2

check: $(VENV)/tested lint
	$(BIN)/python -m pytest -q -m "not slow" -n 2 tests

lint: $(VENV)/tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/tested
	@failed=0; for name in demo restarts elbow command pass assign settling read quality verdict evidence rfm postgres spark studio; do \
	  $(BIN)/python benchmarks/bench_$$name.py || failed=1; \
	done; $(BIN)/python benchmarks/table.py; exit $$failed

notebook: $(VENV)/tested
	$(BIN)/python tests/notebooks.py

clean:
	rm -rf $(VENV) build dist

# ---------------------------------------------------------------- set-up

$(BIN)/python:
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "Installing python3-venv"; apt-get update -q && apt-get install -q -y python3-venv; } || \
	  { echo "Python's venv is missing. Install it: sudo apt-get install python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"

$(VENV)/ready: $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing Segmentry into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/tested: $(VENV)/ready
	@echo "Installing what the tests need"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e . --group dev
	@command -v chromium >/dev/null || \
	  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y chromium fonts-dejavu-core; } || \
	  { echo "The report's tests need Chromium. Install it: sudo apt-get install chromium"; exit 1; }
	@command -v soffice >/dev/null || \
	  { apt-get update -q && DEBIAN_FRONTEND=noninteractive \
	    apt-get install -q -y --no-install-recommends libreoffice-calc-nogui; } || \
	  echo "Tests of spreadsheets will be skipped. Install: sudo apt-get install libreoffice-calc-nogui"
	@$(BIN)/python -c 'import weasyprint' >/dev/null 2>&1 || \
	  { apt-get update -q && DEBIAN_FRONTEND=noninteractive \
	    apt-get install -q -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0; } || \
	  { echo "Tests of PDF need Pango. Install it: sudo apt-get install libpangoft2-1.0-0 libharfbuzz-subset0"; exit 1; }
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || \
	  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y postgresql; } || \
	  echo "Tests against PostgreSQL will be skipped. Install it: sudo apt-get install postgresql"
	@"$${JAVA_HOME:+$$JAVA_HOME/bin/}java" -version 2>&1 | grep -Eq 'version "(1[7-9]|[2-9][0-9]|[1-9][0-9]{2})[".+-]' || \
	  { apt-get update -q && DEBIAN_FRONTEND=noninteractive \
	    apt-get install -q -y --no-install-recommends openjdk-17-jre-headless; } || \
	  echo "Tests in Spark need Java 17 or later. Install it: sudo apt-get install openjdk-17-jre-headless"
	@touch $@
