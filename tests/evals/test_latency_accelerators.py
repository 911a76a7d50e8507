"""Accelerators by name: what they are in each engine's own options, and what an engine refuses."""

from __future__ import annotations

from typing import Any

import pytest

from sot.errors import ConfigError
from sot.evals.engines.accelerators import Assisted, RefusedError, parse_accelerators, setup_of


def setup(name: str, engine: str):
    (accelerator,) = parse_accelerators(name)
    return setup_of(engine, accelerator)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("quant:int8", {"quantization": "int8_per_channel_weight_only"}),
        ("quant:fp8", {"quantization": "fp8"}),
        ("kv:fp8", {"kv_cache_dtype": "fp8"}),
        ("prefix-cache:off", {"enable_prefix_caching": False}),
        ("prefix-cache:on", {"enable_prefix_caching": True}),
        (
            "ngram",
            {
                "speculative_config": {
                    "method": "ngram",
                    "num_speculative_tokens": 4,
                    "prompt_lookup_min": 2,
                    "prompt_lookup_max": 4,
                }
            },
        ),
        (
            "draft:org/small",
            {
                "speculative_config": {
                    "method": "draft_model",
                    "model": "org/small",
                    "num_speculative_tokens": 3,
                }
            },
        ),
        (
            "eagle3:heads@5",
            {"speculative_config": {"method": "eagle3", "model": "heads", "num_speculative_tokens": 5}},
        ),
        (
            "medusa:heads+quant:awq",
            {
                "speculative_config": {"method": "medusa", "model": "heads", "num_speculative_tokens": 3},
                "quantization": "awq",
            },
        ),
    ],
)
def test_vllm(name: str, arguments: dict[str, Any]) -> None:
    assert setup(name, "vllm").settings == {"engine_args": arguments}


def test_nothing_is_nothing() -> None:
    for engine in ("vllm", "torch"):
        assert (setup("none", engine).settings, setup("none", engine).model) == ({}, None)


def test_a_checkpoint_takes_the_models_place() -> None:
    for engine in ("vllm", "torch"):
        assert setup("checkpoint:folder/int4", engine).model == "folder/int4"


@pytest.mark.parametrize(
    ("name", "settings", "assisted"),
    [
        ("quant:int8", {"dtype": "int8"}, None),
        ("quant:bf16", {"dtype": "bfloat16"}, None),
        ("generate", {}, Assisted()),
        ("generate+quant:float32", {}, Assisted(dtype="float32")),
        ("ngram:6", {}, Assisted(lookup=6)),
        ("draft:folder@2", {}, Assisted(draft="folder", tokens=2)),
    ],
)
def test_torch(name: str, settings: dict[str, Any], assisted: Assisted | None) -> None:
    made = setup(name, "torch")
    assert (made.settings, made.assisted) == (settings, assisted)


@pytest.mark.parametrize(
    ("name", "engine", "says"),
    [
        ("medusa:x", "torch", "the torch engine has no medusa"),
        ("prefix-cache:off", "torch", "the torch engine has no prefix-cache"),
        ("quant:fp4", "torch", "knows int8, bfloat16, float16, float32, not fp4"),
        ("ngram+quant:int8", "torch", "no int8"),
        ("ngram+draft:x", "torch", "one way of assisted generation"),
        ("ngram+draft:x", "vllm", "one way of speculative decoding"),
        ("generate", "vllm", "for torch: alone"),
        ("quant:int8", "https", "where it is started"),
    ],
)
def test_what_an_engine_refuses_says_why(name: str, engine: str, says: str) -> None:
    with pytest.raises(RefusedError, match=says):
        setup(name, engine)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "names none"),
        ("turbo", "'turbo' is unknown"),
        ("draft", "draft needs a value"),
        ("none:1", "none takes no value"),
        ("ngram:x", "number of tokens"),
        ("ngram:0", "number of tokens"),
        ("prefix-cache:maybe", "is on or off"),
        ("none+ngram", "cannot be joined"),
        ("quant:int8+quant:fp8", "cannot be joined"),
    ],
)
def test_bad_use(text: str, says: str) -> None:
    with pytest.raises(ConfigError, match="--accelerators") as caught:
        parse_accelerators(text)
    assert says in str(caught.value)


def test_several_and_twice_the_same() -> None:
    found = parse_accelerators("none, ngram ,none,ngram+quant:int8")
    assert [one.name for one in found] == ["none", "ngram", "ngram+quant:int8"]
