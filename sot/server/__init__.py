"""The OpenAI-compatible server and its web page: ``sot serve``."""

from .app import create_app
from .settings import ServerSettings

__all__ = ["ServerSettings", "create_app"]
