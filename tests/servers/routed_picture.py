"""Draws the figures of ``routed.py`` as an SVG picture.

.venv/bin/python tests/servers/routed_picture.py routed.json docs/pictures/routing.svg
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

_NAMES = {
    "round_robin": "round robin",
    "cache_aware": "cache aware",
    "consistent_hash+key": "by the answer's key",
    "consistent_hash": "consistent hash, no key",
}
_KINDS = {"skeleton": "short questions, skeletons", "items": "a page of notes, eight items"}
_STYLE = (
    ":root { color-scheme: light dark; --ink: #1a1f26; --soft: #55606e; --bar: #a9c9e8; --key: #0b62c4; }"
    "@media (prefers-color-scheme: dark) {"
    " :root { --ink: #e7eaef; --soft: #a1acba; --bar: #2d4f6b; --key: #62adff; } }"
    "text { fill: var(--ink); } .soft { fill: var(--soft); }"
    "rect { fill: var(--bar); } rect.key { fill: var(--key); }"
)
_LEFT, _WIDE, _STEP, _TOP = 190, 400, 24, 34


def drawn(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the picture: a bar for each policy and kind of answer, all rounds added up."""
    parts, y = [], _TOP
    for kind, title in _KINDS.items():
        bars = {
            policy: _totals([row for row in rows if (row["policy"], row["kind"]) == (policy, kind)])
            for policy in _NAMES
        }
        most = max(read - cached for read, cached, _ in bars.values())
        parts.append(f'<text x="10" y="{y}" font-weight="bold">{title}</text>')
        for policy, (read, cached, most_of_one) in bars.items():
            y += _STEP
            wide = _WIDE * (read - cached) / most
            said = f"{read - cached:,.0f} computed, {cached / read:.0%} cached"
            if most_of_one > 0.9:
                said += "; all at one engine"
            key = ' class="key"' if policy.endswith("+key") else ""
            parts.append(
                f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{escape(_NAMES[policy])}</text>'
            )
            parts.append(f'<rect{key} x="{_LEFT}" y="{y - 8}" width="{wide:.1f}" height="16"></rect>')
            parts.append(f'<text class="soft" x="{_LEFT + wide + 6:.1f}" y="{y + 4}">{said}</text>')
        y += 2 * _STEP
    title = "Prompt tokens that two engines computed, by the router's policy (measured)"
    size = f'viewBox="0 0 860 {y - 10}" width="860" height="{y - 10}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size} '
        f'font-family="system-ui, sans-serif" font-size="12"><title>{title}</title><style>{_STYLE}</style>\n'
        f'<text x="10" y="14" class="soft">{title}</text>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _totals(rows: Sequence[Mapping[str, Any]]) -> tuple[float, float, float]:
    """Prompt tokens, those of them from a cache, and the larger engine's share of them."""
    read = [sum(row["engines"][number]["prompt_tokens"] for row in rows) for number in (0, 1)]
    cached = sum(each["cached_tokens"] for row in rows for each in row["engines"])
    return sum(read), cached, max(read) / sum(read)


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(drawn(json.loads(Path(sys.argv[1]).read_text("utf-8"))), "utf-8")
