"""Translation of our decoding settings to vLLM's ``SamplingParams``."""

# vLLM is not installed where the type checker runs.
# pyright: reportMissingImports=false

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sot.errors import ConfigError
from sot.types import GenerateConfig

from ..in_process.schema_text import schema_text

# Fields that only this module sets: one completion a request, streamed as text deltas.
_OURS = frozenset(
    {"n", "output_kind", "detokenize", "skip_clone", "output_text_buffer_length", "flat_logprobs"}
)


# XGrammar prints warnings with parts of the schema to this program's standard error.
_CONTROL_CHARACTER = re.compile(r"\\u00(?:[01][0-9a-f]|7f|[89][0-9a-f])", re.IGNORECASE)


def constraint(config: GenerateConfig) -> str | None:
    """Return the JSON schema that a request's decoding is to follow, as JSON text; ``None`` without one.

    The caller's own ``structured_outputs`` win over it. A schema with control characters constrains nothing.

    Raises:
        ConfigError: The schema is not JSON.
    """
    if config.schema is None or "structured_outputs" in config.extra:
        return None
    text = schema_text(config.schema)
    return None if _CONTROL_CHARACTER.search(text) else text


def sampling_params(
    config: GenerateConfig, defaults: Mapping[str, Any], room: int, schema: str | None = None
) -> Any:
    """Build vLLM's ``SamplingParams`` of a request.

    What the request leaves open is chosen as by vLLM's own server: from the model's
    ``generation_config.json``, else vLLM's neutral values (temperature 1).

    Args:
        config: Decoding settings; ``extra`` names fields of ``SamplingParams``.
        defaults: The model's own settings.
        room: Tokens that fit into the context after the prompt.
        schema: JSON schema that the decoding follows, as JSON text.

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
        if schema is not None:
            values["structured_outputs"] = {"json": schema}
        values["max_tokens"] = min(values.get("max_tokens") or room, room)
        if isinstance(structured := values.get("structured_outputs"), Mapping):
            values["structured_outputs"] = StructuredOutputsParams(**structured)
        return SamplingParams(**values, output_kind=RequestOutputKind.DELTA)
    except (TypeError, ValueError) as error:
        raise ConfigError(
            f"vLLM refuses the sampling parameters: {error}",
            public="the engine refuses the sampling parameters",
        ) from error
