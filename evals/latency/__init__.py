"""How much sooner: ways to answer, and engines' accelerators, measured side by side in one run.

`sot bench latency` is `bench`; ``python -m sot.evals.latency`` is `command`, the short comparison.
"""

from __future__ import annotations

from .command import main
from .interleave import compare
from .measuring import measure
from .methods import METHODS
from .plain import report
from .sample import Sample

__all__ = ["METHODS", "Sample", "compare", "main", "measure", "report"]
