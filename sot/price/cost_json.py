"""JSON schemas of costs and estimates, as the command line and the server return them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, SerializerFunctionWrapHandler, model_serializer

from ..types import Cost, Estimate, Usage

_DIGITS = 10  # significant ones: a small amount is never rounded to 0
_ALWAYS = ("currency", "spent", "estimated", "normal_estimated", "cached_saved")


class StageCostJson(BaseModel):
    """Cost of one stage's requests to one model; ``null``: the model has no price."""

    stage: str
    model: str
    spent: float | None


class CostJson(BaseModel):
    """Cost of an answer, and what was expected of it when it was routed."""

    currency: str
    spent: float
    estimated: float | None = None
    normal_estimated: float | None = None
    cached_saved: float = 0.0
    assumed_tokens: int = 0
    stages: list[StageCostJson] = []
    unpriced: list[str] = []

    @model_serializer(mode="wrap")
    def _dump(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out what most costs do not have."""
        fields: dict[str, Any] = dump(self)
        return {name: value for name, value in fields.items() if value or name in _ALWAYS}


class EstimateJson(BaseModel):
    """Expected cost of an answer by its route, and by normal decoding."""

    currency: str
    estimated: float
    normal_estimated: float
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    requests: int
    unpriced: list[str] = []

    @model_serializer(mode="wrap")
    def _dump(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out models without a price where there are none."""
        fields: dict[str, Any] = dump(self)
        return {name: value for name, value in fields.items() if value or name != "unpriced"}


def cost_json(cost: Cost) -> CostJson:
    """Return a cost in the schema of ``sot ask --json``."""
    return CostJson(
        currency=cost.currency,
        spent=_amount(cost.spent),
        estimated=None if cost.estimated is None else _amount(cost.estimated),
        normal_estimated=None if cost.normal_estimated is None else _amount(cost.normal_estimated),
        cached_saved=_amount(cost.cached_saved),
        assumed_tokens=cost.assumed_tokens,
        stages=[
            StageCostJson(
                stage=each.stage,
                model=_text(each.model),
                spent=None if each.spent is None else _amount(each.spent),
            )
            for each in cost.stages
        ],
        unpriced=[_text(model) for model in cost.unpriced],
    )


def estimate_json(estimate: Estimate) -> EstimateJson:
    """Return an estimate in the schema of ``sot route --json`` and of the event ``routed``."""
    usage: Usage = estimate.usage
    return EstimateJson(
        currency=estimate.currency,
        estimated=_amount(estimate.cost),
        normal_estimated=_amount(estimate.normal),
        prompt_tokens=usage.prompt_tokens,
        cached_tokens=usage.cached_tokens,
        completion_tokens=usage.completion_tokens,
        requests=usage.requests,
        unpriced=[_text(model) for model in estimate.unpriced],
    )


def _amount(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


def _text(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
