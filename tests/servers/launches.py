"""How each real server of these tests is started with SmolLM2: command, environment, name of the model."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sot.backends.torch_engine.convert import converted
from sot.backends.torch_engine.source import resolve

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = ROOT / ".venv-servers"
MODEL = "smol"
SLOTS = 8
SLOT_CONTEXT = 2048
VLLM_CONTEXT = 4096
LITELLM_KEY = "sk-of-these-tests-alone-0123456789"


@dataclass(frozen=True, slots=True)
class Launch:
    """Start of one server.

    Args:
        command: Program and arguments.
        ready: Path that answers with 200 once the server is ready.
        model: Name to ask it for.
        key: Its API key; empty without one.
        variables: Environment variables.
    """

    command: Sequence[str | Path]
    ready: str = "/health"
    model: str = MODEL
    key: str = ""
    variables: Mapping[str, str] = field(default_factory=dict[str, str])


def gguf() -> Path:
    """Return the file with the real SmolLM2."""
    return Path(resolve("").place)


def _llamacpp(port: int, folder: Path, behind: str) -> Launch:
    [binary] = (ENVIRONMENTS / "llamacpp").glob("*/bin/llama-server")
    command = [binary, "-m", gguf(), "--alias", MODEL, "--host", "127.0.0.1", "--port", str(port)]
    command += ["-c", str(SLOTS * SLOT_CONTEXT), "--parallel", str(SLOTS), "-t", "2", "--metrics", "--slots"]
    return Launch(command, variables={"LD_LIBRARY_PATH": str(binary.parent)})


def _transformers(port: int, folder: Path, behind: str) -> Launch:
    model = converted(gguf())
    command = [ENVIRONMENTS / "transformers" / "bin" / "transformers", "serve", model, "--port", str(port)]
    command += ["--host", "127.0.0.1", "--device", "cpu", "--dtype", "float32", "--continuous-batching"]
    command += ["--cb-num-blocks", "256", "--cb-max-batch-tokens", "512"]
    variables = {"HF_HUB_OFFLINE": "1", "HF_HUB_CACHE": str(folder), "OMP_NUM_THREADS": "1"}
    return Launch(command, model=str(model), variables=variables)


def _litellm(port: int, folder: Path, behind: str) -> Launch:
    entry = {"model": f"openai/{MODEL}", "api_base": behind, "api_key": "none"}
    settings = {
        "model_list": [{"model_name": MODEL, "litellm_params": entry}],
        "router_settings": {"num_retries": 0, "disable_cooldowns": True},  # tests of failures need not wait
    }
    config = folder / "litellm.yaml"  # JSON is YAML
    config.write_text(json.dumps(settings))
    command = [ENVIRONMENTS / "litellm" / "bin" / "litellm", "--config", config, "--telemetry", "False"]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    variables = {"LITELLM_MASTER_KEY": LITELLM_KEY, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    return Launch(command, "/health/readiness", key=LITELLM_KEY, variables=variables)


def _vllm(port: int, folder: Path, behind: str) -> Launch:
    command = [ROOT / ".venv-vllm" / "bin" / "vllm", "serve", converted(gguf()), "--served-model-name", MODEL]
    command += ["--host", "127.0.0.1", "--port", str(port), "--dtype", "bfloat16", "--enforce-eager"]
    command += ["--max-model-len", str(VLLM_CONTEXT), "--max-num-seqs", "16", "--block-size", "32"]
    command += ["--enable-prefix-caching", "--enable-prompt-tokens-details"]
    return Launch(command, variables={"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_NO_USAGE_STATS": "1"})


# By kind: from its port, a folder of its own and the address of the server behind it.
KINDS: Mapping[str, Callable[[int, Path, str], Launch]] = {
    "llamacpp": _llamacpp,
    "litellm": _litellm,
    "transformers": _transformers,
    "vllm": _vllm,
}
