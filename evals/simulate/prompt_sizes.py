"""Sizes of the orchestrator's own prompts, for the simulation that has no prompts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from sot import SkeletonOfThought
from sot.backends.replay import ReplayBackend
from sot.backends.replay.virtual_time import run_virtually
from sot.errors import SotError
from sot.load.profile import EngineProfile
from sot.types import Answer, Usage

from ..bench.options import Policy
from ..measure.shapes import Shape

_USUAL_POINTS = 8
_ENOUGH_POINTS = 2  # or normal decoding would answer


Size = tuple[int, int]
"""Prompt tokens of a request, and those of them that the prefix cache serves."""


@dataclass(frozen=True, slots=True)
class PromptSizes:
    """Sizes of the prompts of an answer's requests.

    Args:
        outlines: The points' sizes, by the number of points. A point shares the question and the outline so
            far with the points before it, and nothing with the skeleton request.
    """

    normal: Size
    skeleton: Size
    outlines: Mapping[int, Sequence[Size]]

    def points(self, number: int) -> Sequence[Size]:
        """Return the sizes of an answer's points; where none has so many, those of the longest outline."""
        return self.outlines.get(number) or self.outlines[max(self.outlines)]


def prompt_sizes(profile: EngineProfile, shapes: Iterable[Shape], *, opening: bool = False) -> PromptSizes:
    """Return the sizes of the orchestrator's own prompts on an engine whose cache knows their fixed part.

    Args:
        opening: Whether answers have an opening, whose request computes the question before the points do.
    """
    return run_virtually(_prompt_sizes(profile, {len(shape.points) for shape in shapes}, opening))


async def _prompt_sizes(profile: EngineProfile, counts: set[int], opening: bool) -> PromptSizes:
    # Questions that differ from their first block on, as those of different people do.
    questions = (f"{number} thousand people have parks: how can they care for them?" for number in count(1))
    async with SkeletonOfThought(ReplayBackend(profile), opening=opening) as sot:

        async def answer(strategy: Policy, shape: Shape) -> Answer:
            made = await sot.answer(next(questions), strategy=strategy, extra=shape.extra)
            if made.fell_back is not None:
                raise SotError(f"the simulated answer has no skeleton: {made.fell_back}")
            return made

        await answer("skeleton", Shape())  # the first one fills the cache
        normal = (await answer("normal", Shape())).usage
        many = [await answer("skeleton", _evenly(number)) for number in sorted(counts | {_USUAL_POINTS})]
    outlines = {len(made.points): [_size(point.usage) for point in made.points] for made in many}
    return PromptSizes(_size(normal), _size(many[0].skeleton_usage), outlines)


def _evenly(points: int) -> Shape:
    return Shape((40,) * max(points, _ENOUGH_POINTS))


def _size(usage: Usage) -> Size:
    return usage.prompt_tokens, usage.cached_tokens
