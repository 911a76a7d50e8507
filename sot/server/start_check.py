"""Check of a server's engines at its start, as far as they answer by then; each request checks them again."""

from __future__ import annotations

from ..api import SkeletonOfThought
from ..errors import BackendError, ConfigError
from ..options.adapters import check_known
from ..terminal import one_line
from ..types import Checks
from .settings import ServerSettings


async def check_engines(sot: SkeletonOfThought, settings: ServerSettings) -> None:
    """Require of the engines what the settings need: adapters, and tenants that are kept apart.

    Args:
        sot: Core that answers.
        settings: Server settings, of which it uses ``cache_salt_by``.

    Raises:
        ConfigError: An engine lacks an adapter, or is not known to keep tenants' prefixes apart.
        SotError: The main engine cannot be used.
    """
    check_known(sot.options.adapter, await sot.info(), sot.stages)
    if settings.cache_salt_by is None:
        return
    engines = {id(sot.backend): None, **{id(engine): stage for stage, engine in sot.stages.items()}}
    for stage in engines.values():
        await _check_separation(sot, stage)


async def _check_separation(sot: SkeletonOfThought, stage: str | None) -> None:
    backend = sot.backend if stage is None else sot.stages[stage]
    try:
        if isinstance(backend, Checks):  # `info` may do without a server that is not up yet
            await backend.check()
        info = await sot.info(stage)
    except BackendError:
        return
    if not info.separates_tenants:
        which = "the engine" if stage is None else f"the engine of the stage {stage}"
        raise ConfigError(
            f"--cache-salt-by: {which} ({one_line(info.model)}) is not known to keep tenants' prefixes "
            "apart; one that takes cache_salt is told so by --engine-can separates_tenants=yes"
        )


__all__ = ["check_engines"]
