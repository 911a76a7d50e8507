"""Removal of markup from the text of a title: Markdown, HTML, control tokens and invisible characters."""

from __future__ import annotations

import re

from .code_spans import hide_code

INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    r"\U000e0000-\U000e007f]"
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u2800\u3164]+")
_ENTITY = re.compile(r"&(amp|lt|gt|quot|apos|nbsp|#39);")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": " ", "#39": "'"}
_INLINE = (
    "a|abbr|b|big|bold|center|cite|code|del|em|font|h[1-6]|highlight|i|ins|kbd|label|li|mark|p|q|s|small|span"
    "|strike|strong|sub|sup|tt|u|item|point|title"
)
_ATTRIBUTES = r"(?:\s[^<>]{0,80})?"
# A name of an element is markup where a pair of tags stands around text; "the <b> tag" only speaks of it.
_PAIR = re.compile(rf"<({_INLINE}){_ATTRIBUTES}>(?=\S)([^<>]{{1,300}})(?<=\S)</\1\s?>", re.IGNORECASE)
_OPENING = re.compile(
    rf"^\s*<(?:{_INLINE}|br){_ATTRIBUTES}\s?/?>(?=\s*\S)(?!\s+(?:and|or|tags?|elements?)\b)", re.I
)
_CLOSING = re.compile(
    rf"(?:(?<=[^\s<])</[a-z][\w-]{{0,30}}\s?>|\s</(?:{_INLINE})\s?>|(?<=\S)<br\s?/?>)\s*$", re.I
)
_TOKEN = re.compile(r"<[|｜][^\s<>|｜]{1,40}[|｜]?>?$|<｜[^<>]{0,40}$|</s$|\[/INST?$")
_LINK = re.compile(r"!?\[([^\[\]]{1,200})\]\([^()\s]{0,300}\)")
_MARKS = re.compile(r"\*{2,}|__+|~~+|`+|(?<![^\W_])_|_(?![^\W_])")
_STAR = re.compile(r"(?<![\d\s])\*|\*(?![\d\s])")  # neither 5*5 nor 5 * 5
_CHECKBOX = re.compile(r"\s*(?:\[[ xX✓✔]?\]|[☐☑☒✅✓✔])\s*")
_BOLD = re.compile(r"\s*(\*\*|__)(?=\S)(.+?)\1")


def bold_start(text: str) -> str | None:
    """Return the bold part at the start of a text, without its marks; ``None`` without a closed one."""
    match = _BOLD.match(hide_code(text))
    if match is not None:  # the hidden text is as long as the text
        return text[match.start(2) : match.end(2)]
    return match.group(2) if match else None


def visible_text(text: str) -> str:
    """Return a text without invisible and control characters, and without a check box before it."""
    text = INVISIBLE.sub("", _CONTROL.sub(" ", text))
    return _CHECKBOX.sub("", text, count=1) if _CHECKBOX.match(text) else text


def plain_text(text: str) -> str:
    """Return a text without Markdown, HTML and control tokens, with single blanks."""
    text = _strip_tags(text)
    text = _ENTITY.sub(lambda match: _ENTITIES[match.group(1)], text)
    text = _MARKS.sub("", _LINK.sub(r"\1", text))
    if len(_STAR.findall(text)) > 1:  # one alone is no emphasis: "A* search"
        text = _STAR.sub("", text)
    return " ".join(text.split())


def _strip_tags(text: str) -> str:
    """Strip HTML that marks up the text; names of types such as ``List<String>`` and of elements stay."""
    if "<" not in text and "[" not in text:
        return text
    for _ in range(3):  # tags inside tags
        stripped = _PAIR.sub(r"\2", text)
        if stripped == text:
            break
        text = stripped
    text = _OPENING.sub("", text, count=1)
    return _TOKEN.sub("", _CLOSING.sub("", text, count=1)).rstrip()
