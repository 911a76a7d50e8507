"""Environment variables of a user who has chosen nothing, whatever the caller of the tests has set."""

from __future__ import annotations

import os

_PREFIXES = ("SOT_", "OPENAI_", "OTEL_", "MAKE")
_NAMES = {
    *("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "LINES", "PAGER", "TZ"),
    *("PYTHONIOENCODING", "PYTHONWARNINGS", "PYTHONDEVMODE", "PYTHONASYNCIODEBUG", "PYTHONOPTIMIZE"),
    *("MFLAGS", "REQUEST_METHOD", "SSLKEYLOGFILE", "TRACEPARENT"),
}
_PROXIES = {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"}
_NETWORK = {*_PROXIES, "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}
_OF_THE_TESTS = {"SOT_CACHE", "SOT_OFFLINE"}
WORDS_S = 20.0  # for all questions to an engine's own endpoints; two for users
_HERE = "127.0.0.1,localhost,::1"


def is_choice(name: str) -> bool:
    """Return whether a program that a test starts must not see a variable."""
    chosen = name.startswith(_PREFIXES) or name.upper() in _NAMES | _NETWORK
    return chosen and name != "SOT_CACHE"


def forget_choices() -> None:
    """Drop the caller's choices from this process, but for the way to the network, which downloads take."""
    for name in filter(is_choice, list(os.environ)):
        if name.upper() not in _NETWORK and name not in _OF_THE_TESTS:
            del os.environ[name]
    if any(name.upper() in _PROXIES for name in os.environ):
        given = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
        os.environ["NO_PROXY"] = os.environ["no_proxy"] = f"{given},{_HERE}".strip(",")
