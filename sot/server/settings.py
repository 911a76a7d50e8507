"""What whoever runs the server can choose."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import ConfigError

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """Settings of the server; every one has a sensible default.

    Args:
        api_keys: Keys that clients may present; none: no key is asked for.
        allowed_hosts: Values of the ``Host`` header, without port, that are answered; ``None``: any. Keeps
            web pages of other sites from reaching a server on loopback by a name of theirs.
        cors_origins: Origins whose pages may call the server; ``*`` for all.
        max_answers: Answers in the making at the same time.
        max_waiting: Answers that may wait for a place; more are refused with 429.
        max_wait_s: Seconds an answer waits for a place at most; then it is refused with 429.
        max_body_bytes: Largest request body; larger ones are refused with 413.
        short_answer_tokens: Requests with a smaller ``max_tokens`` are decoded normally.
        grace_s: Seconds that running answers have after the server is told to stop.
        log_questions: Write questions to the log.

    Raises:
        ConfigError: A value is out of range.
    """

    api_keys: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] | None = LOOPBACK
    cors_origins: tuple[str, ...] = ()
    max_answers: int = 64
    max_waiting: int = 256
    max_wait_s: float = 60.0
    max_body_bytes: int = 8 * 1024 * 1024
    short_answer_tokens: int = 128
    grace_s: float = 30.0
    log_questions: bool = False

    def __post_init__(self) -> None:
        for name, least in (("max_answers", 1), ("max_waiting", 0), ("max_body_bytes", 1)):
            if getattr(self, name) < least:
                raise ConfigError(f"{name} is {getattr(self, name)}; it must be at least {least}")
        for name in ("max_wait_s", "grace_s"):
            if not getattr(self, name) >= 0:
                raise ConfigError(f"{name} is {getattr(self, name)}; it must not be negative")
