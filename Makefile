.DEFAULT_GOAL := help
PYTHON := .venv/bin/python
COMPILE := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url

.PHONY: help demo run test lint types imports migrations check format lock

help: ## Show this help
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

demo: ## Run everything with the demo archive
	./isocenter demo

run: ## Run everything on the data in var/
	./isocenter up

test: ## Run the tests (arguments: make test ARGS="-k crawl")
	./isocenter test $(ARGS)

lint: ## Look for mistakes and for unformatted files
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

types: ## Check the types
	$(PYTHON) -m mypy .

imports: ## Check that imports point down
	.venv/bin/lint-imports

migrations: ## Check that the migrations hold the models
	./isocenter makemigrations --check --dry-run

check: lint types imports migrations test ## All of the above, as continuous integration runs them

format: ## Format the files and repair what can be repaired
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

lock: ## Compile requirements/*.txt anew (requirements/README.md)
	echo uv | $(COMPILE) --no-annotate --output-file requirements/bootstrap.txt -
	$(COMPILE) --extra embedded --extra s3 --output-file requirements/base.txt pyproject.toml
	$(COMPILE) --extra embedded --extra s3 --group dev --constraints requirements/base.txt --output-file requirements/dev.txt pyproject.toml
	$(COMPILE) --extra s3 --constraints requirements/base.txt --output-file requirements/server.txt pyproject.toml
