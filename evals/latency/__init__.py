"""How much sooner: ways to answer, and engines' accelerators, measured side by side in one run.

`sot bench latency` is `bench`; ``python -m sot.evals.latency`` is `command`, the short comparison.
"""
