# Every command sets itself up on a machine with nothing but Python (3.11 or newer) and make:
# a virtual environment in .venv with exactly what uv.lock names, made once and again only when
# pyproject.toml or uv.lock changed. Nothing is installed outside this directory.

UV_VERSION := 0.13.9
UV := .local/uv/bin/uv
RUN := .venv/bin/python
BOOTSTRAPPED := .local/uv/$(UV_VERSION)
SYNCED := .venv/.synced

# Another virtual environment or uv's own downloads of Python have no say here.
export UV_PROJECT_ENVIRONMENT := .venv
export UV_PYTHON_DOWNLOADS := never
unexport VIRTUAL_ENV
unexport PYTHONHOME
unexport PYTHONPATH

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run offload test check check-all tour bench bench-todos bench-growth bench-offload bench-cloud package soak rehearsal bench-updates bench-blog

help: ## Show this list.
	@echo 'Quartet: make <target>'
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo 'PYTHON=/path/to/python chooses the interpreter. docs/local.md tells of ports and directories.'

run: $(SYNCED) ## Start the cloud on the desk; Ctrl-C stops it.
	@$(RUN) manage.py platform

test: $(SYNCED) ## Run the tests on SQLite and SeaweedFS, without a browser and Node.
	@$(RUN) -m pytest -n 2 --dist loadfile -m 'not browser and not sdk'

check: $(SYNCED) ## Check before a commit: lint, types, contracts, tests on SQLite, browser, tour.
	@$(RUN) -m tests.check

check-all: $(SYNCED) ## Check all that continuous integration does: PostgreSQL and generated clients too.
	@$(RUN) -m tests.check all

tour: $(SYNCED) ## Walk through the running desk as a user: sign up, to-dos, files.
	@$(RUN) -m tests.tour

bench-todos: $(SYNCED) ## Measure to-dos beside PocketBase, Kinto and plain DRF, and write docs/performance.md.
	@$(RUN) -m bench todos

bench-offload: $(SYNCED) ## Measure an application alone and behind the edge, and write docs/performance.md.
	@$(RUN) -m bench offload herds plan downloads deltas

bench-growth: $(SYNCED) ## Measure to-dos from a thousand accounts up, and write docs/performance.md.
	@$(RUN) -m bench.todos_growth

bench-blog: $(SYNCED) ## Measure the blog beside nginx, Django, Wagtail, Ghost and Eleventy, renditions too, and write docs/performance.md.
	@$(RUN) -m bench.blog $(if $(QUICK),--quick)

bench-updates: $(SYNCED) ## Measure a publish into a long history, and a large upload, and write docs/performance.md.
	@$(RUN) -m bench.updates_history $(if $(QUICK),--quick)
	@$(RUN) -m bench.updates_upload $(if $(QUICK),--quick)

bench-cloud: $(SYNCED) ## Measure functions under the emulator beside a bare Django, and write docs/performance.md.
	@$(RUN) -m bench.cloud $(if $(QUICK),--quick)

bench: $(SYNCED) ## Measure, print a table and write docs/performance.md.
	@$(RUN) -m bench

offload: $(SYNCED) ## Put the edge in front of ORIGIN=http://host, with PROBE='/a.zip' audited first.
	@test -n '$(ORIGIN)' || { echo 'Say of which application: make offload ORIGIN=http://downloads.example.com' >&2; exit 2; }
	@$(RUN) -m local.edge.offload_command --origin '$(ORIGIN)' --paths '$(PATHS)' --probe '$(PROBE)' \
		--port '$(or $(PORT),8088)' --query '$(or $(QUERY),drop)'

package: $(SYNCED) ## Make the packages for Lambda, of all stages or of SERVICE=todos.
	@$(RUN) -m deploy $(SERVICE)

soak: $(SYNCED) ## Random histories of sync, 10 000 on each database; goes on where it was stopped.
	@$(RUN) -m tests.todos.soak

rehearsal: $(SYNCED) ## Deploy with Zappa and walk the tour, without an AWS account.
	@$(RUN) -m tests.rehearsal

setup: $(SYNCED) ## Only make the virtual environment.

$(SYNCED): pyproject.toml uv.lock $(BOOTSTRAPPED)
	@test -x $(RUN) || $(UV) venv --quiet --python .local/uv/bin/python .venv
	@echo 'Installing what uv.lock names into .venv …'
	@$(UV) sync --locked --quiet
	@touch $@

# Debian's python3 may lack venv, and a `python3` of pyenv may be a shim that fails or is too old:
# so the first candidate that really runs and is new enough is taken, unless PYTHON names one.
$(BOOTSTRAPPED):
	@python=''; \
	for candidate in $(if $(PYTHON),'$(PYTHON)',python3 python3.14 python3.13 python3.12 python3.11 python /usr/bin/python3); do \
		if "$$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			python="$$candidate"; break; \
		fi; \
	done; \
	if test -z "$$python"; then \
		echo 'Quartet needs Python 3.11 or newer with its venv module; found: $(or $(PYTHON),python3)' \
			"$$($(or $(PYTHON),python3) --version 2>&1 | head -n 1)." >&2; \
		echo 'Install it (on Debian: apt-get install python3 python3-venv), or name one: make PYTHON=/path/to/python3.12' >&2; \
		exit 1; \
	fi; \
	echo "Setting up with $$("$$python" --version) …"; \
	rm -rf .local/uv && mkdir -p .local && "$$python" -m venv .local/uv && \
	.local/uv/bin/python -m pip install --quiet --disable-pip-version-check 'uv==$(UV_VERSION)'
	@touch $@
