"""Real Open WebUI as a process: its one user, the administrator, need not sign in; it fetches nothing."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from cli_server import ROOT
from fault_server import PATIENCE
from server_process import ServeProcess

FOLDER = ROOT / "tests" / "open_webui"
KEY = "sesame-4711"  # of the server that it is connected with
PYTHON = ROOT / ".venv-open-webui" / "bin" / "python"
START_S = 10 * PATIENCE  # it imports much, and a new data folder goes through all its migrations
_SETTINGS = {
    "USE_SLIM_DOCKER": "true",  # its mode without models of its own
    "OFFLINE_MODE": "true",
    "WEBUI_AUTH": "False",
    "WEBUI_SECRET_KEY": "a secret that only the tests have",
    "ENABLE_OLLAMA_API": "False",
    "BYPASS_EMBEDDING_AND_RETRIEVAL": "True",
    "RAG_EMBEDDING_ENGINE": "openai",
    "ANONYMIZED_TELEMETRY": "False",
    "DO_NOT_TRACK": "true",
    "SCARF_NO_ANALYTICS": "true",
}

Serve = Callable[..., ServeProcess]


class OpenWebUI:
    """Open WebUI on a free port. Use it as a context manager.

    Args:
        folder: An empty folder for its data and its log.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._log = folder / "log"

    def __enter__(self) -> Self:
        environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
        environment |= {**_SETTINGS, "DATA_DIR": str(self._folder)}
        with socket.socket() as listening, self._log.open("wb") as log:
            listening.bind(("127.0.0.1", 0))
            listening.listen(128)
            self.address = f"http://127.0.0.1:{listening.getsockname()[1]}"
            number = listening.fileno()
            command = [PYTHON, FOLDER / "serve.py", str(number)]
            self._process = subprocess.Popen(
                command,
                cwd=self._folder,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=[number],
            )
        try:
            signed_in = httpx.post(
                f"{self.address}/api/v1/auths/signin", json={"email": "", "password": ""}, timeout=START_S
            )
            headers = {"authorization": f"Bearer {signed_in.raise_for_status().json()['token']}"}
            self._client = httpx.Client(base_url=self.address, headers=headers, timeout=5 * PATIENCE)
            seen = {"ui": {"version": self.get("/api/version")["version"]}}  # or its news lie over the page
            self.post("/api/v1/users/user/settings/update", seen)
        except BaseException as error:
            self._process.kill()
            self._process.wait()
            error.add_note(self.log[-2000:])
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()
        self._process.terminate()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:  # it waits for a browser's open connection
            self._process.kill()
            self._process.wait()

    @property
    def log(self) -> str:
        """Text that it has written to its log."""
        return self._log.read_text(errors="replace")

    def get(self, path: str) -> Any:
        """Ask for something."""
        return self._client.get(path).raise_for_status().json()

    def post(self, path: str, fields: Any = None) -> Any:
        """Send something as the administrator."""
        return self._client.post(path, json=fields).raise_for_status().json()

    def connect(self, url: str, key: str) -> None:
        """Make this the one connection to a server (Admin Settings, Connections)."""
        fields = {"OPENAI_API_BASE_URLS": [url], "OPENAI_API_KEYS": [key], "OPENAI_API_CONFIGS": {}}
        self.post("/openai/config/update", {"ENABLE_OPENAI_API": True, **fields})
        self.models()

    def models(self) -> list[str]:
        """The models that it offers, asked for anew."""
        return [model["id"] for model in self.get("/api/models?refresh=true")["data"]]

    def task_model(self, name: str) -> None:
        """Set the model for titles, tags and suggestions (Admin Settings, Interface)."""
        tasks = self.get("/api/v1/tasks/config")
        self.post("/api/v1/tasks/config/update", {**tasks, "TASK_MODEL": name, "TASK_MODEL_EXTERNAL": name})

    @contextmanager
    def without_tasks(self) -> Iterator[None]:
        """Ask for no titles, tags and suggestions meanwhile."""
        tasks = self.get("/api/v1/tasks/config")
        none = {name: False for name in tasks if name.startswith("ENABLE_")}
        self.post("/api/v1/tasks/config/update", {**tasks, **none})
        try:
            yield
        finally:
            self.post("/api/v1/tasks/config/update", tasks)

    def chat(self, model: str, question: str, **fields: Any) -> httpx.Response:
        """Ask by its own API, as a program does: nothing is kept, and none of its tools come along."""
        turns = [{"role": "user", "content": question}]
        request = {"model": model, "messages": turns, **fields}
        return self._client.post("/api/chat/completions", json=request)


def streamed(response: httpx.Response) -> str:
    """The text of a streamed answer."""
    lines = [line.removeprefix("data: ") for line in response.text.splitlines() if line.startswith("data: {")]
    chunks: list[dict[str, Any]] = [json.loads(line) for line in lines]
    return "".join(
        chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks if chunk.get("choices")
    )
