"""Terminals: safe text, backend specs without secrets, failures as one line and an exit code."""

from __future__ import annotations

import errno
import json
import os
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from .errors import ConfigError, ContextLengthError, MissingDependencyError, SotError

BAD_USE = 2
FAILED = 1
INTERRUPTED = 130
PIPE_CLOSED = 141

# All control characters except line feed and tab; the C1 range; characters that reorder or hide text
# (bidirectional overrides, zero-width marks); line and paragraph separators; lone surrogates.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


def safe_text(text: str) -> str:
    """Remove everything that could move the cursor, set colours, hide or reorder text."""
    return _UNSAFE.sub("", text)


def one_line(text: str) -> str:
    """Reduce a text to one safe line, with white space folded."""
    spaced = " ".join(text.split())  # first, because line separators part words and are then removed
    return " ".join(safe_text(spaced).split())


def shown_spec(spec: str) -> str:
    """Reduce a backend spec to one safe line, without an address's user, password and query (secrets)."""
    if "://" in spec:
        spec = re.sub(r"://[^/]*@", "://", re.sub(r"[?#].*", "", spec, flags=re.DOTALL))
    return one_line(spec)


def json_line(value: Mapping[str, Any]) -> str:
    """Serialise a value as one line of JSON for standard output.

    Characters that are unsafe on a terminal, or that the output's encoding does not have, are escaped.
    """
    return safe_json(json.dumps(value, ensure_ascii=False))


def safe_json(text: str) -> str:
    """Escape what is unsafe in a JSON text, or in a piece of one, for standard output; its value stays.

    Characters that are unsafe on a terminal, or that the output's encoding does not have, are escaped: they
    can only stand within the document's strings.
    """
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    if safe_text(text) == text and _survives(text, encoding):
        return text
    return "".join(char if safe_text(char) and _survives(char, encoding) else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def _survives(text: str, encoding: str) -> bool:
    """Whether an encoding gives a text back: in Shift JIS, for one, a yen sign comes back as a backslash."""
    try:
        return text.encode(encoding).decode(encoding) == text
    except UnicodeError:
        return False


def guarded(command: Callable[[], None]) -> int:
    """Run a command; returns its exit code.

    Args:
        command: What to run.
    """
    try:
        command()
        sys.stdout.flush()
    except (ConfigError, ContextLengthError, MissingDependencyError) as error:
        return complain(str(error), BAD_USE)
    except SotError as error:
        return complain(str(error), FAILED)
    except BrokenPipeError:
        # The reader of a pipe has left; that is its right. Nothing more can be written there.
        _abandon_output()
        return PIPE_CLOSED
    except OSError as error:  # a full disk, a file that cannot be written
        _abandon_output()
        where = f"{error.filename}: " if error.filename else ""
        too_long = error.errno == errno.ENAMETOOLONG  # a name that was given, for no file has it
        return complain(f"{where}{error.strerror or error}", BAD_USE if too_long else FAILED)
    except KeyboardInterrupt as interrupt:  # its argument, if any, says how far the command came
        return complain(": ".join(("interrupted", *map(str, interrupt.args))), INTERRUPTED)
    return 0


def complain(message: str, code: int) -> int:
    """Print one line on standard error; returns the exit code."""
    print(f"sot: {one_line(message)}", file=sys.stderr, flush=True)
    return code


def _abandon_output() -> None:
    """Let what is still buffered go nowhere, or Python would try again at exit, and complain."""
    with suppress(OSError):
        sys.stdout.flush()
        return
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
