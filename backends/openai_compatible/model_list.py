"""Model list of a server, asked for once, and the model that requests name."""

from __future__ import annotations

import logging

from sot.errors import BackendConnectionError, BackendError, MalformedResponseError

from .discovery.nesting import inner_model
from .transport.http_session import HttpSession
from .transport.retries import Retries
from .transport.server import OpenAIServer
from .wire.error_mapping import StatusNotOk, is_loading
from .wire.payloads import ServedModel, choose_model, parse_models, parse_object

_log = logging.getLogger(__name__)

_NONE = (403, 404, 405, 501)
"""Statuses of servers without a list, or that show it to other keys only."""
_NAMED_SECONDS = 10.0  # to wait for the list, where the model is named
_ASK_AGAIN_SECONDS = 60.0  # after a failure, where the model is named


class ModelList:
    """Model list of one server.

    Args:
        name: The model that the caller has chosen; ``None`` takes the only one.
        patience: Most seconds to wait for the list.

    Attributes:
        entries: The list; ``None`` while it is not known.
    """

    def __init__(self, server: OpenAIServer, name: str | None, patience: float) -> None:
        self.entries: list[ServedModel] | None = None
        self._server = server
        self._name = name
        self._patience = patience
        self._ask_again = float("-inf")

    async def served(self, session: HttpSession) -> ServedModel:
        """Return the model to name in requests, as the server lists it.

        Raises:
            ConfigError: No model is chosen, and the server does not offer exactly one.
            BackendError: There is no list, and no model is chosen.
        """
        if self._is_due(session):
            async with session.listing:
                if self._is_due(session):
                    self.entries = await self._fetch(session)
        return self.chosen()

    def chosen(self) -> ServedModel:
        """Return the model to name in requests, by what is known of the list.

        Raises:
            ConfigError: No model is chosen, and there is not exactly one.
        """
        entries, shown = self.entries or [], self._server.shown
        inner = inner_model(entries, self._name, shown)
        return inner or choose_model(entries, self._name, shown, self._server.clean)

    def _is_due(self, session: HttpSession) -> bool:
        return self.entries is None and session.loop.time() >= self._ask_again

    async def _fetch(self, session: HttpSession) -> list[ServedModel] | None:
        """Fetch the list; ``None`` where that fails though the caller has chosen a model.

        A completion will then tell whether the server works; one that cannot be reached at all is an error.
        """
        named = self._name is not None
        limit = min(_NAMED_SECONDS, self._patience) if named else self._patience
        retries = Retries(self._server, session, self._patience)
        while True:
            try:
                await session.pass_rate_limit()
                deadline = session.loop.time() + limit
                body = await self._server.get(session, self._server.url("/models"), deadline)
                return parse_models(parse_object(body, self._server.clean))
            except StatusNotOk as answer:
                if named and answer.status in _NONE:
                    return []
                if not named or is_loading(answer.status, answer.text):
                    await retries.after_refusal(answer)
                    continue
                failure = self._server.error(answer)[0]
            except MalformedResponseError:
                if named:
                    return []
                raise
            except BackendError as error:
                unreached = isinstance(error, BackendConnectionError) and not error.reached
                if not named or unreached or session.closed:
                    await retries.after_error(error)
                    continue
                failure = error
            _log.info("no model list: %s", failure)
            self._ask_again = session.loop.time() + _ASK_AGAIN_SECONDS
            return None
