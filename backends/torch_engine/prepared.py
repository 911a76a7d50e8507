"""Prepared models: what a start with transformers found out, kept so that later ones need no such import.

The first start of a model of the Llama family on a CPU writes a folder in the cache, named by the digest of
the model's files: the tokenizer, sizes and constants, and the weights in 8 bits once that format is used.
Other formats are read from the model's own files.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import time
from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel
from torch import Tensor

from ..in_process.light_tokenizer import LightTokenizer, TokenizerFacts
from .cache import cache_folder, note_unusable
from .checkpoint import Checkpoint
from .llama_forward import plain
from .llama_parts import EMBEDDING, HEAD, LlamaShape, ModelParts
from .low_rank import Linear
from .quantize import Int8Linear

_FORMAT = "1"  # of the folder; raise it with any change of what it holds or how that is read
_FACTS, _TOKENIZER, _INT8 = "prepared.json", "tokenizer.json", "int8.safetensors"
_FLOATS = ("F16", "BF16", "F32")
_NEW = ".new-"  # begins the name of a file that is being written
_UNUSED_S = 60 * 86_400.0  # after which a prepared model is removed when another one is made
_KILLED_S = 3600.0  # age of a new file that a killed process must have left behind
_log = logging.getLogger(__name__)


class PreparedFacts(BaseModel):
    """Facts of a model that its forward pass and its tokenizer do not read from other files.

    Args:
        eos: Ids of the tokens that end a completion.
        context: Most tokens of prompt and completion together that the model was made for.
        weights: Number of weights, estimated.
        tensors: Weights that are no linear layer's, by name.
        biases: Linear layers that have a bias.
        tied: Whether the head's weight is the embedding's.
        floats: Whether the model's own files hold its weights as they are, under the names of transformers.
    """

    shape: LlamaShape
    inv_freq: list[float]
    tokenizer: TokenizerFacts
    eos: list[int]
    context: int
    weights: int
    tensors: set[str]
    biases: set[str]
    tied: bool
    floats: bool


class PreparedModel:
    """A model that can be loaded without transformers.

    Args:
        folder: The prepared folder.
        checkpoint: The model's own files.

    Raises:
        OSError: There is none.
        ValueError: It is damaged.
    """

    def __init__(self, folder: Path, checkpoint: Checkpoint) -> None:
        self.folder, self._checkpoint = folder, checkpoint
        self.facts = PreparedFacts.model_validate_json((folder / _FACTS).read_bytes())

    def tokenizer(self) -> LightTokenizer:
        """Read the tokenizer."""
        return LightTokenizer.read(self.folder / _TOKENIZER, self.facts.tokenizer)

    def has(self, name: str) -> bool:
        """Return whether its weights can be read in a number format of the engine's options."""
        return (self.folder / _INT8).is_file() if name == "int8" else self.facts.floats

    def parts(self, name: str) -> FileParts:
        """Return its weights in a number format.

        Raises:
            OSError: A file cannot be read, or lacks a weight.
            safetensors.SafetensorError: A file is damaged.
        """
        if name == "int8":
            return Int8Parts(self.facts, [self.folder / _INT8], torch.float32)
        return FileParts(self.facts, self._checkpoint.weights, getattr(torch, name))


class FileParts:
    """Weights in ``.safetensors`` files under the names of transformers, memory-mapped; see `LlamaParts`.

    Those alone are read that transformers took: a file may hold others, which it leaves out.
    """

    def __init__(self, facts: PreparedFacts, files: Sequence[Path], dtype: torch.dtype) -> None:
        from safetensors import safe_open

        self.shape, self.dtype = facts.shape, dtype
        self.inv_freq = torch.tensor(facts.inv_freq)
        self._facts = facts
        self._files = {
            name: opened
            for file in files
            for opened in [safe_open(file, framework="pt")]  # type: ignore[no-untyped-call]
            for name in opened.keys()  # noqa: SIM118 - it is no mapping
        }

    def tensor(self, name: str) -> Tensor | None:
        if name not in self._facts.tensors:
            return None
        found = self._read(name)
        # The embedding stays as it is in the file: a step takes some of its rows.
        return found if name == f"{EMBEDDING}.weight" else found.to(self.dtype)

    def linear(self, names: Sequence[str]) -> Linear:
        if names == [HEAD] and self._facts.tied:
            names = [EMBEDDING]
        weights = [self._read(f"{name}.weight").to(self.dtype) for name in names]
        own = [name for name in names if name in self._facts.biases]
        biases = [self._read(f"{name}.bias").to(self.dtype) for name in own]
        return plain(torch.cat(weights), torch.cat(biases) if biases else None)

    def _read(self, name: str) -> Tensor:
        if name not in self._files:
            raise OSError(f"{name} is missing")
        return self._files[name].get_tensor(name)


class Int8Parts(FileParts):
    """Weights that were quantised before, joined as the forward pass takes them; see `LlamaParts`."""

    def linear(self, names: Sequence[str]) -> Linear:
        weight, scales = (self._read(f"{names[0]}.{part}") for part in ("int8", "scales"))
        has_bias = not self._facts.biases.isdisjoint(names)
        return Int8Linear.of(weight, scales, self._read(f"{names[0]}.bias") if has_bias else None)


def find(checkpoint: Checkpoint) -> PreparedModel | None:
    """Return the prepared form of a model; ``None``: there is none yet."""
    place = _place(checkpoint)
    try:
        found = PreparedModel(place, checkpoint)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        _log.warning("the prepared model in %s cannot be read (%s): it is made again", place, error)
        return None
    with suppress(OSError):
        os.utime(place / _FACTS)  # it is in use; see `_sweep`
    return found


def keep(
    checkpoint: Checkpoint,
    tokenizer: Any,
    parts: ModelParts,
    *,
    eos: Collection[int],
    context: int,
    weights: int,
) -> None:
    """Write the prepared form of a model, or what is missing in it; where that cannot be done, go on without.

    Args:
        checkpoint: The model's own files, described before it was loaded.
        tokenizer: Its transformers tokenizer.
        parts: Its weights, from which a forward pass has been made.
        eos: Ids of the tokens that end a completion.
        context: Most tokens of prompt and completion together that the model was made for.
        weights: Number of weights.
    """
    try:
        known = TokenizerFacts.of(tokenizer)
        if known is None or not checkpoint.is_unchanged:
            return
        facts = PreparedFacts(
            shape=parts.shape,
            inv_freq=parts.inv_freq.tolist(),
            tokenizer=known,
            eos=sorted(eos),
            context=context,
            weights=weights,
            tensors=set(parts.tensors),
            biases=parts.biases,
            tied=parts.tied,
            floats=_holds_floats(checkpoint, parts),
        )
        place = _place(checkpoint)
        _sweep(place)
        place.mkdir(parents=True, exist_ok=True)
        with _written_whole(place / _TOKENIZER) as new:
            new.write_text(tokenizer.backend_tokenizer.to_str(), encoding="utf-8")
        layers = parts.layers.items()
        if quantised := {name: layer for name, layer in layers if isinstance(layer, Int8Linear)}:
            _save_int8(place / _INT8, parts.tensors, quantised)
        with _written_whole(place / _FACTS) as new:
            new.write_text(facts.model_dump_json(), encoding="utf-8")
    except Exception as error:  # noqa: BLE001 - safetensors and tokenizers have errors of their own
        note_unusable(error)


def _place(checkpoint: Checkpoint) -> Path:
    return cache_folder() / "prepared" / f"{_FORMAT}-{checkpoint.digest[:32]}"


def _sweep(place: Path) -> None:
    """Remove models that were not used for long, and files that a killed process left behind."""
    now = time.time()
    for folder in place.parent.glob("*"):
        facts = folder / _FACTS
        with suppress(OSError):
            if now - (facts if facts.exists() else folder).stat().st_mtime > _UNUSED_S:
                shutil.rmtree(folder, ignore_errors=True)
    for left in place.glob(f"{_NEW}*"):
        with suppress(OSError):
            if now - left.stat().st_mtime > _KILLED_S:
                left.unlink()


def _holds_floats(checkpoint: Checkpoint, parts: ModelParts) -> bool:
    """Return whether a model's files hold, as floats, all weights that a forward pass has taken."""
    from safetensors import safe_open

    found: dict[str, str] = {}
    for file in checkpoint.weights:
        with safe_open(file, framework="pt") as opened:  # type: ignore[no-untyped-call]
            found |= {name: opened.get_slice(name).get_dtype() for name in opened.keys()}  # noqa: SIM118
    linear = [name for name in parts.names if name != HEAD or not parts.tied]
    wanted = {f"{name}.weight" for name in linear} | {f"{name}.bias" for name in parts.biases}
    wanted |= parts.tensors.keys()
    return wanted <= found.keys() and all(found[name] in _FLOATS for name in wanted)


def _save_int8(file: Path, tensors: Mapping[str, Tensor], layers: Mapping[str, Int8Linear]) -> None:
    from safetensors.torch import save_file

    kept = {name: _smallest(value) for name, value in tensors.items()}
    for name, layer in layers.items():
        kept[f"{name}.int8"], kept[f"{name}.scales"] = layer.quantised()
        if layer.bias is not None:
            kept[f"{name}.bias"] = layer.bias
    with _written_whole(file) as new:
        save_file(kept, new)


def _smallest(value: Tensor) -> Tensor:
    """Return a tensor in the smallest float format that holds it exactly."""
    for dtype in (torch.float16, torch.bfloat16):
        small = value.to(dtype)
        if torch.equal(small.to(value.dtype), value):
            return small.contiguous()
    return value.contiguous()


@contextmanager
def _written_whole(file: Path) -> Generator[Path]:
    """Yield where to write a file, which is then put in its place: two processes may do so at once."""
    new = file.with_name(f"{_NEW}{secrets.token_hex(6)}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        mode = os.fstat(descriptor).st_mode & 0o777
        os.close(descriptor)
        yield new
        new.chmod(mode)  # safetensors makes the file anew, for its owner alone
        with new.open("rb") as written:
            os.fsync(written.fileno())
        new.replace(file)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
