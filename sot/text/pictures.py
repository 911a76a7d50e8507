"""Pictures (emoji) at the start of a line, which models write in place of bullets."""

from __future__ import annotations

import re

_PICTURE = (
    r"(?:[\U0001f1e6-\U0001f1ff]{2}|[#*]\ufe0f?\u20e3"
    r"|[\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u25aa-\u25fe\u2600-\u2775\u2794-\u27bf\u2934\u2935"
    r"\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001f1e5\U0001f200-\U0001faff])"
    r"[\ufe0f\U0001f3fb-\U0001f3ff]*"
)
_RUN = rf"(?P<picture>(?:{_PICTURE}\u200d?){{1,4}})\s*"
_BEGUN = re.compile(_RUN)
_PICTURES = re.compile(rf"{_RUN}(?=[\w*_\"“«(\[`'‘『「¿¡])")
# They say nothing about the title: circles, squares, stars, crosses, arrows, hands, pins, letters.
_MERE = re.compile(
    r"[\u2194-\u21aa\u25aa-\u25fe\u2605\u2606\u2610-\u2612\u261b\u261e\u26aa\u26ab\u2705\u2713-\u2718\u274c\u274e"
    r"\u2753-\u2757\u2794-\u27bf\u2b05-\u2b1c\u2b50\u2b55\U0001f170-\U0001f171\U0001f17e-\U0001f19a"
    r"\U0001f446-\U0001f449\U0001f4cc\U0001f4cd\U0001f518\U0001f532-\U0001f53d\U0001f534\U0001f535"
    r"\U0001f538-\U0001f53b\U0001f7e0-\U0001f7eb\U0001f31f\U0001f4ab\u2728#*]"
)


def read_picture(text: str) -> tuple[str, str] | None:
    """Split a line into the pictures it begins with and the text after them; ``None`` without both."""
    match = _PICTURES.match(text)
    return (match["picture"], text[match.end() :]) if match is not None else None


def skip_pictures(text: str) -> int:
    """Return the position after the pictures, and the white space, that a text begins with."""
    match = _BEGUN.match(text)
    return match.end() if match is not None else 0


def is_mere_bullet(picture: str, other: str) -> bool:
    """Whether a picture stands in place of a bullet only: another item has the same, or it shows nothing."""
    return _plain(picture) == _plain(other) or _MERE.match(picture) is not None


def _plain(picture: str) -> str:
    return picture.replace("\ufe0f", "")
