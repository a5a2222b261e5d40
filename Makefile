# `make book` and `make test` set everything up by themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
HTML := _build/html/index.html
PYTEST := $(BIN)/python -m pytest

export JUPYTER_PREFER_ENV_PATH := 1

.PHONY: book test serve notebooks bench data repository lint set-up

book: $(READY)
	$(BIN)/jupyter-book build -W -n --keep-going .
	@echo "The book is at $(CURDIR)/$(HTML)"

test: $(READY) lint book
	$(PYTEST) -n 2 --dist loadfile tests
	$(PYTEST) --nbval -n 2 --dist loadfile book

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

serve: book
	$(BIN)/python -m http.server --directory _build/html 8000

notebooks: $(READY)
	$(BIN)/python book/_ext/notebooks.py book/*.ipynb

bench: $(READY)
	$(BIN)/python -m benchmarks

data: $(READY)
	for script in $(filter-out %/experiment.py,$(wildcard book/_experiments/*.py)); do $(BIN)/python $$script || exit 1; done
	$(BIN)/python -m benchmarks --full --out book/data

repository: $(READY)
	$(BIN)/python book/_ext/repository.py "$(URL)"

set-up: $(READY)

# ipywidgets 7.7.1, Colab's, stands apart: the tests run the sliders with both versions.
$(READY): requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 10), "Python 3.10 or newer is needed"'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -r requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	$(BIN)/python -m pip install --quiet --no-deps --target $(VENV)/ipywidgets7 ipywidgets==7.7.1 ipython-genutils==0.2.0
	touch $@
