#!/usr/bin/env bash
# `scripts/on-node.sh VERSION COMMAND...`: carries out a command with another version of Node, which npm's `node` package gives, and with an empty home.
# What it seeds and writes goes to a folder of its own, unless BACKFILL_FOLDER says otherwise.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

version=$1
shift
work=$(mktemp -d)
clean_up() {
  BACKFILL_FOLDER="$work/backfill" node bin/backfill.mjs local stop >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

npm install --silent --no-audit --no-fund --prefix "$work/node" "node@$version"
mkdir "$work/home"
export HOME="$work/home" PATH="$work/node/node_modules/.bin:$PATH" BACKFILL_FOLDER="${BACKFILL_FOLDER:-$work/backfill}"
echo "Node $(node --version)"
"$@"
