"""The yardstick: the shortest pass-through proxy that these libraries allow. It looks at nothing.

python -m tests.serving.bare_proxy --port 8301 --engine http://127.0.0.1:8300
"""

from __future__ import annotations

import argparse

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route


def proxy(engine: str) -> Starlette:
    """The proxy as an application.

    Args:
        engine: The engine's address, without ``/v1``.
    """
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=512)
    client = httpx.AsyncClient(base_url=engine, timeout=None, limits=limits)

    async def forward(request: Request) -> StreamingResponse:
        headers = {"content-type": "application/json", "accept-encoding": "identity"}
        asked = client.build_request("POST", request.url.path, content=await request.body(), headers=headers)
        answer = await client.send(asked, stream=True)
        kind = answer.headers["content-type"]
        close = BackgroundTask(answer.aclose)
        return StreamingResponse(answer.aiter_raw(), answer.status_code, media_type=kind, background=close)

    return Starlette(routes=[Route("/v1/chat/completions", forward, methods=["POST"])])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.serving.bare_proxy", description=__doc__)
    parser.add_argument("--port", type=int, default=8301)
    parser.add_argument("--engine", default="http://127.0.0.1:8300")
    options = parser.parse_args()
    uvicorn.run(proxy(options.engine), port=options.port, log_level="error", lifespan="off", ws="none")
