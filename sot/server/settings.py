"""Server settings."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import ConfigError

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """Server settings; every one has a sensible default.

    Args:
        api_keys: API keys that clients may use; with none, no key is needed.
        allowed_hosts: Accepted values of the ``Host`` header, without port; ``None``: any. Protects a server
            on loopback from DNS rebinding by web pages of other sites.
        cors_origins: Origins whose pages may call the server (CORS); ``*`` for all.
        max_answers: Most answers in progress at the same time, at least 1.
        max_waiting: Most answers in the queue; more are refused with 429.
        max_wait_s: Longest time in the queue, in seconds; then the answer is refused with 429.
        max_body_bytes: Largest request body, in bytes; larger ones are refused with 413.
        short_answer_tokens: Requests with a smaller ``max_tokens`` are decoded normally.
        grace_s: Grace time of running answers at shutdown, in seconds.
        log_questions: Whether questions are written to the log.

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
