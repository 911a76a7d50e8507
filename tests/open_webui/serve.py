"""Starts Open WebUI on a socket that the test listens on already: who connects waits until it is ready.

Runs in the environment of Open WebUI, as `open-webui serve` does: ``python serve.py DESCRIPTOR``.
"""

from __future__ import annotations

import os
import socket
import sys

os.environ["FROM_INIT_PY"] = "true"  # it runs from its package

import uvicorn

listening = socket.socket(fileno=int(sys.argv[1]))
uvicorn.Server(uvicorn.Config("open_webui.main:app", ws_per_message_deflate=False)).run(sockets=[listening])
