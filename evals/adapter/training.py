"""Training loop of an adapter: steps, validation, checkpoints."""

from __future__ import annotations

import hashlib
import math
import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sot.backends.torch_engine.cores import Threads, available_cores
from sot.errors import ConfigError

from .examples import Example
from .model import TrainedModel
from .packing import TokenTree, pack, shared_length
from .requests import RequestMaker
from .settings import TrainSettings

if TYPE_CHECKING:
    from torch import Tensor

CHECKPOINT = "checkpoint.pt"
_HELD_OUT = 20  # every 20th example is validated on, not trained on
_MOST_HELD_OUT = 24
_WARM_UP = 0.06  # share of the steps over which the learning rate rises
_SAVE_EVERY = 5  # steps
STAGES = ("skeleton", "point")


@dataclass(frozen=True, slots=True)
class Progress:
    """State of a run after a step; ``losses`` are means by stage since the last report.

    Args:
        step: Steps done.
        steps: Steps of the whole run.
        losses: Mean loss of a token, in nats, by stage.
        left_s: Seconds that the rest will take, by the pace of this run.
        validated: Whether ``losses`` are those of the validation examples.
    """

    step: int
    steps: int
    losses: dict[str, float]
    left_s: float
    validated: bool = False


class Training:
    """One training run.

    Args:
        model: The model with its adapter.
        maker: Maker of the requests.
        examples: The examples; some of them are kept for validation.
        settings: Settings of the run.
        folder: Folder of the adapter and of the run's checkpoint.
        max_steps: Most steps; ``None``: as many as the epochs have.
    """

    def __init__(
        self,
        model: TrainedModel,
        maker: RequestMaker,
        examples: Sequence[Example],
        settings: TrainSettings,
        folder: Path,
        *,
        max_steps: int | None = None,
    ) -> None:
        import torch

        self._model, self._maker, self._settings, self._folder = model, maker, settings, folder
        self._threads = Threads(torch.get_num_threads(), available_cores())
        order = list(examples)
        random.Random(settings.seed).shuffle(order)
        kept = min(len(order) // _HELD_OUT, _MOST_HELD_OUT)
        self._held_out, self._examples = order[:kept], order[kept:]
        self._each = math.ceil(len(self._examples) / settings.batch)
        self.steps = min(settings.epochs * self._each, max_steps or 2**31)
        first = [maker.requests(example, [0]) for example in order[: 2 * _HELD_OUT]]
        self._offset = shared_length([request for made in first for request in made])
        self._shared = first[0][0].ids[: self._offset]
        self._optimizer = torch.optim.AdamW(model.parameters, lr=settings.rate, weight_decay=0.0)
        self._step = 0
        self._best: tuple[float, dict[str, Tensor]] | None = None
        self._identity = {"settings": settings.as_json(), "data": _digest(examples)}

    @property
    def step(self) -> int:
        """Steps done so far."""
        return self._step

    def resume(self) -> bool:
        """Take up the checkpoint of the folder, if there is one.

        Raises:
            ConfigError: It is of other settings or other data.
        """
        import torch

        file = self._folder / CHECKPOINT
        if not file.exists():
            return False
        try:
            found = torch.load(file, weights_only=True)
        except Exception as error:
            raise ConfigError(f"{file}: cannot be read; --restart begins anew") from error
        if found["identity"] != self._identity:
            raise ConfigError(f"{file} is of a run with other settings or data; --restart begins anew")
        self._model.restore(found["adapter"])
        self._optimizer.load_state_dict(found["optimizer"])
        self._step, self._best = found["step"], found["best"]
        return True

    def run(self, report: Callable[[Progress], None]) -> int:
        """Train to the end; returns the bytes of the adapter, which is that of the best validation."""
        import torch

        began, first = time.monotonic(), self._step
        while self._step < self.steps:
            torch.manual_seed(self._settings.seed + self._step)  # of the dropout
            losses = self._train_step(list(self._batch(self._step)))
            self._step += 1
            left = (time.monotonic() - began) / (self._step - first) * (self.steps - self._step)
            report(Progress(self._step, self.steps, losses, left))
            if self._step % self._each == 0 or self._step == self.steps:
                self._validate(report, left)
            if self._step % _SAVE_EVERY == 0 or self._step == self.steps:
                self._save()
        state = self._best[1] if self._best is not None else self._model.state()
        return self._model.save(self._folder, state)

    def _batch(self, step: int) -> Iterator[TokenTree]:
        settings = self._settings
        epoch, at = divmod(step, self._each)
        order = list(range(len(self._examples)))
        random.Random(f"{settings.seed}:{epoch}").shuffle(order)
        for number in order[at * settings.batch : (at + 1) * settings.batch]:
            example = self._examples[number]
            written = example.written
            count = min(settings.points, len(written))
            chosen = random.Random(f"{settings.seed}:{epoch}:{number}").sample(written, count)
            yield self._tree(example, sorted(chosen))

    def _tree(self, example: Example, chosen: Sequence[int] | None) -> TokenTree:
        return pack(self._maker.requests(example, chosen), self._offset)

    def _train_step(self, trees: Sequence[TokenTree]) -> dict[str, float]:
        import torch

        self._model.peft.train()
        for group in self._optimizer.param_groups:
            group["lr"] = self._settings.rate * _pace(self._step, self.steps)
        prefix = self._prefix()
        sums: list[dict[str, float]] = []
        for tree in trees:
            losses = self._losses(tree, prefix)
            # Both stages count alike, though a skeleton has far fewer tokens than the points.
            torch.stack(list(losses.values())).sum().div(self._settings.batch).backward()
            sums.append({stage: loss.item() for stage, loss in losses.items()})
        torch.nn.utils.clip_grad_norm_(self._model.parameters, 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        return _means(sums)

    def _validate(self, report: Callable[[Progress], None], left_s: float) -> None:
        import torch

        if not self._held_out:
            return
        self._model.peft.eval()
        with torch.no_grad():
            prefix = self._prefix()
            trees = [self._tree(each, None) for each in self._held_out]
            found = [self._losses(tree, prefix) for tree in trees]
            losses = _means([{stage: loss.item() for stage, loss in each.items()} for each in found])
        whole = sum(losses.values())
        if self._best is None or whole < self._best[0]:
            self._best = whole, {name: value.clone() for name, value in self._model.state().items()}
        report(Progress(self._step, self.steps, losses, left_s, validated=True))

    def _prefix(self) -> list[tuple[Tensor, Tensor]]:
        return self._model.prefix(self._shared) if self._shared else []

    def _losses(self, tree: TokenTree, prefix: Sequence[tuple[Tensor, Tensor]]) -> dict[str, Tensor]:
        """Return the mean loss of a token by stage."""
        import torch
        from torch.nn.functional import cross_entropy
        from transformers import DynamicCache

        cache: Any = DynamicCache() if prefix else None
        for number, (keys, values) in enumerate(prefix):
            cache.update(keys, values, number)
        if (threads := self._threads.now()) != torch.get_num_threads():
            torch.set_num_threads(threads)  # threads that wait for a busy core slow a step down tenfold
        hidden = self._model.hidden(tree.ids, tree.depths, tree.mask(), cache)
        found: dict[str, Tensor] = {}
        for stage, targets in tree.targets.items():
            before = [tree.parents[at] for at in targets]
            wanted = torch.tensor([tree.ids[at] for at in targets], device=self._model.device)
            found[stage] = cross_entropy(self._model.logits(hidden[before]), wanted)
        return found

    def _save(self) -> None:
        import torch

        self._folder.mkdir(parents=True, exist_ok=True)
        new = self._folder / f".{CHECKPOINT}"
        torch.save(
            {
                "identity": self._identity,
                "step": self._step,
                "adapter": self._model.state(),
                "optimizer": self._optimizer.state_dict(),
                "best": self._best,
            },
            new,
        )
        os.replace(new, self._folder / CHECKPOINT)


def _pace(step: int, steps: int) -> float:
    """Return the learning rate of a step as a share of the highest."""
    rise = max(1, round(steps * _WARM_UP))
    if step < rise:
        return (step + 1) / rise
    return 0.5 * (1 + math.cos(math.pi * (step - rise) / max(1, steps - rise)))


def _means(losses: Sequence[dict[str, float]]) -> dict[str, float]:
    found = {stage: [each[stage] for each in losses if stage in each] for stage in STAGES}
    return {stage: sum(values) / len(values) for stage, values in found.items() if values}


def _digest(data: Sequence[Example]) -> str:
    digest = hashlib.sha256()
    for each in data:
        digest.update(each.model_dump_json().encode() + b"\n")
    return digest.hexdigest()
