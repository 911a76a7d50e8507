"""Hooks of the documentation site: pages that lie outside of its folder, and links that lead out of it.

The Markdown files are read in the repository as well, where their relative links must work as they are.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parent.parent
OUTSIDE = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "deploy/README.md": "deploy.md",
    "deploy/ray_serve/README.md": "deploy-ray-serve.md",
    "examples/README.md": "examples.md",
    "plugins/llm/README.md": "plugin-llm.md",
}
"""Files of the repository that become pages of the site, and the pages' paths."""
_NOT_RUN = """

!!! note "Commands on this page"
    The tests check that the commands on this page and their options exist. Those that are in the README as
    well are run; the others were run by hand when the page was written.
"""
_LINK = re.compile(r"\]\((?![a-z]+:|#)([^)\s#]+)(#[^)\s]*)?\)")


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that lie outside of the site's folder."""
    for source, page in OUTSIDE.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=_linked(text, Path(source).parent, Path())))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Lead links that leave the site's folder to the pages that stand for their files."""
    source = page.file.src_uri
    if not source.startswith("tutorial/") and re.search(
        r"^```\w*\n(?:.*\n)*?\s*(?:\$ )?sot [a-z]", markdown, re.MULTILINE
    ):
        markdown += _NOT_RUN
    if source in OUTSIDE.values():
        return markdown
    folder = Path(source).parent
    return _linked(markdown, "docs" / folder, folder)


def _linked(text: str, folder: Path, page_folder: Path) -> str:
    """Return a file's text with its links changed from paths of the repository to those of the site.

    A file of the repository that is no page of the site is named, without a link.

    Args:
        text: Markdown.
        folder: Folder of the file, in the repository.
        page_folder: Folder of its page, in the site.
    """

    def replaced(link: re.Match[str]) -> str:
        aim = (ROOT / folder / link[1]).resolve().relative_to(ROOT)
        part = link[2] or ""
        if aim.as_posix() in OUTSIDE:
            page = Path(OUTSIDE[aim.as_posix()])
        elif aim.parts[:1] == ("docs",):
            page = aim.relative_to("docs")
        elif aim.as_posix() == "README.md":
            page, part = Path("index.md"), ""
        else:
            return f"] (`{aim.as_posix()}`)"
        up = [".."] * len(page_folder.parts)
        return f"]({'/'.join([*up, page.as_posix()])}{part})"

    return re.sub(_LINK, replaced, text)
