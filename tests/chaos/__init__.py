"""Attack on the framework: a fault-playing engine, a checker by marked text, a soak run (`make soak`).

Everything that plays an engine here is a test double. Run it by ``python -m tests.chaos`` from the project's
root, or a short part of it with the other tests.
"""

from __future__ import annotations

import sys
from pathlib import Path

_SUPPORT = str(Path(__file__).parents[1] / "support")  # pytest knows it by its setting `pythonpath`
if _SUPPORT not in sys.path:
    sys.path.append(_SUPPORT)
