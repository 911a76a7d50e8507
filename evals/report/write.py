"""Writes a report: one HTML file that needs nothing else, and a Markdown summary."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

from sot.terminal import one_line, safe_text

from .. import figures
from ..own_files import has_file, replace_text
from . import svg
from .build import Report

HTML = "report.html"
MARKDOWN = "report.md"
_TEMPLATES = Path(__file__).parent / "templates"


def write_report(report: Report, folder: Path) -> tuple[Path, Path]:
    """Write both files, each all or nothing.

    Args:
        report: What to show.
        folder: Where to.

    Returns:
        The paths of the HTML file and of the Markdown file.

    Raises:
        ConfigError: A file of that name is a symbolic link.
        OSError: A file cannot be written.
    """
    page, text = folder / HTML, folder / MARKDOWN
    for path in (page, text):
        has_file(path)
    replace_text(page, html(report))
    replace_text(text, markdown(report))
    return page, text


def html(report: Report) -> str:
    """The report as a page: no script, nothing from elsewhere, and all text from outside escaped.

    Args:
        report: What to show.
    """
    from markupsafe import Markup

    style = (_TEMPLATES / "report.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return _render(
        "report.html.j2",
        autoescape=True,
        report=report,
        style=Markup(style),  # our own file
        policy=policy,
        track=svg.track,
        axis=svg.axis,
        shares=svg.shares,
        net_win_scale=svg.NET_WIN,
        share_scale=svg.SHARE,
    )


def markdown(report: Report) -> str:
    """The report as Markdown.

    Args:
        report: What to show.
    """
    text = _render("report.md.j2", autoescape=False, report=report)
    return re.sub(r"\n{3,}", "\n\n", text)


def _render(name: str, *, autoescape: bool, **values: Any) -> str:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        undefined=jinja2.StrictUndefined,
        autoescape=autoescape,
        finalize=_plain,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(cell=_cell, block=_block)
    names = ("times", "signed", "share", "percent", "seconds", "number")
    texts = {name: getattr(figures, name) for name in names}
    return environment.get_template(name).render(**texts, **values)


def _plain(value: object) -> object:
    """Text without characters that hide or reorder other text; it is escaped after this."""
    return safe_text(value) if type(value) is str else value


def _cell(text: object) -> str:
    """One line of Markdown in which nothing from outside is markup."""
    return re.sub(r"([\\`*_\[\]|~])", r"\\\1", one_line(str(text))).replace("&", "&amp;").replace("<", "&lt;")


def _block(text: str) -> str:
    """A fenced block that its content cannot end."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{safe_text(text)}\n{fence}"
