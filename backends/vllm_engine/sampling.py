"""Translation of our decoding settings to vLLM's ``SamplingParams``."""

# vLLM is not installed where the type checker runs.
# pyright: reportMissingImports=false

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sot.errors import ConfigError
from sot.types import GenerateConfig

# Fields that only this module sets: one completion a request, streamed as text deltas.
_OURS = frozenset(
    {"n", "output_kind", "detokenize", "skip_clone", "output_text_buffer_length", "flat_logprobs"}
)


def sampling_params(config: GenerateConfig, defaults: Mapping[str, Any], room: int) -> Any:
    """Build vLLM's ``SamplingParams`` of a request.

    What the request leaves open is chosen as by vLLM's own server: from the model's
    ``generation_config.json``, else vLLM's neutral values (temperature 1).

    Args:
        config: Decoding settings; ``extra`` names fields of ``SamplingParams``.
        defaults: The model's own settings.
        room: Tokens that fit into the context after the prompt.

    Raises:
        ConfigError: vLLM does not know or accept a setting.
    """
    from vllm import SamplingParams
    from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams

    known = {name for name in SamplingParams.__struct_fields__ if name[0] != "_"} - _OURS
    unknown = sorted(config.extra.keys() - known)
    if unknown:
        raise ConfigError(
            f"vLLM's sampling parameters have no {', '.join(map(repr, unknown))}: "
            f"there are {', '.join(sorted(known))}"
        )
    values = dict(defaults)
    for name in ("temperature", "top_p", "max_tokens", "seed", "repetition_penalty"):
        if (value := getattr(config, name)) is not None:
            values[name] = value
    values["stop"] = list(config.stop)
    values.update(config.extra)
    try:
        values["max_tokens"] = min(values.get("max_tokens") or room, room)
        if isinstance(structured := values.get("structured_outputs"), Mapping):
            values["structured_outputs"] = StructuredOutputsParams(**structured)
        return SamplingParams(**values, output_kind=RequestOutputKind.DELTA)
    except (TypeError, ValueError) as error:
        raise ConfigError(
            f"vLLM refuses the sampling parameters: {error}",
            public="the engine refuses the sampling parameters",
        ) from error
