"""Executor that computes in the engine's own process, on as many cores as the machine leaves free.

On a CPU vLLM computes in a worker process beside the engine's, and the engine polls for its result without
ever sleeping: on two cores one of them is spent on polling, the worker gets the other, and the program waits
for a turn. In one process nobody polls. How many threads compute is chosen before each step, since two
threads on a core that somebody else uses are slower than one (`torch_engine.cores`).
"""

# vLLM is not installed where the type checker runs.
# pyright: reportMissingImports=false, reportUnknownVariableType=false, reportUntypedBaseClass=false
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from vllm.v1.executor.uniproc_executor import UniProcExecutor

from ..torch_engine.cores import Threads, available_cores


class FewCoresExecutor(UniProcExecutor):
    """vLLM's executor of one process, with a number of threads that follows the load of other programs."""

    def _init_executor(self) -> None:
        self._set_threads: Callable[[int], None] = (
            torch.set_num_threads
        )  # the worker puts a stub in its place
        self._used = torch.get_num_threads()
        self._threads = Threads(self._used, available_cores())
        super()._init_executor()

    def execute_model(self, scheduler_output: Any, non_block: bool = False) -> Any:
        """Run one step of the model."""
        if (threads := self._threads.now()) != self._used:
            self._used = threads
            self._set_threads(threads)
        return super().execute_model(scheduler_output, non_block=non_block)
