#!/bin/sh
# Runs the lines below and shows what each says. They only read; with a scratch HOME nothing of your own counts.
set -eu
cd "$(dirname "$0")"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

while read -r line; do
    printf '$ %s\n' "$line"
    env -i PATH="$PWD/../../.venv/bin:$PATH" HOME="$scratch" sh -c "$line" </dev/null 2>&1 || echo "(exit code $?)"
    echo
done <<'LINES'
agentguard policy check --config .
agentguard check --config . "psql -h db1.shop.example -c 'DROP TABLE payments_2019'"
agentguard check --config . "psql -h localhost -p 5433 -c 'DELETE FROM baskets'"
agentguard check --config . "redis-cli -h localhost FLUSHALL"
agentguard policy check broken.toml
LINES
