"""``sot serve``: the OpenAI-compatible server and its page."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ..api import SkeletonOfThought
from ..command.engine import EngineOptions, answering, leave
from ..command.running_server import announcing, is_switched_off, new_secret
from ..errors import ConfigError, MissingDependencyError, SotError, install_command
from ..registry import engine_entry
from ..server import ServerSettings
from ..server.key_file import key_file_warning
from ..small_files import read_small
from ..terminal import one_line
from .command_options import ServeOptions
from .text_input import decoded

if TYPE_CHECKING:
    from ..server.settings import ToolsChoice, UsageChoice
    from ..server.worker import Worker

_PER_ANSWER = 8  # requests in flight, on average, that an answer may have
_LOG = "%(asctime)s %(message)s"
_BACKEND_TRIES = 1  # clients try again by themselves: no long waits in between


def run_serve(options: ServeOptions) -> None:
    """Serve until told to stop.

    Raises:
        ConfigError: An option makes no sense, or is not safe.
        MissingDependencyError: The packages of the extra ``serve`` are not installed.
    """
    missing = [name for name in ("uvicorn", "starlette", "prometheus_client") if find_spec(name) is None]
    if missing:
        raise MissingDependencyError(missing[0], install_command("serve"))
    keys = _keys(options.api_key_file)
    local = _is_loopback(options.host)
    if not (local or keys or options.insecure):
        raise ConfigError(
            f"{options.host} can be reached from other machines: give --api-key-file, "
            "or --insecure to let anyone in"
        )
    hosts: dict[str, Any] = {} if local and not options.insecure else {"allowed_hosts": None}
    workers = options.workers
    _check_workers(options)
    settings = ServerSettings(
        api_keys=keys,
        cors_origins=options.cors_origins,
        max_answers=-(-options.max_answers // workers),  # each process counts its own
        max_waiting=-(-options.max_waiting // workers),
        max_awake=options.served.max_awake,
        parallel_fields=options.parallel_fields,
        aliases=tuple(_alias(text) for text in options.aliases),
        tools=cast("ToolsChoice", options.tools),  # the settings check them
        pass_on=options.pass_on,
        usage=cast("UsageChoice", options.usage),
        grace_s=options.grace,
        log_questions=options.log_questions,
        cache_salt_by=None if options.cache_salt_by == "off" else options.cache_salt_by,
        debug=options.debug,
        **hosts,
    )
    if workers == 1:
        _log(options)
        with options.traced.watching(shown=_LOG):
            asyncio.run(_serve(options, settings))
    else:
        options.traced.check()
        _cores(options, settings)  # what is wrong with the options shows before a worker starts
        asyncio.run(_serve_by_workers(options, settings))


def run_worker(options: ServeOptions, settings: ServerSettings, worker: Worker) -> None:
    """Serve as one of several processes until told to stop; errors are told to the first process."""
    _log(options)
    try:
        with options.traced.watching(shown=_LOG):
            asyncio.run(_serve(options, settings, worker))
    except SotError as error:
        worker.fail(error)


def _check_workers(options: ServeOptions) -> None:
    """Refuse several processes where each would load the model anew.

    Raises:
        ConfigError: They make no sense.
    """
    for engine in options.served.engines().values():
        if options.workers > 1 and not engine.entry.remote:
            raise ConfigError(
                "--workers is for http engines: each process would load the model of "
                f"{engine.entry.kind}: for itself"
            )
    if options.workers > 1 and options.served.settings():
        raise ConfigError(
            "--sleep-after and --max-awake need --workers 1: a process does not see the others' questions"
        )
    for stage in options.stages.engines().values():
        if options.workers > 1 and stage.backend and not (own := engine_entry(str(stage.backend))).remote:
            raise ConfigError(
                f"--workers is for http engines: each process would load the model of a stage's {own.kind}:"
            )
    if options.workers > options.max_answers:
        raise ConfigError(
            f"--workers {options.workers} is more than --max-answers {options.max_answers}, which they share"
        )


def _log(options: ServeOptions) -> None:
    if not options.quiet:
        logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format=_LOG)
        logging.getLogger("sot.server").setLevel(logging.INFO)


async def _serve_by_workers(options: ServeOptions, settings: ServerSettings) -> None:
    from ..server.run import address_of, listening
    from ..server.workers import run_workers

    with listening(options.host, options.port) as listener:
        _announce(f"listening on {address_of(options.host, listener)} with {options.workers} workers")
        await run_workers(options.workers, partial(run_worker, options, settings), listener, _announce)


async def _serve(options: ServeOptions, settings: ServerSettings, worker: Worker | None = None) -> None:
    from ..server.collection import rare_collection
    from ..server.run import serve

    cores = _cores(options, settings)
    announce = _announce if worker is None else worker.announce
    secret = None if worker is not None or is_switched_off() else new_secret()
    settings = replace(settings, own_secret=secret)
    with rare_collection() as loaded, announcing(secret, needs_key=bool(settings.api_keys)) as tell:
        try:
            await serve(
                cores.get("", cores),
                settings,
                host=options.host,
                port=options.port,
                announce=announce,
                loaded=loaded,
                ready=lambda address, info: tell(address, info.model, info.backend),
                worker=worker,
            )
        finally:
            await asyncio.gather(*map(leave, cores.values()))


def _cores(options: ServeOptions, settings: ServerSettings) -> Mapping[str, SkeletonOfThought]:
    """Return what answers, by the model's name; by an empty name where there is one without a name."""
    return {name: _core(engine, options, settings) for name, engine in options.served.engines().items()}


def _core(engine: EngineOptions, options: ServeOptions, settings: ServerSettings) -> SkeletonOfThought:
    engine = replace(engine, http=engine.http.shared_by(options.workers))
    return answering(
        engine,
        router=options.router,
        profile=options.load.speed_profile,
        extra_body=options.extra_body,
        stages=options.stages,
        engine_settings={"max_retries": _BACKEND_TRIES, **options.served.settings()},
        max_in_flight=settings.max_answers * _PER_ANSWER,
        on_missing=options.on_missing,
        max_seconds=options.max_seconds,
        prices=options.prices.list(),
        **options.prices.settings(),
        **options.load.settings(),
        **options.layout.settings(),
        **options.thoughts.settings(),
        **options.adapters.settings(),
    )


def _announce(line: str) -> None:
    print(f"sot: {line}", file=sys.stderr, flush=True)


def _keys(file: Path | None) -> tuple[str, ...]:
    """The keys, from a file with one a line, or from ``SOT_API_KEY``."""
    if file is None:
        key = os.environ.get("SOT_API_KEY", "").strip()
        return (key,) if key else ()
    try:
        if (warning := key_file_warning(file)) is not None:
            _announce(warning)
        raw = read_small(file)
    except OSError as error:
        raise ConfigError(f"--api-key-file {file}: {error.strerror}") from None
    lines = decoded(raw, f"--api-key-file {file}").splitlines()
    keys = tuple(key for line in lines if (key := line.strip()) and not key.startswith("#"))
    if not keys:
        raise ConfigError(f"--api-key-file {file}: there is no key in it")
    return keys


def _alias(text: str) -> tuple[str, str]:
    """Split an option ``--alias NAME=MODEL``; a model's own name may hold the sign, too.

    Raises:
        ConfigError: It is none.
    """
    name, sign, model = text.partition("=")
    if not (sign and name.strip() and model.strip()):
        raise ConfigError(f"--alias {one_line(text)[:100]}: expected NAME=MODEL, such as gpt-4o=auto")
    return name.strip(), model.strip()


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False
