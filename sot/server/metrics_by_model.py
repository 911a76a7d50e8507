"""Metrics of a server with several models: those of each, with its name as the label ``model``."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .merged_metrics import merged
from .metrics import Metrics, RequestRecord

# A label of this name that a sample has already; in a label's value quotes stand behind a backslash.
_TAKEN = re.compile(r'(?<=[{,])model="')


class MetricsByModel(Metrics):
    """Metrics of all models.

    Args:
        own: Metrics of requests that found no model.
        models: Metrics by the model's name, which is a label's value as it stands.
    """

    def __init__(self, own: Metrics, models: Mapping[str, Metrics]) -> None:
        self._own, self._models = own, models

    def text(self) -> bytes:
        """Return the metrics in Prometheus's text format."""
        every = {"": self._own, **self._models}
        return merged(labelled(metrics.text(), name) for name, metrics in every.items())

    def count_request(self, record: RequestRecord) -> None:
        """Count an answer that has ended with its model."""
        self._models.get(record.model, self._own).count_request(record)


def labelled(text: bytes, model: str) -> bytes:
    """Add the label ``model`` to every sample of metrics in Prometheus's text format.

    A sample's own label of that name becomes ``exported_model``, as Prometheus does where two names clash.
    """
    lines: list[str] = []
    for line in text.decode().removesuffix("\n").split("\n"):
        name, _, value = line.rpartition(" ")
        if line.startswith("#"):
            lines.append(line)
        elif name.endswith("}"):
            own = _TAKEN.sub('exported_model="', name[:-1])
            lines.append(f'{own},model="{model}"}} {value}')
        else:
            lines.append(f'{name}{{model="{model}"}} {value}')
    return "".join(f"{line}\n" for line in lines).encode()
