"""A test double for an engine: `engine_server.EngineServer` that also answers given items, one a request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cli_server import Script
from engine_server import EngineServer

from sot.types import Message

ITEMS = {"Good morning": "Bonjour", "Thank you very much": "Merci beaucoup", "See you soon": "À bientôt"}
LIST = "Translate each of these into French:\n" + "\n".join(
    f"{number}. {item}" for number, item in enumerate(ITEMS, 1)
)
ANSWER = "\n".join(f"{number}. {answer}" for number, answer in enumerate(ITEMS.values(), 1))


class ItemEngine(EngineServer):
    """A test double: one model that answers the items of `LIST` from a script."""

    def reset(self) -> None:
        """Answer as the constants of this module say."""
        super().reset()
        self.answers: Mapping[str, Script] = ITEMS

    def script_of(self, messages: Sequence[Message]) -> Script:
        """The script of a request, by the one item that its last turn holds."""
        asked = [item for item in ITEMS if item in messages[-1].content]
        return self.answers[asked[0]] if len(asked) == 1 else super().script_of(messages)
