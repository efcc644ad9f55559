# Everything from Python 3.11+, git and make; there is no step before. `make` lists what there is.

VENV = .venv
PY = $(VENV)/bin/python
PIP = $(PY) -m pip --disable-pip-version-check --no-input
HAVE_PIP = { $(PY) -m pip --version >/dev/null 2>&1 || $(PY) -m ensurepip >/dev/null; }
RUN_STAMP = $(VENV)/.run-installed
DEV_STAMP = $(VENV)/.dev-installed
PYTHON = python3
WORKERS = auto
PYTEST = $(PY) -m pytest -n $(WORKERS) --maxprocesses 4 --dist worksteal
UV_LOCK = compile --quiet --universal --generate-hashes --python-version 3.11 \
	--custom-compile-command "make lock" pyproject.toml

.PHONY: help run test check lint format bench e2e-long lock install-run install-dev browser

help: ## 列出能做的事 · this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' Makefile

run: install-run ## 装好、建库、启动，打开 http://127.0.0.1:8080/ · set up and start
	@$(PY) -m bot serve

test: install-dev browser lint ## 全部测试，两核上十分钟 · everything, ten minutes on 2 cores
	@$(PYTEST) -m "not e2e_long"

check: install-dev lint ## 快检，一分钟内 · lint, types, arrows, fast tests, under a minute
	@$(PYTEST) -m "not slow and not browser and not e2e_long"

lint: install-dev ## 风格、类型、依赖方向 · style, types, arrows
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(VENV)/bin/lint-imports --no-cache

format: install-dev ## 整理代码 · put the code in order
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

bench: install-dev ## 量速度 · measure speed
	@$(PY) -m tests.bench

e2e-long: install-dev browser ## 很长的端到端测试 · the long end-to-end runs
	@$(PY) -m pytest -m e2e_long --timeout 3600

lock: $(PY) ## 重新锁定依赖 · lock the dependencies again
	@uv=$$(command -v uv) || { test -x $(VENV)/bin/uv || $(PIP) install --quiet uv; uv=$(VENV)/bin/uv; }; \
	  "$$uv" pip $(UV_LOCK) --output-file requirements/run.txt && \
	  "$$uv" pip $(UV_LOCK) --group dev --constraints requirements/run.txt \
	    --output-file requirements/dev.txt

# The development set contains the runtime set: where it is installed, only it is kept up to date.
install-run: $(PY)
	@if [ -e $(DEV_STAMP) ]; then $(MAKE) -s $(DEV_STAMP); else $(MAKE) -s $(RUN_STAMP); fi

install-dev: $(DEV_STAMP)

$(RUN_STAMP): requirements/run.txt | $(PY)
	@echo "安装依赖，第一次要一两分钟 · installing what is needed (a minute or two, once)"
	@$(HAVE_PIP) && $(PIP) install --quiet --require-hashes -r requirements/run.txt
	@touch $@

$(DEV_STAMP): requirements/dev.txt | $(PY)
	@echo "安装开发依赖，第一次要一两分钟 · installing the development set (a minute or two, once)"
	@$(HAVE_PIP) && $(PIP) install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

$(PY):
	@for each in $(PYTHON) python3.13 python3.12 python3.11 python; do \
	  if "$$each" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' \
	    >/dev/null 2>&1; then exec "$$each" -m venv --clear $(VENV); fi; \
	done; \
	echo "没有找到带 venv 的 Python 3.11 或更新的版本。装好之后再试一次："; \
	echo "No Python 3.11 or newer with venv was found. Please install one and try again:"; \
	echo "  Debian, Ubuntu:  sudo apt-get install python3 python3-venv"; \
	echo "  Fedora:          sudo dnf install python3"; \
	echo "  macOS:           brew install python"; \
	echo "装在别处的话 · if it is elsewhere:  make PYTHON=/path/to/python3 ..."; \
	exit 1

browser:
	@for each in chromium chromium-browser google-chrome; do \
	  command -v "$$each" >/dev/null 2>&1 && exit 0; \
	done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	  echo "安装 Chromium，浏览器测试要用 · installing Chromium for the browser tests"; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	    apt-get install -y -qq --no-install-recommends chromium fonts-wqy-microhei >/dev/null && exit 0; \
	fi; \
	echo "**********************************************************************"; \
	echo "没有 Chromium：浏览器测试这次不跑。Debian 上装 chromium 和 fonts-wqy-microhei。"; \
	echo "No Chromium: the browser tests do not run. Install chromium (and a Chinese font)."; \
	echo "**********************************************************************"
