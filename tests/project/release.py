"""Check of a release: the versions in the package, the citation, the changelog and the tag agree.

python -m tests.project.release
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def versions(root: Path) -> dict[str, str]:
    """Return the version by the place that states it; empty where it is not found."""

    def stated(name: str, pattern: str) -> str:
        found = re.search(pattern, (root / name).read_text(encoding="utf-8"), re.MULTILINE)
        return found[1] if found else ""

    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {
        "pyproject.toml": project["version"],
        "sot/__init__.py": stated("sot/__init__.py", r'^__version__ = "(.*)"'),
        "CITATION.cff": stated("CITATION.cff", r"^version: (.*)$"),
        "CHANGELOG.md": stated("CHANGELOG.md", r"^## (\d\S*)"),
    }


def problems(stated: Mapping[str, str], tags: list[str]) -> list[str]:
    """Return what does not agree, in words; empty where all is well.

    Args:
        stated: Versions by the place that states them.
        tags: Tags of the commit.
    """
    version = stated["pyproject.toml"]
    found = [
        f"{place} says {said or 'nothing'}, not {version}"
        for place, said in stated.items()
        if said != version
    ]
    released = [tag for tag in tags if re.fullmatch(r"v\d.*", tag)]
    if released and f"v{version}" not in released:
        found.append(f"the commit has the tag {', '.join(released)}, not v{version}")
    return found


def main() -> int:
    """Print what does not agree; returns 1 if anything does not."""
    listed = subprocess.run(
        ["git", "tag", "--points-at", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    found = problems(versions(ROOT), listed.stdout.split())
    for line in found:
        print(f"release-check: {line}")
    if not found:
        print(f"release-check: version {versions(ROOT)['pyproject.toml']}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
