"""Table of what a skeleton is expected to cost over normal decoding, by history and by the provider's rules.

    python -m sot.evals.bench.cost_table --out 5

No engine is asked: the figures are the estimates that `auto` decides by, before an answer has been seen.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence

from sot.api import SkeletonOfThought
from sot.price import Prices
from sot.types import BackendInfo, Chunk, Estimate, GenerateConfig, Load, Message

from ..report.table import Table

QUESTION = "How can I sleep better?"
HISTORIES = (0, 500, 2_000, 10_000, 30_000)
_TURN = "The night was long, and little of it was spent asleep, as far as I can tell now. " * 12
_TOKENS = 230  # of such a turn, about


class Described:
    """Engine that is only described: it answers nothing.

    Args:
        about: The description.
    """

    def __init__(self, about: BackendInfo) -> None:
        self._about = about

    def stream(
        self, messages: Sequence[Message], config: GenerateConfig, *, prefill: str | None = None
    ) -> AsyncGenerator[Chunk, None]:
        raise NotImplementedError("this engine is only described")

    async def info(self) -> BackendInfo:
        """Return the description."""
        return self._about

    async def load(self) -> Load:
        """Return that nothing runs."""
        return Load()

    async def aclose(self) -> None:
        """Do nothing: there is nothing to release."""


HOSTED = BackendInfo("https:", "gpt-hosted", parameters=10**11)
SHARING = BackendInfo("http:", "large", parameters=10**11, caches_prefixes="running", continues_turn=True)


def rules(output: float) -> Mapping[str, tuple[BackendInfo, Prices]]:
    """Return the columns of the table: an engine and prices, of which prompt tokens are the unit.

    Args:
        output: Price of a completion token, in prompt tokens.
    """
    return {
        "no cache": (HOSTED, Prices(input=1, output=output)),
        "cached at 0.1, from 1,024 on": (HOSTED, Prices(input=1, output=output, cached=0.1)),
        "the same, from 4,096 on": (HOSTED, Prices(input=1, output=output, cached=0.1, least_cached=4096)),
        "the same from 1,024, writes at 1.25": (
            HOSTED,
            Prices(input=1, output=output, cached=0.1, cache_write=1.25),
        ),
        "own vLLM, cached at 0.1": (SHARING, Prices(input=1, output=output, cached=0.1)),
    }


def history(tokens: int) -> list[Message]:
    """Return the turns of a conversation of about so many tokens."""
    turns = round(tokens / _TOKENS / 2) * 2
    return [Message("assistant" if number % 2 else "user", f"{number}. {_TURN}") for number in range(turns)]


async def estimates(output: float) -> list[tuple[int, dict[str, Estimate]]]:
    """Return the estimates by history and by column."""
    found: list[tuple[int, dict[str, Estimate]]] = []
    for tokens in HISTORIES:
        messages = [*history(tokens), Message("user", QUESTION)]
        row: dict[str, Estimate] = {}
        for name, (about, prices) in rules(output).items():
            async with SkeletonOfThought(Described(about), prices=prices, strategy="skeleton") as sot:
                with sot.session(messages) as session:
                    estimate = (await session.route()).estimate
                assert estimate is not None, "the strategy is known, and the model has a price"
                row[name] = estimate
        found.append((tokens, row))
    return found


def main() -> None:
    """Print the table in Markdown."""
    parser = argparse.ArgumentParser(description="Table of what a skeleton is expected to cost.")
    parser.add_argument("--out", type=float, default=5.0, help="price of an output token, in input tokens")
    output: float = parser.parse_args().out
    found = asyncio.run(estimates(output))
    names = list(rules(output))
    lines = [
        [
            f"{tokens:,}",
            f"{row[names[0]].usage.prompt_tokens:,} / {row[names[0]].normal_usage.prompt_tokens:,}",
            *(f"{row[name].ratio:.1f}" for name in names),
        ]
        for tokens, row in found
    ]
    print(Table(["history", "tokens read, skeleton / normal", *names], lines).markdown())


if __name__ == "__main__":
    main()
