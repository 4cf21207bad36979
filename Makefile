# Every target makes .venv by itself when it is needed, and repeats nothing that is already there.
PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
JOBS ?= 2
MINUTES ?= 10

.PHONY: demo serve test test-slow test-lowest coverage fuzz check docs bench clean

demo: runs/digits/report.html  ## train, evaluate and show a residual network on real images
	$(BIN)/residua evaluate runs/digits
	@echo "open runs/digits/report.html to see curves, confusion and mistakes"

runs/digits/report.html: .venv/base
	@if [ -e runs/digits/config.toml ]; then $(BIN)/residua train --resume runs/digits; \
	else $(BIN)/residua train --out runs/digits; fi

serve: runs/digits-int8/manifest.json .venv/serve  ## the page, on the network of `make demo` in int8
	$(BIN)/residua serve runs/digits-int8

runs/digits-int8/manifest.json: runs/digits/report.html .venv/serve
	$(BIN)/residua export runs/digits --to openvino --precision int8 --out runs/digits-int8

test: .venv/dev  ## the default suite, six to eight minutes on two cores
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(JOBS) --dist loadfile  # what a file shares is made once

test-slow: .venv/dev  ## the longer proofs
	$(BIN)/python -m pytest -m slow

test-lowest: .venv-lowest/dev  ## the default suite with the oldest versions that pyproject.toml allows
	OMP_NUM_THREADS=1 .venv-lowest/bin/python -m pytest -n $(JOBS)

coverage: .venv/dev  ## the lines and branches that the default suite runs
	OMP_NUM_THREADS=1 $(BIN)/python -m coverage run -m pytest -n $(JOBS)
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report --skip-covered --sort=cover

fuzz: .venv/fuzz  ## every reader of foreign files, in turns: make fuzz MINUTES=10, of processor time
	$(BIN)/python fuzz/campaign.py --minutes $(MINUTES)

check: .venv/dev  ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: .venv/docs  ## the pages as a site in build/docs: both languages, every link checked
	$(BIN)/python -m sphinx -q -W --keep-going -c docs -b html . build/docs

bench: .venv/dev  ## speed as ratios, each measured in one run; CIFAR=FOLDER adds what needs CIFAR-10
	$(BIN)/python bench/speed.py
	if [ -d ../shared/data/images ]; then \
	  $(BIN)/python bench/data_bench.py ../shared/data/images --files 2000 $(if $(CIFAR),--cifar $(CIFAR)) && \
	  $(BIN)/python bench/data_wait.py ../shared/data/images; fi
	if [ -n "$(CIFAR)" ]; then $(BIN)/python bench/train_speed.py --cifar $(CIFAR); fi

clean:
	rm -rf .venv .venv-lowest .coverage .coverage.* runs build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/base: .venv/bin/python pyproject.toml constraints.txt
	$(INSTALL) --editable '.[report]'
	@touch $@

.venv/serve: .venv/base
	$(INSTALL) --editable '.[ship,serve,data]'
	@touch $@

.venv/dev: .venv/base
	$(INSTALL) --editable '.[dev]'
	@touch $@

.venv/docs: .venv/base
	$(INSTALL) --editable '.[docs]'
	@touch $@

.venv/fuzz: .venv/dev
	$(INSTALL) --editable '.[fuzz]'
	@touch $@

.venv-lowest/dev: pyproject.toml constraints-lowest.txt
	$(PYTHON) -m venv .venv-lowest
	.venv-lowest/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints-lowest.txt --editable '.[dev]'
	@touch $@
