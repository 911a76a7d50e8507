"""Endpoint ``POST /v1/messages/count_tokens``: tokens of a prompt, by the engine that has the tokenizer."""

from __future__ import annotations

from functools import partial

from ..types import CountsTokens, Sleeps
from .failures import Failure, bad_request
from .messages_models import CountRequest
from .messages_request import read_messages_request
from .metrics import RequestRecord
from .openai_format import encoded
from .pass_on import PassOn
from .reply import Reply
from .request_json import off_the_loop
from .request_terms import ReadingTerms
from .service import Service

_PATH = "messages/count_tokens"


class TokenCounts:
    """Handler of requests for the number of a prompt's tokens.

    Args:
        service: State shared by the endpoints.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._engine = PassOn(service)

    async def __call__(self, raw: bytes, reply: Reply, record: RequestRecord) -> None:
        """Answer one request.

        Args:
            raw: The request's body.
            reply: The response.
            record: The request's record for the metrics.

        Raises:
            Failure: The request is invalid, or its prompt cannot be counted.
            SotError: The engine failed.
        """
        service = self._service
        info, backend = await service.info(), service.sot.backend
        record.strategy = "direct"
        terms = ReadingTerms.of(info, service.settings)
        read = partial(read_messages_request, terms=terms, model=CountRequest)
        parsed = await off_the_loop(raw, read)
        if not isinstance(backend, CountsTokens):
            content = encoded({**parsed.body, "model": info.model})
            await self._engine.pass_on("POST", _PATH, content, reply, record)
            return
        if parsed.direct is not None:
            message = f"{parsed.direct}, which the engine {service.view.backend(info)} does not take"
            raise bad_request(message, param=parsed.direct_param, code="unsupported_parameter")
        asked = [(parsed.messages, None)]
        counted = await backend.count_tokens(asked)
        if counted is None and isinstance(backend, Sleeps):  # its tokenizer came with the model
            await backend.wake()
            counted = await backend.count_tokens(asked)
        if counted is None:
            raise Failure(503, "the engine cannot count tokens now", "not_ready", retry_after_s=1)
        await reply.json({"input_tokens": counted[0]})
