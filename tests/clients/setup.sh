#!/usr/bin/env bash
# Sets up the real clients of the Responses API that tests/clients runs, in the virtual environment .venv-clients:
# OpenAI's Agents SDK and pydantic-ai. Needs 160 MB of disk and takes some twenty seconds. Runs again only when it
# or its constraints have changed.
#
#     tests/clients/setup.sh            PYTHON=python3.12 tests/clients/setup.sh
set -euo pipefail
cd "$(dirname "$0")/../.."

VENV=.venv-clients
STAMP=$VENV/.ready
OWN=tests/clients/constraints.txt
WANTED=$(cat "$0" "$OWN" | sha256sum)

if [ "$(cat "$STAMP" 2>/dev/null)" = "$WANTED" ]; then
  exit 0
fi
echo "Clients' set-up: the virtual environment $VENV"
rm -rf "$VENV" # an interrupted installation is beyond pip's repair
"${PYTHON:-python3}" -m venv "$VENV"
"$VENV/bin/python" -m pip --disable-pip-version-check --quiet install -c "$OWN" openai-agents "pydantic-ai-slim[openai]"
echo "$WANTED" > "$STAMP"
