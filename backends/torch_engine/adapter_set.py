"""Adapters of one engine, by number, and which of them acts on a request."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sot.errors import ConfigError
from sot.types import NO_ADAPTER, GenerateConfig

from ..in_process.adapter_folders import BUILT_IN, DEFAULT, unknown
from .adapter import ALL, SKELETON_STAGES, Adapter, adapter_folder, is_packaged, read_adapter
from .options import EngineOptions


@dataclass(frozen=True, slots=True)
class AdapterSet:
    """Adapters of one engine.

    Args:
        names: Their names; the first has the number 1.
        adapters: Their matrices.
        has_default: Whether the first acts where a request names none.
        everywhere: Whether it does so on every request, not on those of skeletons and points alone.
        merged: Whether that one is part of the weights, and can neither be named nor left out.
    """

    names: tuple[str, ...] = ()
    adapters: tuple[Adapter, ...] = ()
    has_default: bool = False
    everywhere: bool = False
    merged: bool = False

    @property
    def by_row(self) -> tuple[Adapter, ...]:
        """Those that act on some rows of a step."""
        return () if self.merged else self.adapters

    @property
    def known(self) -> tuple[str, ...]:
        """Names that a request may give."""
        return () if self.merged else self.names

    @property
    def bytes(self) -> int:
        """Bytes of the matrices, in float32."""
        return 4 * sum(one.numel() for each in self.adapters for pair in each.pairs.values() for one in pair)

    def number(self, config: GenerateConfig) -> int:
        """Return the number of the adapter that acts on a request; 0: none.

        Raises:
            ConfigError: It names one that is not there.
        """
        name = config.adapter
        if name is None:
            acts = self.has_default and not self.merged
            return int(acts and (self.everywhere or config.stage in SKELETON_STAGES))
        if name == NO_ADAPTER:
            if self.merged:
                raise ConfigError("the engine's adapter is part of its weights (adapter_stages): it stays on")
            return 0
        if name not in self.known:
            raise unknown(name, self.known)
        return self.names.index(name) + 1


def read_adapters(options: EngineOptions, *, is_default: bool) -> AdapterSet:
    """Read the adapters that the options name.

    Args:
        options: The engine's options.
        is_default: Whether the model is the embedded default, which has a packaged adapter.

    Raises:
        ConfigError: One of them cannot be read.
    """
    names: list[str] = []
    adapters: list[Adapter] = []
    place = adapter_folder(options.adapter, is_default=is_default)
    if place is not None:
        names.append(BUILT_IN if is_packaged(place) else DEFAULT)
        adapters.append(read_adapter(place))
    for name, folder in options.adapters:
        names.append(name)
        adapters.append(read_adapter(Path(folder)))
    everywhere = place is not None and options.adapter_stages == ALL
    merged = everywhere and not options.adapters
    return AdapterSet(tuple(names), tuple(adapters), place is not None, everywhere, merged)
