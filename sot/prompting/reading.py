"""Reading of a prompt pack's files: only what lies in its folder, is a file, and is not large."""

from __future__ import annotations

import tomllib
from pathlib import Path

from ..errors import PromptPackError
from .packfile import PackFile

MAX_BYTES = 131_072  # of each file


def read_text(path: Path, folder: Path) -> str:
    """Read a file of a pack.

    Args:
        path: The file.
        folder: The pack's folder, which the file must not lead out of by a link.

    Raises:
        PromptPackError: It is missing, lies elsewhere, is too large, or is not text.
    """
    try:
        if not path.resolve(strict=True).is_relative_to(folder.resolve()):
            raise PromptPackError("this is a link to a file outside of the pack's folder", file=str(path))
        if not path.is_file():
            raise PromptPackError("this is not a file", file=str(path))
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise PromptPackError(f"the file is larger than {MAX_BYTES:,} bytes", file=str(path))
        return raw.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except FileNotFoundError:
        raise PromptPackError("the file is missing", file=str(path)) from None
    except (OSError, RuntimeError, UnicodeDecodeError) as error:  # RuntimeError: a link to itself
        raise PromptPackError(f"the file cannot be read: {error}", file=str(path)) from None


def read_pack_file(folder: Path) -> PackFile:
    """Read the ``pack.toml`` of a folder.

    Raises:
        PromptPackError: It cannot be read, or something in it is wrong; the error names the line.
    """
    import pydantic

    path = folder / "pack.toml"
    text = read_text(path, folder)
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PromptPackError(str(error), file=str(path), line=_line_in(str(error))) from None
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, lists in lists in lists
        raise PromptPackError(str(error), file=str(path)) from None
    try:
        return PackFile.model_validate(raw)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        line = _line_of_key(text, first["loc"])
        raise PromptPackError(f"{where}: {first['msg']}", file=str(path), line=line) from None


def _line_in(message: str) -> int | None:
    """Extract the line number from the message of a TOML error."""
    _, found, rest = message.partition("at line ")
    digits = rest.split(",", 1)[0]
    return int(digits) if found and digits.isdigit() else None


def _line_of_key(text: str, location: tuple[int | str, ...]) -> int | None:
    """Find the line of a TOML file at which a location stands, or the innermost table around it."""
    lines = [line.replace(" ", "") for line in text.splitlines()]
    found, key = 0, ""
    for part in location:
        times = part if isinstance(part, int) else 1  # the header found stands for the first table
        key = key if isinstance(part, int) else part
        for _ in range(times):
            wanted = (f"{key}=", f"[{key}]", f"[[{key}]]")
            after = (
                number for number, line in enumerate(lines, 1) if number > found and line.startswith(wanted)
            )
            found = next(after, found)
    return found or None
