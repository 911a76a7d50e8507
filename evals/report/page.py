"""A report as one self-contained HTML page and as Markdown, from the same blocks.

The page has no script and loads nothing: filters are form fields that the style sheet reads. All text from
outside is escaped, and the Markdown of answers is rendered without HTML, pictures or links.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Protocol

from markupsafe import Markup, escape

from sot.terminal import one_line, safe_text

from .format import block, markdown, prose_html, prose_markdown, tag
from .plots import TEMPLATES
from .plots import style as plot_style

if TYPE_CHECKING:
    from jinja2 import Environment
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore

_MOST_QUESTIONS = 400  # more of them would make the page slow


class Block(Protocol):
    """A part of a section; one that is for the screen alone has no Markdown."""

    def html(self) -> Markup: ...

    def markdown(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Section:
    """A headed part of a page.

    Args:
        name: Its anchor.
        link: What the navigation calls it; the title unless given.
    """

    name: str
    title: str
    blocks: Sequence[Block]
    link: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A report.

    Args:
        kicker: A line above the title.
        facts: A line below it.
        marks: What nobody may overlook, as that times are simulated.
        name: Of the window; the title unless given.
    """

    title: str
    kicker: str
    facts: str
    sections: Sequence[Section]
    marks: Sequence[str] = ()
    name: str = ""

    def html(self) -> str:
        """The page."""
        own = "".join(rule for section in self.sections for part in section.blocks for rule in _rules(part))
        style = "\n".join((plot_style(), (TEMPLATES / "page.css").read_text(encoding="utf-8"), own))
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
        template = templates().get_template("page.html.j2")
        return template.render(page=self, policy=policy, style=Markup(style))  # our own rules alone

    def markdown(self) -> str:
        """The same in Markdown, but for what only a screen can show."""
        parts = [f"# {markdown(self.title)}", markdown(self.facts)]
        parts += [f"**{markdown(mark)}**" for mark in self.marks]
        for section in self.sections:
            shown = [text for part in section.blocks if (text := part.markdown())]
            if shown:
                parts += [f"## {markdown(section.title)}", *shown]
        return "\n\n".join(parts) + "\n"


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph, in which ``**term**`` is bold.

    Args:
        style: ``read`` explains, ``warn`` warns.
        title: A heading above it.
    """

    text: str
    style: str = "read"
    title: str = ""

    def html(self) -> Markup:
        head = tag("h3", self.title) if self.title else Markup("")
        return head + (tag("p", prose_html(self.text), class_=self.style) if self.text else Markup(""))

    def markdown(self) -> str:
        head = f"### {markdown(self.title)}" if self.title else ""
        return "\n\n".join(filter(None, (head, prose_markdown(self.text))))


@dataclass(frozen=True, slots=True)
class Points:
    """A list of sentences, in which ``**term**`` is bold; ``style`` is ``headlines`` or ``cautions``."""

    items: Sequence[str]
    title: str = ""
    style: str = "headlines"

    def html(self) -> Markup:
        head = tag("h3", self.title) if self.title else Markup("")
        items = (tag("li", prose_html(item)) for item in self.items)
        return tag("div", head, tag("ul", *items), class_=self.style)

    def markdown(self) -> str:
        head = f"{self.title}:\n\n" if self.title else ""
        return head + "\n".join(f"- {prose_markdown(item)}" for item in self.items)


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and values."""

    rows: Sequence[tuple[str, str]]

    def html(self) -> Markup:
        return tag("dl", *(part for name, value in self.rows for part in (tag("dt", name), tag("dd", value))))

    def markdown(self) -> str:
        return "\n".join(f"- {markdown(name)}: {markdown(value)}" for name, value in self.rows)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure in large type; Markdown has it in its tables.

    Args:
        name: What it is the figure of.
        small: Lines below it.
    """

    name: str
    value: str
    small: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures to begin with."""

    figures: Sequence[Figure]

    def html(self) -> Markup:
        boxes = (
            tag(
                "div",
                tag("small", one.name),
                tag("b", one.value),
                *(tag("small", text) for text in one.small),
            )
            for one in self.figures
        )
        return tag("div", *boxes, class_="figures")

    def markdown(self) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture made by `plots`; ``text`` stands for it in Markdown."""

    picture: Markup
    caption: str = ""
    text: str = ""

    def html(self) -> Markup:
        return tag("figure", tag("figcaption", self.caption) if self.caption else "", self.picture)

    def markdown(self) -> str:
        return prose_markdown(self.text)


@dataclass(frozen=True, slots=True)
class Shown:
    """One answer to show.

    Args:
        by: The strategy, method or policy that it can be filtered by.
        says: What is known of it: times, words, verdicts.
        text: Its Markdown.
        picture: Its timeline, where there is one.
        left_out: Said after a text that was cut.
    """

    by: str
    says: str
    text: str
    picture: Markup | None = None
    left_out: str = ""

    def html(self, **attributes: str) -> Markup:
        parts = [tag("p", tag("b", self.by), f" · {self.says}" if self.says else "", class_="who")]
        if self.picture is not None:
            parts.append(tag("figure", self.picture))
        if self.text:
            parts.append(tag("div", rendered(self.text), class_="md"))
        if self.left_out:
            parts.append(tag("p", self.left_out, class_="who"))
        return tag("div", *parts, **attributes)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its answers.

    Args:
        says: What is known of it, as its right answer.
    """

    question: str
    category: str
    answers: Sequence[Shown]
    says: str = ""


@dataclass(frozen=True, slots=True)
class Browser:
    """All questions, to be filtered by category and strategy and opened one by one."""

    asked: Sequence[Asked]

    @property
    def categories(self) -> list[str]:
        return list(dict.fromkeys(one.category for one in self.asked))

    @property
    def names(self) -> list[str]:
        return list(dict.fromkeys(answer.by for one in self.asked for answer in one.answers))

    def html(self) -> Markup:
        shown = self.asked[:_MOST_QUESTIONS]
        places = {name: f"k{number}" for number, name in enumerate(self.categories)}
        styles = {name: f"m{number}" for number, name in enumerate(self.names)}
        entries = [
            tag(
                "details",
                tag("summary", one_line(one.question), " ", tag("span", one.category, class_="n")),
                tag("p", one.question, class_="question") if "\n" in one.question.strip() else "",
                tag("p", one.says, class_="who") if one.says else "",
                tag(
                    "div",
                    *(answer.html(class_=f"side {styles[answer.by]}") for answer in one.answers),
                    class_="sides",
                ),
                class_=f"asked {places[one.category]}",
            )
            for one in shown
        ]
        more = len(self.asked) - len(shown)
        note = f"The first {len(shown)} of {len(self.asked)} questions." if more else ""
        return tag(
            "div", self._choices(), *entries, tag("p", note, class_="read") if more else "", class_="browser"
        )

    def _choices(self) -> Markup:
        groups: list[Markup] = []
        if len(self.categories) > 1:
            every = _choice("all", "radio", name="category", id="kall", checked="")
            fields = [
                _choice(name, "radio", name="category", id=f"k{number}")
                for number, name in enumerate(self.categories)
            ]
            groups.append(tag("fieldset", tag("legend", "Category"), every, *fields))
        if len(self.names) > 1:
            fields = [
                _choice(name, "checkbox", id=f"m{number}", checked="")
                for number, name in enumerate(self.names)
            ]
            groups.append(tag("fieldset", tag("legend", "Answers by"), *fields))
        return tag("div", *groups, class_="choices")

    def rules(self) -> list[str]:
        """Rules of style that make the form fields filter."""
        categories = [
            f".browser:has(#k{number}:checked) .asked:not(.k{number}) {{ display: none; }}\n"
            for number in range(len(self.categories))
        ]
        return categories + [
            f".browser:has(#m{number}:not(:checked)) .m{number} {{ display: none; }}\n"
            for number in range(len(self.names))
        ]

    def markdown(self) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class Example:
    """A question with answers that are always open; ``kind`` is ``best`` or ``worst``.

    Args:
        said: What somebody wrote about them.
    """

    kind: str
    label: str
    why: str
    asked: Asked
    said: str = ""

    def html(self) -> Markup:
        return tag(
            "article",
            tag("p", tag("b", self.label), f" · {self.asked.category} · {self.why}", class_="who"),
            tag("h3", self.asked.question),
            tag("p", self.said, class_="said") if self.said else "",
            tag("div", *(answer.html(class_="side") for answer in self.asked.answers), class_="sides"),
            class_=f"example {self.kind}",
        )

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


@cache
def templates() -> Environment:
    """The templates; what they are given is escaped and holds no characters that hide or reorder text."""
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        finalize=lambda value: safe_text(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _choice(label: str, kind: str, **attributes: str) -> Markup:
    field = Markup(re.sub(r"></input>$", ">", tag("input", type=kind, **attributes)))  # a void element
    return tag("label", field, " ", label)


def _rules(part: Block) -> Sequence[str]:
    return part.rules() if isinstance(part, Browser) else ()
