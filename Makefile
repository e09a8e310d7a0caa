# `make run` opens a sample school, `make test` runs every test, `make help` lists the rest.

.DEFAULT_GOAL := help
.PHONY: help setup run test lint format lock bench transcripts screenshots wheel clean

bin := .venv/bin
made := .venv/.made
pip := $(bin)/python -m pip --disable-pip-version-check --quiet install
code := bot flows tests $(wildcard bench)

help:  ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' Makefile | awk -F'|' '{ printf "  make %-12s %s\n", $$1, $$2 }'

setup: $(made)  ## Make .venv out of requirements.lock

# Again only when one of the two files has changed.
$(made): requirements.lock pyproject.toml
	@python=$$(sh .ci/python) && { $(bin)/python -c '' 2>/dev/null || "$$python" -m venv --clear .venv; }
	@echo "Setting up .venv (about a minute the first time) ..."
	@$(pip) --require-hashes --requirement requirements.lock
	@$(pip) --no-deps --no-build-isolation --editable .
	@touch $(made)

run: setup  ## Open a sample school, with a phone on the screen
	@$(bin)/sobremesa demo

test: lint  ## Check style and types, then run every test on both databases
	@$(bin)/python -m pytest --quiet --numprocesses auto

lint: setup  ## Check style and types
	@$(bin)/ruff check --quiet $(code)
	@$(bin)/ruff format --quiet --check $(code) || { echo "Put it in order with: make format"; exit 1; }
	@$(bin)/mypy $(code)

format: setup  ## Put the code in order
	@$(bin)/ruff check --quiet --fix $(code)
	@$(bin)/ruff format --quiet $(code)

# A new version waits for a week: most that are broken or stolen are found by then.
lock: setup  ## Take new versions of the dependencies into requirements.lock
	@$(bin)/uv pip compile pyproject.toml --group dev --output-file requirements.lock --quiet --upgrade \
		--universal --python-version 3.11 --exclude-newer '7 days' --generate-hashes \
		--no-config --no-emit-index-url --no-annotate --custom-compile-command 'make lock'
	@echo "requirements.lock is new. Now: make test"

bench: setup  ## Measure how many texts are answered in a second
	@$(bin)/python -m bench

transcripts: setup  ## Write every journey to docs/transcripts
	@$(bin)/sobremesa transcripts

screenshots: setup  ## Take the pictures in docs/images
	@$(bin)/python -m tests.console.screenshot

wheel: setup  ## Build the package into dist
	@$(bin)/python -m build --wheel --no-isolation --outdir dist .

clean:  ## Remove what make has made; .env and data stay
	@rm -rf .venv dist build .hypothesis .mypy_cache .pytest_cache .ruff_cache
