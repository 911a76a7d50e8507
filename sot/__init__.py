"""Skeleton-of-Thought: long answers of language models several times sooner, without touching the model.

    from sot import SkeletonOfThought

    async with SkeletonOfThought("http://localhost:8000/v1", model="Qwen/Qwen3-8B") as sot:
        async for text in sot.stream_text("How can I sleep better?"):
            print(text, end="", flush=True)

Events are in `sot.events`, values in `sot.types`, errors in `sot.errors`; docs/api.md lists all public names.
"""

from .program_start import quiet_interrupt as _quiet_interrupt

with _quiet_interrupt():
    from .api import SkeletonOfThought, final_history
    from .errors import BackendError, ConfigError, MissingDependencyError, SotError
    from .options import Options
    from .session import Session
    from .types import Answer, Backend, Message, Point, PointAnswer, Route, Skeleton, Timing, Usage

__version__ = "0.1.0"

__all__ = [
    "Answer",
    "Backend",
    "BackendError",
    "ConfigError",
    "Message",
    "MissingDependencyError",
    "Options",
    "Point",
    "PointAnswer",
    "Route",
    "Session",
    "Skeleton",
    "SkeletonOfThought",
    "SotError",
    "Timing",
    "Usage",
    "final_history",
]
