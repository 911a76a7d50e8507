"""Options of a torch engine."""

from __future__ import annotations

from dataclasses import dataclass

NATIVE, TORCH = "native", "torch"


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """Options of a torch engine; backends with equal options share one engine.

    Args:
        model: Hub id, folder or ``.gguf`` file; empty for the embedded default.
        device: A torch device; ``None`` takes CUDA, then MPS, then the CPU.
        dtype: ``auto``, ``float32``, ``bfloat16``, ``float16`` or ``int8``.
        threads: CPU threads; ``None`` lets a measurement choose.
        max_batch: Most sequences in the batch.
        max_context: Most tokens of prompt and completion together.
        cache_bytes: Most bytes of the prefix cache of finished requests; ``None``: 256 MiB, or a tenth of the
            GPU's memory that the model leaves.
        kv_bytes: Most bytes of the KV cache of running sequences; ``None``: 1 GiB, or four tenths of the
            GPU's memory that the model leaves.
        adapter: Folder of a LoRA adapter, or ``off``; empty: the packaged one of the embedded default.
        adapter_stages: ``skeleton``: it acts on skeletons, points and closings; ``all``: on every request.
        adapters: Further adapters: names with folders.
        kernels: ``native``: 8-bit weights are computed by the forward pass in C; ``torch``: by torch;
            ``auto``: by the one in C where it compiles.
    """

    model: str = ""
    device: str | None = None
    dtype: str = "auto"
    threads: int | None = None
    max_batch: int = 16
    max_context: int = 4096
    cache_bytes: int | None = None
    kv_bytes: int | None = None
    adapter: str = ""
    adapter_stages: str = "skeleton"
    kernels: str = "auto"
    adapters: tuple[tuple[str, str], ...] = ()
