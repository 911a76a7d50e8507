"""Pricing of one object's answers: what each is expected to cost, and what it did cost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ..errors import PromptPackError
from ..prompting.conversation import Prompt
from ..strategies.base import Run
from ..types import Answer, Estimate, Route, Usage
from .cost import cost_of
from .lengths import CompletionLengths
from .planned import REASONING, PlannedRequest, fitted, normal_plan, reasoning_plan, skeleton_plan
from .prices import PriceList, Prices
from .prompt_cache import PromptCache, expected_hit, weight_of
from .tokens import TokenCounter

_FREE = Prices(input=0, output=0)
_HEAD = 3  # requests of a plan that are unlike each other: skeleton, opening, first point
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Expected:
    """Expected usage and cost of some requests, and the models of those that have no price."""

    usage: Usage
    cost: float
    unpriced: tuple[str, ...]


class Pricing:
    """Estimator and accountant of the costs of one object's answers.

    Args:
        prices: Prices by model.
    """

    def __init__(self, prices: PriceList) -> None:
        self.prices = prices
        self._tokens = TokenCounter()
        self._lengths = CompletionLengths()
        self._cache = PromptCache()

    async def estimate(self, run: Run, route: Route) -> Estimate | None:
        """Return what an answer is expected to cost by its route, and by normal decoding.

        Args:
            run: The answer, of which nothing is sent yet.
            route: Its route.

        Returns:
            The estimate, which names models of stages without a price; ``None`` for a strategy that is not
            known here, as ``fields`` and ``items`` are not, and where the main model has no price.
        """
        if self.prices.of(run.info.model) is None:
            return None
        try:
            chosen, normal = self._plans(run, route)
        except PromptPackError as error:  # the answer itself may not need that template
            _log.info("no estimate of the cost: %s", error)
            return None
        if chosen is None:
            return None
        usual = await self._expect(run, normal)
        expected = usual if chosen is normal else await self._expect(run, chosen)
        return Estimate(
            currency=self.prices.currency,
            cost=expected.cost,
            normal=usual.cost,
            usage=expected.usage,
            normal_usage=usual.usage,
            unpriced=expected.unpriced,
        )

    def priced(self, runs: Iterable[Run], answer: Answer, *, revised: bool = False) -> Answer:
        """Return a finished answer with its cost, and learn from it for the next estimate.

        Args:
            runs: The answer's run, and those that a hedge lost, with all their requests.
            answer: The answer.
            revised: Whether it is a revision, whose lengths are not those of an answer.
        """
        sent = [(request, model) for run in runs for request, model in run.asked if request.sent]
        assumed: dict[str, Usage] = {}
        for request, model in sent:
            if not request.usage.prompt_tokens:
                tokens = round(self._tokens.by_length(request.messages, request.prefill))
                left = Usage(tokens, requests=int(not request.usage.requests))
                assumed[model] = assumed.get(model, Usage()) + left
        for request, _ in sent:
            if request.usage.prompt_tokens and request.usage.requests == 1:
                self._tokens.learn(request.messages, request.prefill, request.usage.prompt_tokens)
        prompts = [Prompt(tuple(request.messages), request.prefill) for request, _ in sent]
        self._cache.read(prompts, asyncio.get_running_loop().time())
        if not revised:
            self._lengths.learn(answer)
        expected = Usage() if answer.route.estimate is None else answer.route.estimate.usage
        self._cache.learn(expected, answer.usage)
        return replace(answer, cost=cost_of(answer, self.prices, assumed=assumed))

    def cost_of_request(self, usage: Usage, model: str) -> float | None:
        """Return the cost of one request; ``None`` where its usage or the model's price is not known."""
        price = self.prices.of(model)
        return None if price is None or not usage.prompt_tokens else price.cost(usage)

    def _plans(
        self, run: Run, route: Route
    ) -> tuple[Sequence[PlannedRequest] | None, Sequence[PlannedRequest]]:
        """Return the requests by the route (``None``: an unknown strategy), and those of normal decoding."""
        suited = fitted(self._lengths.of_skeletons, run.plan, run.options)
        if route.strategy == "skeleton":
            return skeleton_plan(run, suited), normal_plan(run, suited.normal)
        limit = float(run.options.max_tokens)
        suits = route.instead_of == "skeleton"
        normal = normal_plan(run, suited.normal if suits else min(self._lengths.of("normal"), limit))
        if route.strategy == "normal":
            return normal, normal
        if route.strategy in REASONING:
            length = min(self._lengths.of(route.strategy), limit)
            return reasoning_plan(run, route.strategy, length), normal
        return None, normal

    async def _expect(self, run: Run, plan: Sequence[PlannedRequest]) -> _Expected:
        """Return what requests are expected to cost, each at its own engine and its model's own price."""
        tokens = await self._count(run, plan)
        total, cost, unpriced = Usage(), 0.0, dict[str, None]()
        lately = self._cache.lately(asyncio.get_running_loop().time())
        for request, prompt_tokens in zip(plan, tokens, strict=True):
            info = run.engine_for(request.stage).info
            price = self.prices.of(info.model)
            own = () if info.caches_prefixes == "idle" else request.finds
            least = self._cache.least(price or _FREE, info)
            hit = expected_hit(request.prompt, prompt_tokens, [*lately, *own], least=least, info=info)
            hit *= self._cache.reported
            usage = Usage(round(prompt_tokens), round(hit), round(request.completion), 1)
            total += usage
            if price is None:
                unpriced[info.model] = None
            else:
                cost += price.cost(usage)
        return _Expected(total, cost, tuple(unpriced))

    async def _count(self, run: Run, plan: Sequence[PlannedRequest]) -> list[float]:
        """Return the tokens of each request's prompt.

        Prompts between two others, as those of most points are, differ from them in their outline alone: they
        are not counted, but lie between them by their length.
        """
        prompts = [request.prompt for request in plan]
        weights = [weight_of(prompt) for prompt in prompts]
        sample = [number for number in range(len(plan)) if number < _HEAD or number == len(plan) - 1]
        counted = await self._tokens.count(run.backend, [prompts[number] for number in sample])
        exact = dict(zip(sample, counted, strict=True))
        if len(plan) <= len(sample):
            return counted
        low, high = sample[-2], sample[-1]
        slope = (exact[high] - exact[low]) / (weights[high] - weights[low] or 1.0)
        return [
            exact.get(number, exact[low] + slope * (weights[number] - weights[low]))
            for number in range(len(plan))
        ]
