"""Settings of a training run."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
ALL_LINEAR = (*ATTENTION, "gate_proj", "up_proj", "down_proj")


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """Settings of a training run; a checkpoint is taken up again by a run with equal ones only.

    Args:
        rank: Rank of the adapter's matrices. The default, over all linear layers, keeps an adapter of the
            built-in model under 2 MB.
        targets: Names of the linear layers that are adapted.
        epochs: Passes over the examples.
        rate: Highest learning rate; it rises over the first steps and falls along a cosine.
        batch: Examples of one step.
        points: Points of each example that one epoch trains, drawn anew for each epoch.
        dropout: Share of the adapter's inputs left out while training.
        demonstrations: Whether the prompts hold the pack's demonstrations.
        own_points: Points of each example whose text the model itself writes first; 0: the examples' texts.
        prompts: Prompt pack: a name or a folder.
        seed: Seed of everything that is drawn.
    """

    rank: int = 3
    targets: tuple[str, ...] = ALL_LINEAR
    epochs: int = 2
    rate: float = 1e-3
    batch: int = 8
    points: int = 4
    dropout: float = 0.0
    demonstrations: bool = True
    own_points: int = 3
    prompts: str = "en"
    seed: int = 0

    @property
    def alpha(self) -> int:
        """LoRA's alpha; the adapter is scaled by alpha over rank, here 2."""
        return 2 * self.rank

    def as_json(self) -> dict[str, Any]:
        """Return the settings as plain values, for a checkpoint."""
        return {**asdict(self), "targets": list(self.targets)}
