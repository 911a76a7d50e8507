#!/usr/bin/env bash
# Sets up real Open WebUI, its own wheel from PyPI, in the virtual environment .venv-open-webui, with what its slim mode
# needs: 680 MB of disk, half a minute of processor time and a download of 250 MB. Runs again only when it or its lists
# have changed.
#
#     tests/open_webui/setup.sh            PYTHON=python3.12 tests/open_webui/setup.sh
set -euo pipefail
cd "$(dirname "$0")/../.."

VENV=.venv-open-webui
STAMP=$VENV/.ready
OWN=tests/open_webui
WANTED=$(cat "$0" "$OWN"/*.txt | sha256sum)

if [ "$(cat "$STAMP" 2>/dev/null)" = "$WANTED" ]; then
  exit 0
fi
echo "Open WebUI's set-up: the virtual environment $VENV"
rm -rf "$VENV" # an interrupted installation is beyond pip's repair
"${PYTHON:-python3}" -m venv "$VENV"
PIP=("$VENV/bin/python" -m pip --disable-pip-version-check --quiet install -c "$OWN/constraints.txt")
"${PIP[@]}" -r "$OWN/requirements.txt"
"${PIP[@]}" --no-deps open-webui
echo "$WANTED" > "$STAMP"
