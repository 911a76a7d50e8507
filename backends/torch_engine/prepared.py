"""Prepared models: what a start with transformers found out, kept so that later ones need no such import.

The first start of a model of the Llama family on a CPU writes a folder in the cache, named by the content of
the model's files: the tokenizer, sizes and constants, and the weights in 8 bits once that format is used.
Other formats are read from the model's own files.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel
from torch import Tensor

from ..in_process.light_tokenizer import LightTokenizer, TokenizerFacts
from .cache import cache_folder, digest_of, note_unusable
from .llama_forward import plain
from .llama_parts import EMBEDDING, HEAD, LlamaShape, ModelParts
from .low_rank import Linear
from .quantize import Int8Linear

_FORMAT = 1  # of the folder; raise it with any change of what it holds or how that is read
_FACTS, _TOKENIZER, _INT8 = "prepared.json", "tokenizer.json", "int8.safetensors"
_FILES = (".json", ".jinja", ".model", ".safetensors", ".txt")
_FLOATS = ("F16", "BF16", "F32")


class PreparedFacts(BaseModel):
    """Facts of a model that its forward pass and its tokenizer do not read from other files.

    Args:
        eos: Ids of the tokens that end a completion.
        context: Most tokens of prompt and completion together that the model was made for.
        weights: Number of weights, estimated.
        tied: Whether the head's weight is the embedding's.
        floats: Whether the model's own files hold its weights as they are, under the names of transformers.
    """

    shape: LlamaShape
    inv_freq: list[float]
    tokenizer: TokenizerFacts
    eos: list[int]
    context: int
    weights: int
    tied: bool
    floats: bool


class PreparedModel:
    """A model that can be loaded without transformers.

    Args:
        folder: The prepared folder.
        source: Folder of the model's own files.

    Raises:
        OSError: There is none.
        ValueError: It is damaged.
    """

    def __init__(self, folder: Path, source: Path) -> None:
        self.folder, self.source = folder, source
        self.facts = PreparedFacts.model_validate_json((folder / _FACTS).read_bytes())

    def tokenizer(self) -> LightTokenizer:
        """Read the tokenizer."""
        return LightTokenizer.read(self.folder / _TOKENIZER, self.facts.tokenizer)

    def has(self, name: str) -> bool:
        """Whether its weights can be read in a number format, by its name in the engine's options."""
        return (self.folder / _INT8).is_file() if name == "int8" else self.facts.floats

    def parts(self, name: str) -> FileParts:
        """Return its weights in a number format.

        Raises:
            OSError: A file cannot be read.
            safetensors.SafetensorError: A file is damaged.
        """
        if name == "int8":
            return Int8Parts(self.facts, [self.folder / _INT8], torch.float32)
        return FileParts(self.facts, _shards(self.source), getattr(torch, name))


class FileParts:
    """Weights in ``.safetensors`` files under the names of transformers, memory-mapped; see `LlamaParts`."""

    def __init__(self, facts: PreparedFacts, files: Sequence[Path], dtype: torch.dtype) -> None:
        from safetensors import safe_open

        self.shape, self.dtype = facts.shape, dtype
        self._tied = facts.tied
        self.inv_freq = torch.tensor(facts.inv_freq)
        self._files = {
            name: opened
            for file in files
            for opened in [safe_open(file, framework="pt")]  # type: ignore[no-untyped-call]
            for name in opened.keys()  # noqa: SIM118 - it is no mapping
        }

    def tensor(self, name: str) -> Tensor | None:
        found = self._read(name)
        # The embedding stays as it is in the file: a step takes some of its rows.
        return found if found is None or name == f"{EMBEDDING}.weight" else found.to(self.dtype)

    def linear(self, names: Sequence[str]) -> Linear:
        if names == [HEAD] and self._tied:
            names = [EMBEDDING]
        weights = [self._need(f"{name}.weight").to(self.dtype) for name in names]
        biases = [found.to(self.dtype) for name in names if (found := self._read(f"{name}.bias")) is not None]
        return plain(torch.cat(weights), torch.cat(biases) if biases else None)

    def _read(self, name: str) -> Tensor | None:
        return self._files[name].get_tensor(name) if name in self._files else None

    def _need(self, name: str) -> Tensor:
        found = self._read(name)
        if found is None:
            raise OSError(f"{name} is missing")
        return found


class Int8Parts(FileParts):
    """Weights that were quantised before, joined as the forward pass takes them; see `LlamaParts`."""

    def linear(self, names: Sequence[str]) -> Linear:
        weight, scales = (self._need(f"{names[0]}.{part}") for part in ("int8", "scales"))
        return Int8Linear.of(weight, scales, self._read(f"{names[0]}.joined_bias"))


def find(source: Path, digest: str) -> PreparedModel | None:
    """Return the prepared form of a model; ``None``: there is none yet.

    Args:
        source: Folder of the model's own files.
        digest: Their `identity`.
    """
    try:
        return PreparedModel(_place(digest), source)
    except (OSError, ValueError):
        return None


def keep(
    source: Path,
    digest: str,
    tokenizer: Any,
    parts: ModelParts,
    *,
    eos: Sequence[int],
    context: int,
    weights: int,
) -> None:
    """Write the prepared form of a model, or what is missing in it; where that cannot be done, go on without.

    Args:
        source: Folder of the model's own files.
        digest: Their `identity`.
        tokenizer: Its transformers tokenizer.
        parts: Its weights, from which a forward pass has been made.
        eos: Ids of the tokens that end a completion.
        context: Most tokens of prompt and completion together that the model was made for.
        weights: Number of weights.
    """
    from safetensors import SafetensorError

    known = TokenizerFacts.of(tokenizer)
    if known is None:
        return
    facts = PreparedFacts(
        shape=parts.shape,
        inv_freq=parts.inv_freq.tolist(),
        tokenizer=known,
        eos=list(eos),
        context=context,
        weights=weights,
        tied=parts.tied,
        floats=_holds_floats(source, parts),
    )
    try:
        place = _place(digest)
        place.mkdir(parents=True, exist_ok=True)
        with _written_whole(place / _TOKENIZER) as new:
            new.write_text(tokenizer.backend_tokenizer.to_str(), encoding="utf-8")
        layers = parts.layers.items()
        if quantised := {name: layer for name, layer in layers if isinstance(layer, Int8Linear)}:
            _save_int8(place / _INT8, parts.tensors, quantised)
        with _written_whole(place / _FACTS) as new:
            new.write_text(facts.model_dump_json(), encoding="utf-8")
    except (OSError, SafetensorError) as error:  # safetensors has an error of its own for a full disk
        note_unusable(error)


def identity(source: Path) -> str | None:
    """Return the digest of a model's files and of the versions of what reads them; ``None``: it has none."""
    try:
        return _digest(source)
    except OSError:  # a file that cannot be read: transformers will say which
        return None


def _digest(source: Path) -> str:
    files = sorted(file for file in source.iterdir() if file.suffix in _FILES and file.is_file())
    names = [f"{file.name}:{digest_of(file)}" for file in files]
    readers = [f"{name}:{_version(name)}" for name in ("transformers", "tokenizers")]
    return hashlib.sha256("\n".join([str(_FORMAT), *readers, *names]).encode()).hexdigest()


def _place(digest: str) -> Path:
    return cache_folder() / "prepared" / digest[:32]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"


def _shards(source: Path) -> list[Path]:
    """Return the files that transformers reads a model's weights from; none where they have another form."""
    whole, index = source / "model.safetensors", source / "model.safetensors.index.json"
    if whole.is_file():
        return [whole]
    try:
        parts: dict[str, str] = json.loads(index.read_bytes())["weight_map"]
    except (OSError, ValueError, LookupError, TypeError):
        return []
    return [source / name for name in sorted(set(parts.values()))]


def _holds_floats(source: Path, parts: ModelParts) -> bool:
    """Whether the files of a model hold the weights that a forward pass has taken, and no others."""
    from safetensors import safe_open

    found: dict[str, str] = {}
    for file in _shards(source):
        with safe_open(file, framework="pt") as opened:  # type: ignore[no-untyped-call]
            found |= {name: opened.get_slice(name).get_dtype() for name in opened.keys()}  # noqa: SIM118
    linear = [name for name in parts.names if name != HEAD or not parts.tied]
    wanted = {*parts.tensors, *(f"{name}.weight" for name in linear)}
    return wanted <= found.keys() and all(found[name] in _FLOATS for name in wanted)


def _save_int8(file: Path, tensors: Mapping[str, Tensor], layers: Mapping[str, Int8Linear]) -> None:
    from safetensors.torch import save_file

    kept = {name: _smallest(value) for name, value in tensors.items()}
    for name, layer in layers.items():
        kept[f"{name}.int8"], kept[f"{name}.scales"] = layer.quantised()
        if layer.bias is not None:
            kept[f"{name}.joined_bias"] = layer.bias
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
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=".new-")
    os.close(descriptor)
    new = Path(name)
    try:
        yield new
        new.replace(file)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
