"""The Python API in an async application: text, events, several answers at once, and one cancelled half-way.

python examples/async_app.py                                        # the built-in model
python examples/async_app.py --backend http://localhost:8000/v1
"""

from __future__ import annotations

import argparse
import asyncio

from sot import SkeletonOfThought, SotError
from sot.events import FellBack, Finished, PointFinished, PointFound, Routed

QUESTIONS = (
    "How can I read more books this year?",
    "What makes a good first impression?",
    "How can I save water at home?",
)


async def read(sot: SkeletonOfThought, question: str) -> None:
    """The ordered text of one answer, as it comes: all that most applications need."""
    async for text in sot.stream_text(question):
        print(text, end="", flush=True)
    print("\n")


async def watch(sot: SkeletonOfThought, question: str) -> None:
    """Everything that happens while an answer is made. `TextDelta` events carry the ordered text."""
    async for event in sot.stream(question):
        match event:
            case Routed(route):
                print(f"[{route.strategy}: {route.reason}]")
            case PointFound(point):
                print(f"[point {point.index}: {point.title}]")
            case PointFinished(point):
                print(f"[point {point.index} is {point.status} after {point.finished_s:.2f} s]")
            case FellBack(reason):
                print(f"[decoded normally after all: {reason}]")
            case Finished(answer):
                words = len(answer.text.split())
                print(f"[{words} words, the first after {answer.timing.first_text_s or 0:.2f} s]\n")
            case _:
                pass


async def several(sot: SkeletonOfThought) -> None:
    """Several answers at once: one object serves them all, and the engine decodes them together."""
    answers = await asyncio.gather(*(sot.answer(question, max_points=3) for question in QUESTIONS))
    for answer in answers:
        print(f"[{answer.timing.total_s:.2f} s, {answer.usage.requests} requests] {answer.question}")
        print(f"  {answer.text.splitlines()[0]}")


async def cancelled(sot: SkeletonOfThought) -> None:
    """Give an answer up: every request it has at the engine ends."""
    answering = asyncio.create_task(sot.answer(QUESTIONS[0], strategy="skeleton"))
    await asyncio.sleep(0.2)
    answering.cancel()
    try:
        await answering
        print("[it was quicker than that]")
    except asyncio.CancelledError:
        print("[cancelled; the engine is free again]")


async def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--backend", default=None, help="http(s)://HOST/v1, torch:MODEL or vllm:MODEL")
    parser.add_argument("--model", default=None, help="the model's name at the backend")
    arguments = parser.parse_args()
    try:
        async with SkeletonOfThought(arguments.backend, model=arguments.model) as sot:
            await read(sot, "How can a family spend less time on screens?")
            await watch(sot, QUESTIONS[1])
            await several(sot)
            await cancelled(sot)
    except SotError as error:  # the root of all errors that are raised on purpose
        raise SystemExit(f"no answer: {error}") from None


if __name__ == "__main__":
    asyncio.run(main())
