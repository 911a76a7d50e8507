"""Random schedules of an answer with normal decoding beside the skeleton: promises that hold in all of them.

The texts are cut anywhere, the requests run in any order and may fail; every seed is one schedule.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

from rows import rows
from scripted import Request, Script, ScriptedBackend, Step, made

from sot.errors import BackendConnectionError, BackendError, ServerError
from sot.events import Event, FellBack, Finished, OpeningFinished, TextDelta
from sot.types import Answer, Chunk

QUESTION = "What makes bread rise?"
NORMALS = (
    "Bread rises because yeast makes gas. The dough holds it.\n\n1. Yeast\n2. Heat\n3. Time",
    "Here are three things that matter:\n\n1. Yeast\n2. Heat",
    "To bake well, mind these five steps:\n- Yeast\n- Heat",
    "1. **Yeast**: It makes gas.\n2. **Heat**: It helps.",
    "Yeast makes gas.",
    "パンは酵母で膨らみます。時間も大切です。\n\n1. 酵母",
    "",
)
SKELETONS = (
    "1. Yeast\n2. Warm dough\n3. Time\n",
    "1. Yeast\n2. Warm dough\n3. Time\n",
    "1. Yeast\n",
    "Bread is an old food and everybody likes it a lot, in every place of the world and at any time.\n" * 3,
    "",
)
FAILURES = (BackendConnectionError("gone"), ServerError("broken", status=500))


class Schedule:
    """Scripts of one random schedule: where texts are cut, who waits how long, and what fails."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.normal = self.draw.choice(NORMALS)
        self.skeleton = self.draw.choice(SKELETONS)
        self.settings = {"pipeline": self.draw.random() < 0.7, "closing": self.draw.random() < 0.3}
        self.speed = {stage: self.draw.randint(0, 6) for stage in ("normal", "skeleton", "point", "closing")}

    def script(self, request: Request) -> Script:
        text = {
            "normal": self.normal[len(request.prefill or "") :],
            "skeleton": self.skeleton,
            "closing": "That is all there is to it.",
        }.get(request.stage, f"Text {request.index} of this. It goes on.")
        if request.stage == "point" and self.draw.random() < 0.1:
            text = ""
        steps = self._steps(text, self.speed[request.stage])
        if self.draw.random() < 0.12:
            steps.insert(self.draw.randint(0, len(steps)), self.draw.choice(FAILURES))
        return Script(*steps)

    def _steps(self, text: str, most_waits: int) -> list[Step]:
        steps: list[Step] = []
        while text:
            size = self.draw.randint(1, 12)
            steps += [Chunk("")] * self.draw.randint(0, most_waits)  # others go ahead meanwhile
            steps.append(text[:size])
            text = text[size:]
        return steps


def texts(events: Sequence[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def check_text(answer: Answer, events: Sequence[Event], normal: str) -> None:
    """Check an answer's text against normal decoding's: the opening before points, or all of it."""
    ends = [event.followed_by for event in events if isinstance(event, OpeningFinished)]
    assert len(ends) <= 1
    whole = ends == ["answer"] or (answer.fell_back is not None and not ends)
    if whole:
        assert answer.text == normal.lstrip()
        assert answer.opening == ""
        assert answer.points == ()
        return
    if answer.fell_back is not None:
        return
    rest = answer.text.removeprefix(answer.opening).removeprefix("\n\n")
    assert rest.startswith("1. **Yeast**: ")
    assert answer.text.startswith(f"{answer.opening}\n\n1." if answer.opening else "1.")
    assert "five" not in answer.opening
    assert answer.opening[-1:] in ("", ".", ":", "。", "…")
    assert [point.index for point in answer.points] in ([1, 2], [1, 2, 3])  # the skeleton may break off
    if answer.closing:
        assert answer.text.endswith(f"\n\n{answer.closing}")


@rows("seed", range(300))
async def test_whatever_the_schedule(seed: int) -> None:
    schedule = Schedule(seed)
    engine = ScriptedBackend(schedule.script, can_prefill=False)
    events: list[Event] = []
    try:
        async for event in made(engine, opening=True, **schedule.settings).stream(QUESTION):
            events.append(event)
    except BackendError:
        assert any(request.state == "failed" for request in engine.requests) or not schedule.normal
    else:
        last = events[-1]
        assert isinstance(last, Finished)
        assert texts(events) == last.answer.text
        assert last.answer.usage.requests == len(engine.requests)
        assert (last.answer.fell_back is not None) == any(isinstance(event, FellBack) for event in events)
        check_text(last.answer, events, schedule.normal)
    assert engine.in_flight == 0
    assert asyncio.all_tasks() <= {asyncio.current_task()}


@rows("seed", range(300, 380))
async def test_cancelling_at_any_moment_leaves_nothing_running(seed: int) -> None:
    schedule = Schedule(seed)
    engine = ScriptedBackend(schedule.script)
    task = asyncio.create_task(made(engine, opening=True, **schedule.settings).answer(QUESTION))
    for _ in range(schedule.draw.randint(0, 120)):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert engine.in_flight == 0
    assert asyncio.all_tasks() <= {asyncio.current_task()}
