#!/bin/sh
# Tells the demo; `make demo` sets up what it needs and runs this. `--interactive` lets you be the second person.
set -eu
cd "$(dirname "$0")/../.."
PATH="$PWD/.venv/bin:$PATH"
exec python -m examples.demo "$@"
