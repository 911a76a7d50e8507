"""A report as one self-contained HTML page and as Markdown, from the same blocks.

The page has no script and loads nothing: filters are form fields that the style sheet reads. All text from
outside is escaped; the Markdown of answers is rendered without HTML, pictures and links.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from sot.terminal import safe_text

from .format import TEMPLATES, block, markdown, prose_markdown
from .plots import templates
from .table import Block

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore

_MOST_QUESTIONS = 400  # more of them would make the page slow


@dataclass(frozen=True, slots=True)
class Section:
    """A headed part of a page, its anchor, and its name in the navigation where that is not the title."""

    name: str
    title: str
    blocks: Sequence[Block]
    link: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A report, with a line above its title (``kicker``) and one below (``facts``).

    Args:
        marks: What nobody may overlook, as that times are simulated.
        name: Title of the window; ``title`` unless given.
    """

    title: str
    kicker: str
    facts: str
    sections: Sequence[Section]
    marks: Sequence[str] = ()
    name: str = ""

    def html(self) -> str:
        """Return the page."""
        blocks = [part for section in self.sections for part in section.blocks]
        rules = [rule for part in blocks if isinstance(part, Browser) for rule in part.rules()]
        sheets = [(TEMPLATES / name).read_text(encoding="utf-8") for name in ("plots.css", "page.css")]
        style = "\n".join((*sheets, *rules))
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
        template = templates().get_template("page.html.j2")
        return template.render(page=self, policy=policy, style=Markup(style))  # our own rules alone

    def markdown(self) -> str:
        """Return the same in Markdown, but for what only a screen can show."""
        parts = [f"# {markdown(self.title)}", markdown(self.facts)]
        parts += [f"**{markdown(mark)}**" for mark in self.marks]
        for section in self.sections:
            shown = [text for part in section.blocks if (text := part.markdown())]
            if shown:
                parts += [f"## {markdown(section.title)}", *shown]
        return "\n\n".join(parts) + "\n"


@dataclass(frozen=True, slots=True)
class Prose(Block):
    """A paragraph, in which ``**term**`` is bold; its style is ``read`` (explains) or ``warn``."""

    text: str
    style: str = "read"
    title: str = ""

    def markdown(self) -> str:
        head = f"### {markdown(self.title)}" if self.title else ""
        return "\n\n".join(filter(None, (head, prose_markdown(self.text))))


@dataclass(frozen=True, slots=True)
class Points(Block):
    """A list of sentences, in which ``**term**`` is bold; its style is ``headlines`` or ``cautions``."""

    items: Sequence[str]
    title: str = ""
    style: str = "headlines"

    def markdown(self) -> str:
        head = f"{self.title}:\n\n" if self.title else ""
        return head + "\n".join(f"- {prose_markdown(item)}" for item in self.items)


@dataclass(frozen=True, slots=True)
class Facts(Block):
    """Names and values."""

    rows: Sequence[tuple[str, str]]

    def markdown(self) -> str:
        return "\n".join(f"- {markdown(name)}: {markdown(value)}" for name, value in self.rows)


@dataclass(frozen=True, slots=True)
class Figures(Block):
    """Figures in large type, each with a name above and small lines below; Markdown has them in tables."""

    figures: Sequence[tuple[str, str, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Picture(Block):
    """A picture made by `plots`, for the screen alone."""

    picture: Markup
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """One answer to show: its strategy, method or policy, what is known of it, and its Markdown.

    Args:
        left_out: Said after a text that was cut.
    """

    by: str
    says: str
    text: str
    picture: Markup | None = None
    left_out: str = ""

    @property
    def html(self) -> Markup:
        """The text as HTML."""
        return rendered(self.text)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its answers; ``says`` is what is known of it, as its right answer."""

    question: str
    category: str
    answers: Sequence[Shown]
    says: str = ""


@dataclass(frozen=True, slots=True)
class Browser(Block):
    """All questions, to be filtered by category and strategy and opened one by one."""

    asked: Sequence[Asked]

    @property
    def shown(self) -> Sequence[Asked]:
        """The questions that a page can hold."""
        return self.asked[:_MOST_QUESTIONS]

    @property
    def categories(self) -> list[str]:
        """The categories, in order."""
        return list(dict.fromkeys(one.category for one in self.asked))

    @property
    def names(self) -> list[str]:
        """What answers can be filtered by, in order."""
        return list(dict.fromkeys(answer.by for one in self.asked for answer in one.answers))

    def rules(self) -> list[str]:
        """Return the rules of style that make the form fields filter."""
        chosen = ".browser:has(#k{0}:checked) .asked:not(.k{0}) {{ display: none; }}"
        hidden = ".browser:has(#m{0}:not(:checked)) .m{0} {{ display: none; }}"
        filters = ((chosen, self.categories), (hidden, self.names))
        return [rule.format(number) for rule, values in filters for number in range(len(values))]


@dataclass(frozen=True, slots=True)
class Example(Block):
    """A question whose answers are always open; ``said`` is what somebody wrote about them."""

    best_or_worst: str
    label: str
    why: str
    asked: Asked
    said: str = ""

    def markdown(self) -> str:
        parts = [f"### {self.label}: {markdown(self.asked.question)}"]
        parts.append(f"{markdown(self.asked.category)}; {markdown(self.why)}.")
        for answer in self.asked.answers:
            parts += [f"{markdown(answer.by)}, {markdown(answer.says)}:", block(answer.text)]
        return "\n\n".join(parts)


def rendered(text: str) -> Markup:
    """Markdown from outside as HTML without HTML of its own, which loads nothing and leads nowhere."""
    return Markup(_renderer().render(safe_text(text)))  # markdown-it escapes all text; see `_renderer`


@cache
def _renderer() -> MarkdownIt:
    from markdown_it import MarkdownIt

    made = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
    made.disable(["html_block", "html_inline"])
    made.core.ruler.push("tame", _tame)
    made.add_render_rule("link_open", lambda _, tokens, at, *rest: _link(tokens[at].attrGet("href")))
    made.add_render_rule("link_close", lambda *_: "</span>")
    made.add_render_rule(
        "image",
        lambda _, tokens, at, *rest: f"{_link(tokens[at].attrGet('src'))}{escape(tokens[at].content)}</span>",
    )
    return made


def _link(address: object) -> str:
    """What stands for a link: its address can be read, and is not followed by accident."""
    return str(Markup('<span class="link" title="{}">').format(safe_text(str(address or ""))))


def _tame(state: StateCore) -> None:
    """Begin headings below those of the page, and leave out the style of cells, which the policy forbids."""
    for token in state.tokens:
        token.attrs.pop("style", None)
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 3)}"
