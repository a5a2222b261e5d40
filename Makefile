# `make book` and `make test` set everything up by themselves; so does `python make.py book`, which
# needs no make. What these commands do stands in make.py.
PYTHON ?= python3
BIN := .venv/bin

export JUPYTER_PREFER_ENV_PATH := 1

.PHONY: book test oldest lint set-up serve notebooks bench data repository colab release compiler kernel library sphinx next teaching

book test oldest lint set-up colab release compiler kernel library sphinx next teaching:
	$(PYTHON) make.py $@

serve: book
	$(BIN)/python -m http.server --directory _build/html 8000

notebooks: set-up
	$(BIN)/python book/_ext/notebooks.py book/*.ipynb

bench: set-up
	$(BIN)/python -m benchmarks

data: set-up
	for script in $(filter-out %/experiment.py,$(wildcard book/_experiments/*.py)); do $(BIN)/python $$script || exit 1; done
	$(BIN)/python -m benchmarks --full --out book/data

repository: set-up
	$(BIN)/python book/_ext/repository.py "$(URL)"
