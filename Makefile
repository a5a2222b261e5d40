# `make book` and `make test` set everything up by themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
HTML := _build/html/index.html
PYTEST := $(BIN)/python -m pytest
# The rooms' tests have the rooms' names.
ROOMS := $(patsubst li2_core/%/__init__.py,tests/%,$(wildcard li2_core/*/__init__.py))
OLDEST := $(VENV)/oldest

export JUPYTER_PREFER_ENV_PATH := 1

.PHONY: book test oldest serve notebooks bench data repository lint set-up

book: $(READY)
	$(BIN)/jupyter-book build -W -n --keep-going .
	@echo "The book is at $(CURDIR)/$(HTML)"

test: $(READY) lint book
	$(PYTEST) -n 2 --dist loadfile --doctest-modules li2_core tests
	$(PYTEST) --nbval -n 2 --dist loadfile book
	$(MAKE) oldest

# The rooms once more on the oldest releases that pyproject.toml allows. They warn of what newer
# releases of their own dependencies deprecate, and NumPy 1.26 remarks that tiny numbers are zero
# (training wants it so). Left out: PyTorch's own Muon, which is younger, as a peer; a command
# that may not warn; both versions of ipywidgets; the digits, which scikit-learn brings; what concerns
# processes, not releases.
oldest:
	@if $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 13))'; \
	then echo "Lower bounds not tested: torch 2.4 needs Python 3.12 or older"; \
	else $(MAKE) $(OLDEST)/ready && $(OLDEST)/bin/python -m pytest -o addopts= -n 2 --dist loadfile \
		-W default::DeprecationWarning -W "ignore:The value of the smallest subnormal:UserWarning" \
		--ignore tests/runs/test_sweeps_killed.py --ignore tests/runs/test_experiment.py \
		-k "not torchs_muon and not live_face and not the_command and not stored_map and not digits" --doctest-modules li2_core $(ROOMS); fi

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

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
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "Python 3.11 or newer is needed"'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -r requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	$(BIN)/python -m pip install --quiet --no-deps --target $(VENV)/ipywidgets7 ipywidgets==7.7.1 ipython-genutils==0.2.0
	touch $@

$(OLDEST)/ready: requirements.txt pyproject.toml
	$(PYTHON) -m venv $(OLDEST)
	sed -n 's/^\(digits = \[\| *\)"\([a-z-]*\)>=\([0-9.]*\)"[],]*$$/\2==\3/p' pyproject.toml > $(OLDEST)/bounds.txt
	grep -E '^(pytest|pytest-xdist|hypothesis|jaxtyping|setuptools)==' requirements.txt >> $(OLDEST)/bounds.txt
	$(OLDEST)/bin/python -m pip install --quiet -r $(OLDEST)/bounds.txt
	$(OLDEST)/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@
