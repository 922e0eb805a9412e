# make run and make test set everything up by themselves; make help lists the rest.

PYTHON ?= python3
PROFILE ?= demo
NOTEBOOK ?= cfcefd21
OUT ?= out.ipynb
PARAMETERS ?=
# not the variable of the environment, which is gettext's
LANGUAGE := ja
JOBS ?= 2
HOURS ?= 8
COUNT ?= 120
SEED ?= 0

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed

.DEFAULT_GOAL := help
.PHONY: help run demo app records voices site serve lighthouse bench gpu campaign test style lint format lab install clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12
	@echo
	@echo 'make run PROFILE=page                        at the scale of 2019 (a GPU, hours)'
	@echo 'make run PARAMETERS="-p corpus FOLDER"       with your own recordings'
	@echo 'make run NOTEBOOK=47c97768                   another experiment'
	@echo 'make run LANGUAGE=en                         with its text and tables in English'

run: $(INSTALLED) ## run notebooks/cfcefd21.ipynb into out.ipynb (minutes, on any CPU)
	@echo 'Running notebooks/$(NOTEBOOK).ipynb, profile $(PROFILE); interrupt with Ctrl-C, run again to go on.'
	@$(BIN)/python tools/with_successor.py notebooks/$(NOTEBOOK).ipynb | \
		$(BIN)/python -m vox.cells --cwd . - $(OUT) -p profile $(PROFILE) $(if $(filter-out ja,$(LANGUAGE)),-p language $(LANGUAGE)) $(PARAMETERS)
	@$(BIN)/python -m vox.site.standalone $(OUT)
	@$(BIN)/jupyter trust $(OUT) >/dev/null # so that Jupyter shows its figures
	@echo
	@echo 'The executed notebook is $(CURDIR)/$(OUT)'
	@echo 'Read it in a browser:  $(CURDIR)/$(basename $(OUT)).html'
	@echo 'Open it in Jupyter:    $(BIN)/jupyter lab $(OUT)'

demo: $(INSTALLED) ## convert a recording to all voices of the package (seconds), into demo/
	@$(BIN)/vox demo -o demo

app: $(VENV)/installed-app ## change voices in the browser, on this machine
	@$(BIN)/vox app --browser

$(VENV)/installed-app: $(INSTALLED)
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --progress-bar on \
		--constraint constraints.txt --editable '.[app]'
	@touch $@

records: $(INSTALLED) ## record the notebooks whose record in docs/experiments is missing or stale
	$(BIN)/vox record --profile $(PROFILE)

voices: $(INSTALLED) ## train the voices of the package, or take the run there is, and pack them
	$(BIN)/python tools/make_voices.py

site: $(INSTALLED) ## build the site of docs/ into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo 'Open it:  make serve'

serve: $(INSTALLED) ## serve the site and print its address
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs serve

lighthouse: site ## measure two pages of the site with Lighthouse (needs npx and Chromium)
	$(BIN)/python tools/lighthouse.py

gpu: $(INSTALLED) ## on a CUDA device: its tests, benchmarks, page-scale records, within HOURS
	$(BIN)/python tools/gpu.py --hours $(HOURS)

bench: $(INSTALLED) ## measure speed and memory into benchmarks/README.md (long)
	$(BIN)/python -m benchmarks

campaign: $(INSTALLED) ## kill and feed broken input a thousandfold (an hour); COUNT, SEED
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python tests/campaign --count $(COUNT) --seed $(SEED)

test: $(INSTALLED) style ## lint, types and tests at a time (in JOBS processes, of one thread each)
	@$(BIN)/mypy & types=$$!; tests=0; \
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder || tests=$$?; \
	wait $$types && exit $$tests

style: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

lint: $(INSTALLED) style ## ruff and mypy alone
	$(BIN)/mypy

format: $(INSTALLED) ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lab: $(INSTALLED) ## open JupyterLab on notebooks/, beginning with the tour
	$(BIN)/jupyter lab --ServerApp.root_dir=notebooks --LabApp.default_url=/lab/tree/explore.ipynb

install: $(INSTALLED) ## set up .venv alone

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version.split()[0]; sys.exit(sys.version_info < (3, 11) \
		and f"vox needs Python 3.11 or newer, and $(PYTHON) is {v}; name another: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --progress-bar on \
		--constraint constraints.txt --editable '.[dev]'
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --progress-bar on \
		--constraint constraints.txt --no-deps resemblyzer
	@touch $@

clean: ## remove .venv and what tools cached
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache
