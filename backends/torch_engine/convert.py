"""Conversion of a ``.gguf`` file into a transformers folder that loads in a second.

transformers reads GGUF, but slowly and with several copies of the weights in memory. So each file is
converted once, by this module run as a program: the process gives its memory back at its end. The weights are
kept in float16: the values of 4-bit blocks are a 4-bit number times one float16 plus another, which float16
rounds by at most 1 part in 2048, far below the step of the quantisation itself (bfloat16 would round 8 times
more coarsely). Models with values beyond float16 are kept in bfloat16.

    python -m sot.backends.torch_engine.convert FILE.gguf FOLDER
"""

from __future__ import annotations

import atexit
import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from sot.errors import ConfigError

from .cache import note_unusable, state_of
from .source import converted_folder

_STALE_S = 3600.0  # age of a temporary folder that a killed conversion must have left behind
_FULL = tuple(os.strerror(code) for code in (errno.ENOSPC, errno.EDQUOT, errno.EROFS))
_starting = threading.Lock()
_temporary: dict[str, Path] = {}  # by the name that the folder has in a cache


def converted(gguf: Path) -> Path:
    """Return the folder with the converted weights of a file; converts it the first time.

    Two processes may do this at once: each converts into a folder of its own, and the first to finish wins.
    Where the cache folder cannot be written to, the weights are kept in a temporary folder for as long as
    this process runs.

    Raises:
        ConfigError: The file cannot be read as a model, or there is no room for it.
    """
    folder = converted_folder(gguf)
    if is_whole(folder):
        return folder
    try:
        return _convert_beside(gguf, folder)
    except OSError as error:
        note_unusable(error)
    with _starting:
        if folder.name not in _temporary:
            _temporary[folder.name] = _convert_for_now(gguf)
        return _temporary[folder.name]


def _convert_beside(gguf: Path, folder: Path) -> Path:
    """Convert into a new folder beside the one wanted, which it then becomes."""
    parent = folder.parent
    parent.mkdir(parents=True, exist_ok=True)
    _sweep(parent)
    new = Path(tempfile.mkdtemp(prefix=".convert-", dir=parent))
    try:
        _run(gguf, new)
        if not is_whole(folder):
            shutil.rmtree(folder, ignore_errors=True)  # incomplete
        try:
            new.rename(folder)
        except OSError:
            if not is_whole(folder):  # not another process that was quicker
                raise
        return folder
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _convert_for_now(gguf: Path) -> Path:
    """Convert into a temporary folder that goes with this process."""
    try:
        new = Path(tempfile.mkdtemp(prefix="sot-model-"))
        atexit.register(shutil.rmtree, new, ignore_errors=True)
        _run(gguf, new)
    except OSError as error:
        raise ConfigError(f"{gguf}: there is no room to convert it: {error.strerror or error}") from None
    return new


def _run(gguf: Path, folder: Path) -> None:
    """Convert in a process of its own.

    Raises:
        OSError: There is no room in the folder.
        ConfigError: The file cannot be converted.
    """
    before = state_of(gguf)
    # -P and the same search path: the program finds the packages of this process, wherever it runs.
    command = [sys.executable, "-P", "-m", __name__, str(gguf), str(folder)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        command, capture_output=True, text=True, stdin=subprocess.DEVNULL, env=env, check=False
    )
    if done.returncode or not is_whole(folder):
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        if any(words in done.stderr for words in _FULL):  # safetensors has an error of its own for it
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))
        raise ConfigError(f"{gguf}: cannot be converted: {lines[-1]}")
    if state_of(gguf) != before:  # the name of the folder would be that of the old content
        raise ConfigError(f"{gguf}: the file changed while it was converted: start again when it is complete")


def is_whole(folder: Path) -> bool:
    """Whether a converted folder is complete: every file has the size noted when it was written."""
    try:
        sizes = json.loads((folder / "sot-files.json").read_text())
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, AttributeError):
        return False


def _sweep(parent: Path) -> None:
    """Remove the temporary folders of conversions that were killed."""
    for left in parent.glob(".convert-*"):
        if time.time() - left.stat().st_mtime > _STALE_S:
            shutil.rmtree(left, ignore_errors=True)


def _convert(gguf: Path, folder: Path) -> None:
    """Convert a file into an empty folder; the sizes of all files are written last (see `is_whole`)."""
    import torch
    from safetensors.torch import save_file
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
    weights = {name: value.data for name, value in model.named_parameters()}  # tied ones come once
    largest = max(float(value.abs().max()) for value in weights.values())
    dtype = torch.float16 if largest < 6e4 else torch.bfloat16
    for name in list(weights):
        weights[name] = weights[name].to(dtype).contiguous()
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    config = model.config.to_dict()
    for key in ("quantization_config", "_name_or_path", "_model_name_or_path"):
        config.pop(key, None)
    config["dtype"] = str(dtype).removeprefix("torch.")
    config["architectures"] = [type(model).__name__]
    (folder / "config.json").write_text(json.dumps(config, indent=2))
    if model.generation_config is not None:
        model.generation_config.save_pretrained(folder)
    AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).save_pretrained(folder)
    sizes = {file.name: file.stat().st_size for file in folder.iterdir()}
    (folder / "sot-files.json").write_text(json.dumps(sizes))


if __name__ == "__main__":
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    _convert(Path(sys.argv[1]), Path(sys.argv[2]))
