"""Engine profiles with round numbers, for tests of what plays them or predicts with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sot.load.profile import EngineProfile, PrefillTime, PrefixCacheProfile, StepTime, read_profile


def profile(**changes: Any) -> EngineProfile:
    """A step of 10 ms alone and 1 ms more for every further request; 1 ms a prompt token; 8 at once."""
    fields: dict[str, Any] = {
        "engine": "made-up",
        "model": "made-up",
        "max_batch": 8,
        "step": StepTime(batch=(1, 8), seconds=(0.010, 0.017)),
        "prefill": PrefillTime(per_token_s=0.001),
        "cache": PrefixCacheProfile(block_tokens=4),
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
            "cache": PrefixCacheProfile(block_tokens=32),
            **changes,
        }
    )


def measured_vllm() -> EngineProfile:
    """What `sot bench calibrate` found of vLLM with SmolLM2-135M-Instruct on two cores: many places, of which
    more than sixteen gain nothing, and prompts that take long to read."""
    return profile(
        max_batch=128,
        step=StepTime(
            batch=(1, 2, 4, 8, 16, 32),
            seconds=(0.01732, 0.01779, 0.02008, 0.02507, 0.03485, 0.06612),
            per_context_token_s=2.706e-6,
            shared_context=0.35,
        ),
        prefill=PrefillTime(fixed_s=0.01468, per_token_s=0.0005946, per_token_squared_s=2.078e-7),
        cache=PrefixCacheProfile(block_tokens=32),
    )


def small() -> EngineProfile:
    """An engine of eight places, as small servers are."""
    return profile(
        step=StepTime(batch=(1, 8), seconds=(0.010, 0.014)),
        prefill=PrefillTime(fixed_s=0.005, per_token_s=0.0001),
    )


def like_gpu() -> EngineProfile:
    """A GPU that decodes 64 requests at little more than the price of one."""
    return profile(
        max_batch=64,
        step=StepTime(batch=(1, 8, 32, 64), seconds=(0.010, 0.0105, 0.012, 0.0145), per_context_token_s=1e-9),
        prefill=PrefillTime(fixed_s=0.010, per_token_s=0.0002, budget_tokens=8192),
        cache=PrefixCacheProfile(block_tokens=16),
    )


def like_large_gpu() -> EngineProfile:
    """A GPU of 256 places, on which sixteen requests cost next to nothing."""
    return profile(
        max_batch=256,
        step=StepTime(
            batch=(1, 16, 64, 128, 256),
            seconds=(0.008, 0.0085, 0.0105, 0.014, 0.021),
            per_context_token_s=5e-10,
        ),
        prefill=PrefillTime(fixed_s=0.008, per_token_s=0.00006, budget_tokens=8192),
        cache=PrefixCacheProfile(block_tokens=16),
    )


def torch_example() -> EngineProfile:
    """The embedded engine on two cores, as the profile that comes with the project has it."""
    return read_profile(Path(__file__).parents[2] / "evals" / "simulate" / "profiles" / "example.json")
