"""Engine profiles with round numbers, for tests of what plays them or predicts with them."""

from __future__ import annotations

from typing import Any

from sot.engine_profile import EngineProfile, PrefillTime, PrefixCache, StepTime


def profile(**changes: Any) -> EngineProfile:
    """A step of 10 ms alone and 1 ms more for every further request; 1 ms a prompt token; 8 at once."""
    fields: dict[str, Any] = {
        "engine": "made-up",
        "model": "made-up",
        "max_batch": 8,
        "step": StepTime(batch=(1, 8), seconds=(0.010, 0.017)),
        "prefill": PrefillTime(per_token_s=0.001),
        "cache": PrefixCache(block_tokens=4),
    }
    return EngineProfile(**{**fields, **changes})


def like_vllm(**changes: Any) -> EngineProfile:
    """About what vLLM does with a small model on a CPU."""
    return profile(
        **{
            "max_batch": 32,
            "step": StepTime(
                batch=(1, 2, 4, 8, 16, 32),
                seconds=(0.0165, 0.018, 0.021, 0.026, 0.037, 0.060),
                per_context_token_s=1e-7,
            ),
            "prefill": PrefillTime(fixed_s=0.0165, per_token_s=0.0005, budget_tokens=2048),
            "cache": PrefixCache(block_tokens=32),
            **changes,
        }
    )
