# movietag: `make` lists the targets.
PY := .venv/bin/python
UV := .venv/bin/uv
export PATH := $(CURDIR)/.venv/bin:$(PATH)
# Stages, commands and tests are hundreds of processes: else each compiles our modules anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup anew lock demo chromium quick quick-types quick-tests test nightly contract chaos upgrade proof fuzz soak alerts catalogue lint check format demo-model study engines real-film manifests servers images dashboards docs clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: .venv/.installed  ## the virtual environment, from the hashes in requirements.lock: TORCH=auto, cuda or cpu

.venv/.installed: requirements.lock pyproject.toml tools/without-gpu.txt $(if $(TORCH),anew)
	@tools/environment.sh $(TORCH)
	@touch $@

COMPILE = $(UV) pip compile --quiet --generate-hashes --custom-compile-command "make lock"
IMAGE = $(COMPILE) --python-platform x86_64-manylinux_2_35 --no-annotate --constraint requirements.lock

EXTRAS = --extra evaluation --extra local --extra mcp --extra meaning --extra model --extra openclip --extra parquet \
  --extra s3 --extra training --extra web

# Triton's image with vLLM has these itself, in the versions that vLLM needs.
WITH_VLLM = ml-dtypes numpy packaging protobuf typing-extensions urllib3

lock:  ## resolve pyproject.toml anew into requirements.lock, and for the images into docker/
	$(COMPILE) --upgrade --universal --python-version 3.11 $(EXTRAS) --group dev pyproject.toml \
	  --output-file requirements.lock
	$(IMAGE) --python-version 3.11 --extra web pyproject.toml --output-file docker/stages.lock
	$(IMAGE) --python-version 3.11 docker/meaning.in --output-file docker/meaning.lock
	$(IMAGE) --python-version 3.12 docker/triton.in --output-file docker/triton.lock
	$(IMAGE) --python-version 3.12 $(foreach one,$(WITH_VLLM),--no-emit-package $(one)) docker/triton-vllm.in \
	  --output-file docker/triton-vllm.lock
	$(COMPILE) --python-platform x86_64-manylinux_2_35 --no-annotate --python-version 3.11 \
	  --override benchmarks/engines.override benchmarks/engines.in --output-file benchmarks/engines.lock

demo: setup  ## draw nine titles' worth of movies, tag them on real servers, search them
	$(PY) -m movietag.cli demo

chromium:  ## Debian's Chromium for the tests of the pages, if this is root on Debian; else they are skipped
	@command -v chromium >/dev/null || [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null || \
	  { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium >/dev/null; } \
	  || echo "chromium could not be installed: the tests of the pages are skipped"

# Each test is marked by what it uses: tests/support/marking.py.
quick: export MOVIETAG_SEQUENCES ?= 10
quick: setup  ## the inner loop: lint, types, and the tests that need no server, browser, model or child
	ruff check . && ruff format --check .
	$(MAKE) --no-print-directory --jobs 2 quick-types quick-tests

quick-types:
	lint-imports && pyrefly check
quick-tests:
	$(PY) -m pytest -m pure -n 2 --dist worksteal --quiet

test: export MOVIETAG_SEQUENCES ?= 100
test: setup lint chromium  ## lint, types strictly, and every test but the slow ones, on the real servers
	$(PY) -m pytest -m "not slow" -n 4 --dist loadfile --no-loadscope-reorder

# All that is slow in one run: what waits for minutes (tests/support/scheduling.py) begins first, beside what computes.
nightly: setup chromium  ## what is slow: contracts, chaos, upgrade, fuzz and study in short, searches under load
	$(PY) -m pytest -m slow -n 4 --dist loadfile --no-loadscope-reorder --ignore tests/contract
	MOVIETAG_SEQUENCES=400 $(PY) -m pytest -n 2 tests/model
	$(MAKE) contract

# Its gates are shut on a clock of seconds, on a machine that others share: what fails is tried once more.
# Most of it waits, so two processes, each with servers of its own, take little more than the machine has.
contract: setup  ## the contracts over every stage (four to six minutes; wants the machine to itself)
	$(PY) -m pytest -n 2 --dist load tests/contract || $(PY) -m pytest tests/contract --last-failed

SEED ?= 1
MINUTES ?= 20
SOAK ?= 15

chaos: setup  ## a whole stack under faults, then every frame accounted for: SEED= MINUTES= FAULTS=
	cd tests && $(CURDIR)/$(PY) -m chaos --seed $(SEED) --minutes $(MINUTES)$(if $(FAULTS), --faults $(FAULTS))

upgrade: setup  ## the same, and every process is exchanged for a newer version's, and back: SEED= MINUTES= FAULTS=
	cd tests && $(CURDIR)/$(PY) -m chaos --upgrade --seed $(SEED) --minutes $(MINUTES)$(if $(FAULTS), --faults $(FAULTS))

proof: setup  ## the chaos harness without each remedy for which a run is kept: is it missed?
	cd tests && $(CURDIR)/$(PY) -m chaos.proof

fuzz: setup  ## 10,000 hostile inputs through the real stages (two minutes)
	cd tests && $(CURDIR)/$(PY) -m fuzz --inputs 10000 --seed $(SEED)

soak: setup  ## a whole stack left alone, idle and at work: no error logged, memory flat: SOAK= (minutes)
	cd tests && $(CURDIR)/$(PY) -m soak --minutes $(SOAK)

alerts: setup  ## faults on a whole stack that a real Prometheus scrapes: does each alert fire, and end? (Debian)
	cd tests && $(CURDIR)/$(PY) -m alerts

TITLES ?= 17472

catalogue: setup  ## a list of thousands of titles, steered while it is worked off, and its estimates judged (hours): TITLES=
	cd tests && $(CURDIR)/$(PY) -m long_list --titles $(TITLES)

lint: setup
	ruff check . && ruff format --check . && mypy && lint-imports

check: lint  ## lint, types strictly, import rules, manifests, generated files: seconds
	$(PY) -m pytest --quiet tests/deploy tests/docs/test_settings_docs.py tests/web/test_openapi_rules.py tests/dashboards/test_dashboard_files.py

format: setup  ## let ruff rewrite
	ruff check --fix . ; ruff format .

demo-model: setup  ## train the demo model again from its seed (under 15 minutes on 2 cores)
	$(PY) -m movietag.research.demo_model.train

STUDY ?= $(HOME)/.cache/movietag-study
SEEDS ?= 1

study: setup  ## the paper's fine-tuning on drawn movies, judged: docs/study.md (under 40 minutes on 2 cores): SEEDS= EPOCHS=
	$(PY) -m movietag.research.study --folder $(STUDY) --page docs/study.md --figures docs/study \
	  --seeds $(SEEDS)$(if $(EPOCHS), --epochs $(EPOCHS))

engines: setup  ## vLLM, in process and served, against transformers on a tiny LLaVA, on a CPU (fetches some gigabytes once)
	$(PY) -m benchmarks.engines

real-film: setup  ## Big Buck Bunny through the pipeline, with a contact sheet of what came out (54 MB)
	$(PY) -m tools.real_film

manifests: setup  ## k8s/ before a real API server with Strimzi's and ECK's own kinds (compiles it once: minutes)
	$(PY) -m tools.manifests

servers: setup  ## the demo, and the tests that ask servers, on other versions of Kafka and Elasticsearch
	$(PY) -m tools.servers

images: setup  ## the image of the stages, built without Docker, and every stage of docker-compose.yml run from it (root)
	$(PY) -m tools.images

dashboards: setup  ## write the dashboards of Kibana and Grafana, and k8s/monitoring, anew
	$(PY) -m movietag.dashboards
	$(PY) -m tools.monitoring

docs: export NO_MKDOCS_2_WARNING = 1
docs: setup  ## the site of docs/ and of the pages here into site/ (open site/index.html)
	$(PY) -m mkdocs build --quiet

clean:  ## remove the virtual environment and caches (not the data)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache
