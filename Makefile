# The two commands that matter are `make run` and `make test`; both set up whatever is missing first.
# HOST, PORT, VAR_DIR and the other settings (README) come from the environment or from .env.

# Any Python 3.8 or newer can begin; deploy.setup finds or gets the 3.10 that the assistant itself runs on.
BEGIN := $(shell for p in python3 /usr/bin/python3 /usr/local/bin/python3 "$$HOME"/.pyenv/versions/3.*/bin/python3; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null && echo "$$p" && break; done)
SETUP := $(or $(BEGIN),echo "Python 3.8 or newer is needed to begin (package python3)." >&2; exit 1;) -m deploy.setup
PYTHON := .venv/bin/python
ARGS ?=

export RASA_TELEMETRY_ENABLED := false
export SQLALCHEMY_SILENCE_UBER_WARNING := 1
export TF_CPP_MIN_LOG_LEVEL := 3
export PYTHONUTF8 := 1

.PHONY: run test check bench setup train format clean help

help:  ## say what there is
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' Makefile | expand -t 14

run:  ## set up what is missing, start everything, print the addresses; Ctrl-C stops it
	@$(SETUP) run

setup:  ## everything that `make run` does before it starts the processes
	@$(SETUP) prepare

test: setup  ## all tests; ARGS="-k word" chooses
	@$(SETUP) npm test
	@$(PYTHON) -m pytest $(ARGS)

check:  ## formatting, lint, types, import directions, training data, knowledge base, pages
	@$(SETUP) install
	@$(PYTHON) -m deploy.check

bench: setup  ## the benchmark: prints a table, writes var/bench.json
	@$(PYTHON) -m bench $(ARGS)

train:  ## train the model again, whether or not one fits
	@$(SETUP) install
	@$(PYTHON) -m deploy.prepare --train

format:  ## format the Python code
	@$(SETUP) install
	@$(PYTHON) -m ruff format . && $(PYTHON) -m ruff check --fix .

clean:  ## remove what was installed and built; data under var/ stays
	rm -rf .venv .venv-tools web/node_modules gateway/static .rasa .mypy_cache .ruff_cache .pytest_cache
