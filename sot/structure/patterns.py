"""Regular expressions of JSON schemas (those of ECMAScript), run in linear time.

An engine with lookarounds and references back could stall on a text. Lookaheads at the very beginning, as
``^(?=.*\\d)(?!admin)…``, are conditions of their own on the same text, and are checked one after another.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from ..errors import ConfigError

_MOST_CONDITIONS = 8  # lookaheads at the beginning
_LONGEST_REASON = 300  # characters
_LOOKS = ("(?=", "(?!")
_REPEATED = ("*", "+", "?", "{")
_REPEATS = re.compile(r"\{\d+(?:,\d*)?\}")
_BRACED = re.compile(r"\\[pPux]\{[^}]*\}")
_CONTROL = re.compile(r"\\c([A-Za-z])")
_LAST = re.compile(r"(?<!\\)(?:\\\\)*\$\Z")
_ATOMS = re.compile(r"\\[^Az]|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_ANCHORS = re.compile(r"[$^]|\\[Az]")
_ANYTHING = r"[\s\S]*"
_CLASSES = frozenset("dDwWsSpP")
# Escapes that mean something else, or nothing, to the engine; ``\Z`` is Python's end of the text.
_ESCAPES = {r"\Z": r"\z", r"\<": "<", r"\>": ">"}


def matches(pattern: str, text: str) -> bool:
    """Return whether a regular expression is found in a text, in time proportional to the text's length."""
    rest, conditions = parted(pattern)
    return _found(rest, text) and all(_found(each, text) == wanted for wanted, each in conditions)


def refusal(pattern: str) -> str:
    """Return why a regular expression cannot be used: it is none, or needs more than linear time; else ""."""
    from pydantic_core import SchemaError

    try:
        rest, conditions = parted(pattern)
        for each in (rest, *(condition for _, condition in conditions)):
            _compiled(each)
    except SchemaError as error:
        lines = [line for line in str(error).splitlines() if line.strip()]
        return lines[-1].strip().removeprefix("error: ")[:_LONGEST_REASON]
    except ConfigError as error:
        return str(error)
    return ""


def of_whole_text(pattern: str) -> str:
    """Return a pattern of all the text, without its conditions; empty where these are all that it has.

    Some engines take every pattern for one of the whole text: ``^[A-Z]`` would leave them a single letter.
    One with anchors in its middle is left as it is.
    """
    rest = parted(pattern)[0]
    begins, ends = rest.startswith("^"), bool(_LAST.search(rest))
    body = rest[begins : len(rest) - ends]
    if not body and begins != ends:
        return ""
    if (begins and ends) or _ANCHORS.search(_ATOMS.sub("", body)):
        return rest
    if _has_choice(body):
        if begins or ends:  # which are of one of the choices alone
            return rest
        body = f"(?:{body})"
    return f"^{'' if begins else _ANYTHING}{body}{'' if ends else _ANYTHING}$"


@lru_cache(maxsize=128)
def parted(pattern: str) -> tuple[str, tuple[tuple[bool, str], ...]]:
    """Return a pattern in the engine's words, without the lookaheads at its beginning; and these.

    Returns:
        The pattern, and conditions on the same text: whether each must be found, and its pattern.

    Raises:
        ConfigError: There are too many of them.
    """
    rest, conditions = translated(pattern), list[tuple[bool, str]]()
    if not rest.startswith(tuple(f"^{look}" for look in _LOOKS)) or _has_choice(rest):
        return rest, ()
    whole = rest
    while rest.startswith(_LOOKS, 1) and (end := _group_end(rest, 1)):
        if rest[end + 1 : end + 2] in _REPEATED:
            return whole, ()
        conditions.append((rest[3] == "=", f"^(?:{rest[4:end]})"))
        rest = f"^{rest[end + 1 :]}"
        if len(conditions) > _MOST_CONDITIONS:
            raise ConfigError(f"it has more than {_MOST_CONDITIONS} lookaheads")
    return rest, tuple(conditions)


def translated(pattern: str) -> str:
    """Return a pattern of ECMAScript as the engine writes it: its brackets and hyphens are stricter."""
    out, at = list[str](), 0
    while at < len(pattern):
        if pattern[at] == "[":
            end = _class_end(pattern, at)
            out.append(_class(pattern[at:end]))
        elif pattern[at] == "{" and not _REPEATS.match(pattern, at):
            end = at + 1
            out.append(r"\{")
        else:
            end = _atom_end(pattern, at)
            out.append(_escape(pattern[at:end]))
        at = end
    return "".join(out)


def _class(text: str) -> str:
    """Translate a character class: a bracket in it is itself, and so is a hyphen that makes no range."""
    start = 2 if text.startswith("[^") else 1
    out, at, before = [text[:start]], start, ""  # before: what may begin a range
    end = len(text) - 1 if text.endswith("]") and len(text) > start else len(text)
    while at < end:
        stop = _atom_end(text, at)
        atom, following = text[at:stop], text[stop : _atom_end(text, stop)] if stop < end else ""
        if atom == "-" and before and following and not _is_class(following):
            out += ["-", _member(following)]
            at, before = stop + len(following), ""
            continue
        out.append(_member(atom))
        at, before = stop, "" if _is_class(atom) else atom
    return "".join(out) + text[end:]


def _member(atom: str) -> str:
    if atom == r"\b":
        return r"\x08"
    return f"\\{atom}" if atom in ("[", "&", "~", "-") else _escape(atom)


def _is_class(atom: str) -> bool:
    return len(atom) > 1 and atom[1] in _CLASSES


def _escape(atom: str) -> str:
    if found := _CONTROL.fullmatch(atom):
        return f"\\x{ord(found[1]) % 32:02x}"
    if atom == r"\0":
        return r"\x00"
    if len(atom) == 2 and atom[0] == "\\" and not atom[1].isascii():
        return atom[1]
    return _ESCAPES.get(atom, atom)


def _atom_end(pattern: str, at: int) -> int:
    """Return the end of a character or an escape."""
    if pattern[at] != "\\":
        return at + 1
    found = _BRACED.match(pattern, at) or _CONTROL.match(pattern, at)
    return found.end() if found else min(at + 2, len(pattern))


def _class_end(pattern: str, at: int) -> int:
    """Return the end of a character class; of one that is not closed, the end of the pattern."""
    at += 2 if pattern.startswith("[^", at) else 1
    at += pattern.startswith("]", at)
    while at < len(pattern):
        if pattern[at] == "]":
            return at + 1
        at = _atom_end(pattern, at)
    return at


def _group_end(pattern: str, at: int) -> int:
    """Return the place of the bracket that closes a group; 0 where it is not closed."""
    depth = 0
    while at < len(pattern):
        if pattern[at] == "[":
            at = _class_end(pattern, at)
            continue
        depth += (pattern[at] == "(") - (pattern[at] == ")")
        if depth == 0:
            return at
        at = _atom_end(pattern, at)
    return 0


def _has_choice(pattern: str) -> bool:
    """Return whether a pattern as a whole is a choice between several."""
    at = 0
    while at < len(pattern):
        if pattern[at] == "|":
            return True
        if pattern[at] == "[":
            at = _class_end(pattern, at)
        elif pattern[at] == "(":
            at = _group_end(pattern, at) + 1 or len(pattern)
            if at == 1:
                return False
        else:
            at = _atom_end(pattern, at)
    return False


def _found(pattern: str, text: str) -> bool:
    from pydantic_core import ValidationError

    try:
        _compiled(pattern).validate_python(text)
    except ValidationError:
        return False
    return True


@lru_cache(maxsize=128)
def _compiled(pattern: str) -> Any:
    from pydantic_core import SchemaValidator, core_schema

    return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))
