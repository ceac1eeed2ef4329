# make demo    fills holes in photographs, writes demo/demo.png
# make test    runs the tests, two files at a time; ARGS="-k masks -x" goes to pytest
# make lint    checks the code's rules and its formatting
# make package builds the distribution and checks it, in a temporary folder
# make clean   removes the environments, builds and caches
#
# Each sets itself up first, once. STACK=addons uses TensorFlow 2.15 with
# tensorflow-addons instead of the current TensorFlow; PYTHON=... names the
# interpreter to set up with.

STACK ?= current
PYTHON ?=
ARGS ?=

venv_current := .venv
venv_addons := .venv-addons
VENV := $(venv_$(STACK))
$(if $(VENV),,$(error STACK is current or addons, not $(STACK)))

.PHONY: demo test lint package clean

demo: $(VENV)/.installed
	@$(VENV)/bin/python examples/demo.py

test: $(VENV)/.installed
	@$(VENV)/bin/python -m pytest -n 2 $(ARGS)

lint: .venv/.installed
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check

package: .venv/.installed
	@sh tools/check-dist.sh .venv/bin/python

.venv/.installed .venv-addons/.installed: setup.py pyproject.toml tools/setup-venv.sh tools/apt-install.sh
	@sh tools/setup-venv.sh $(@D) $(PYTHON)
	@touch $@

clean:
	@rm -rf .venv .venv-addons build dist *.egg-info .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
