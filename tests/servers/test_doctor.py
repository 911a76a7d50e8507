"""``sot doctor`` on real servers: what it tells is so."""

from __future__ import annotations

import json
import subprocess

import pytest
from cli_server import SOT, environment
from launches import MODEL, SLOT_CONTEXT, SLOTS, VLLM_CONTEXT

# What a server cannot tell must not be claimed: a gateway hides the engine behind it, `transformers serve`
# names neither itself nor its limits, and vLLM tells nowhere how many requests it takes at once.
UNTOLD = {"context_length": {None}, "parallel": {None}, "thinks": {False, None}, "constrains": {None}}
FACTS = {
    "llamacpp": {
        "name": {"llamacpp"},
        "context_length": {SLOT_CONTEXT},
        "continues_turn": {True},
        "caches_prefixes": {"idle"},
        "parallel": {SLOTS},
        "thinks": {False},
        "constrains": {True},
    },
    "vllm": {
        "name": {"vllm"},
        "context_length": {VLLM_CONTEXT},
        "continues_turn": {True},
        "caches_prefixes": {"running"},
        "parallel": {None},
        "thinks": {False, None},
        "constrains": {True},
    },
    "transformers": {**UNTOLD, "continues_turn": {False}, "caches_prefixes": {"no", "unknown"}},
    "litellm": {
        **UNTOLD,
        "name": {"litellm", ""},
        "continues_turn": {False},
        "caches_prefixes": {"no", "unknown"},
    },
}
# What requests show, where the small model answers as it should and the machine is not too busy for their
# times to be compared; else it stays unknown. LiteLLM hands them on to a llama-server.
TOGETHER = {None, *range(1, 9)}
PROBED = {
    **FACTS,
    "litellm": {
        **FACTS["litellm"],
        "continues_turn": {True, False},
        "caches_prefixes": {"idle", "no", "unknown"},
        "constrains": {True, None},
        "parallel": TOGETHER,
    },
    "transformers": {**FACTS["transformers"], "constrains": {False, None}, "parallel": TOGETHER},
    "vllm": {**FACTS["vllm"], "parallel": TOGETHER},
}


def doctor(server, *options):
    """Run ``sot doctor --json`` on a server; returns its object."""
    done = subprocess.run(
        [SOT, "doctor", "--backend", server.url, "--json", *options],
        env=environment(OPENAI_API_KEY=server.key),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def check(engine, server, facts):
    """Check an engine object against the facts; what it tells of requests has its evidence."""
    assert engine["model"] == server.model
    assert engine["refuses"] == []
    assert {name: engine[name] for name, right in facts.items() if engine[name] not in right} == {}
    for name in ("continues_turn", "caches_prefixes"):
        assert engine["evidence"][name]


def test_doctor_tells_the_facts(server):
    report = doctor(server, "--model", server.model)
    check(report["engine"], server, FACTS[server.kind])


def test_the_probe_finds_out_the_rest(server):
    report = doctor(server, "--model", server.model, "--probe")
    check(report["engine"], server, PROBED[server.kind])
    if server.kind == "litellm" and not report["engine"]["continues_turn"]:
        assert "was followed by" in json.dumps(report)  # by anything but what it was started with
    warned = any("stop sequences" in warning for warning in report["warnings"])
    if "stop" in report["engine"]["evidence"]:  # two answers that differ anyway show nothing
        assert warned == (server.kind == "transformers")  # with continuous batching
    else:
        assert not warned


@pytest.mark.parametrize("kept", ["llamacpp", "litellm", "vllm"], indirect=True)
def test_doctor_finds_the_model_by_itself(server):
    assert doctor(server)["engine"]["model"] == MODEL
