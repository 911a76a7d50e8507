"""A load run's folder: samples as they come, and the figures.

DIR/run.json         says that the folder holds a load run
DIR/samples.jsonl    one answer a line, of the last run
DIR/load.json, load.md, load.svg     the figures, made at the end of every run
"""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sot.errors import ConfigError

from ..own_files import has_file, holds_manifest, is_json_with, open_own, replace_text
from .report import LoadReport
from .sample import Sample

SAMPLES = "samples.jsonl"
_MANIFEST = "run.json"
_RUN = {"format": 1, "run": "sot bench load"}
_FIGURES = "load.json"  # all that an earlier version left to know its folders by
_IS_FIGURES = is_json_with("kind", "backend", "capacity", "rows", "against")


class LoadFolder:
    """A run's folder; made if it is not there. One that holds anything else is left as it is.

    An earlier load run's samples give way to the first ones of this run, not before.

    Args:
        path: Where.

    Raises:
        ConfigError: It holds something else, or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._begun = False
        with self._writing():
            names = (SAMPLES, "load.md", "load.svg", _FIGURES)
            if not _is_earlier(path):
                holds_manifest(path, _MANIFEST)
            for name in names:
                has_file(path / name)
            path.mkdir(parents=True, exist_ok=True)
            replace_text(path / _MANIFEST, json.dumps(_RUN) + "\n")

    def keep(self, samples: Sequence[Sample]) -> None:
        """Add answers to ``samples.jsonl``: an interruption later on loses none of them.

        Args:
            samples: The answers.

        Raises:
            ConfigError: They cannot be written.
        """
        lines = "".join(sample.model_dump_json() + "\n" for sample in samples)
        with self._writing():
            if not self._begun:
                replace_text(self.path / SAMPLES, lines)
                self._begun = True
                return
            flags = os.O_WRONLY | os.O_APPEND
            with os.fdopen(open_own(self.path / SAMPLES, flags), "a", encoding="utf-8") as file:
                file.write(lines)

    def write(self, report: LoadReport) -> None:
        """Write ``load.json``, ``load.md`` and ``load.svg``.

        Args:
            report: The figures.

        Raises:
            ConfigError: They cannot be written.
        """
        if not self._begun:
            self.keep([])
        with self._writing():
            replace_text(self.path / _FIGURES, report.model_dump_json(indent=1) + "\n")
            replace_text(self.path / "load.md", report.markdown() + "\n")
            replace_text(self.path / "load.svg", report.chart())

    @contextmanager
    def _writing(self) -> Generator[None, None, None]:
        try:
            yield
        except OSError as error:
            raise ConfigError(f"--out: {str(self.path)!r} cannot be written: {error.strerror}") from None


def _is_earlier(path: Path) -> bool:
    """Whether a folder holds a load run: says so, or has its figures."""
    manifest, figures = path / _MANIFEST, path / _FIGURES
    try:
        if has_file(manifest):
            if json.loads(manifest.read_text(encoding="utf-8")) != _RUN:
                raise ConfigError(f"--out: {manifest} is not that of a load run; choose another folder")
            return True
        return has_file(figures) and _IS_FIGURES(figures.read_text(encoding="utf-8"))
    except NotADirectoryError:
        return False
    except (ValueError, RecursionError):
        raise ConfigError(f"--out: {path} holds something else; choose an empty or a new folder") from None
