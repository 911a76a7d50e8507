"""Files of a model for transformers, and loading them without output on the terminal."""

from __future__ import annotations

import importlib
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sot.errors import MissingDependencyError, install_command

from .convert import converted, is_whole
from .hub import locate
from .source import Source, converted_folder

_INSTALL = install_command("torch")


def model_folder(source: Source) -> str:
    """Return where transformers loads a model from: a folder, or a hub id; converts a ``.gguf`` file.

    Raises:
        ConfigError: There is no such model.
        MissingDependencyError: A package for the conversion is not installed.
    """
    if not source.is_gguf:
        return source.place if Path(source.place).is_dir() else locate(source)
    gguf = Path(source.place)
    if not is_whole(folder := converted_folder(gguf)):
        for package in ("gguf", "accelerate"):
            try:
                importlib.import_module(package)
            except ImportError as error:
                raise MissingDependencyError(package, _INSTALL) from error
        folder = converted(gguf)
    return str(folder)


@contextmanager
def quiet() -> Iterator[None]:
    """Suppress progress bars, warnings and log lines on the terminal while a model loads."""
    try:
        import transformers
        from transformers.utils import logging as chatter
    except ImportError as error:
        raise MissingDependencyError("transformers", _INSTALL) from error
    names = ("transformers", "huggingface_hub")
    levels = {name: logging.getLogger(name).level for name in names}
    bars = chatter.is_progress_bar_enabled()
    chatter.disable_progress_bar()
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=f"{transformers.__name__}|huggingface_hub|torch")
            yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
        if bars:
            chatter.enable_progress_bar()
