"""Capabilities of a tokenizer's chat template, found out by rendering short conversations with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from .chat_render import ChatRenderer, renderer_of
from .chat_turns import Turn
from .thinking_switches import has_effort, has_switch
from .thought_blocks import names_thoughts

_ASKED: list[Turn] = [{"role": "user", "content": "Name three fruits."}]
_DISCUSSED: list[Turn] = [
    *_ASKED,
    {"role": "assistant", "content": "Apples, pears and plums."},
    {"role": "user", "content": "Describe each of them."},
]
_STARTED = "1. Apples"
_CONTINUES = "the chat template writes the head of an assistant turn, and the started text follows"
_DOES_NOT_CONTINUE = "the chat template cannot write the head of an assistant turn at the prompt's end"
_ENDS = "the chat template's generation prompt ends"


@dataclass(frozen=True, slots=True)
class ChatAbilities:
    """Capabilities that depend on the chat template; see the fields of `sot.types.BackendInfo`."""

    continues_turn: bool
    thinks: bool | None
    stops_thinking: bool | None
    opens_thinking: bool | None
    evidence: Mapping[str, str] = field(default_factory=dict[str, str])


def chat_abilities(tokenizer: Any) -> ChatAbilities:
    """Return what a tokenizer's chat template can do; found out once, in some milliseconds."""
    if not getattr(tokenizer, "chat_template", None):
        said = "the tokenizer has no chat template; the turns are written plainly"
        return ChatAbilities(
            True, None, None, False, dict.fromkeys(("continues_turn", "opens_thinking"), said)
        )
    renderer = renderer_of(tokenizer)
    found = _FOUND.get(renderer)
    if found is None:
        found = _FOUND[renderer] = _probe(renderer)
    return found


_FOUND: WeakKeyDictionary[ChatRenderer, ChatAbilities] = WeakKeyDictionary()


def _probe(renderer: ChatRenderer) -> ChatAbilities:
    try:
        continues = all(renderer.render(turns, _STARTED).continued for turns in (_ASKED, _DISCUSSED))
        opened = renderer.render(_ASKED).opened
        thinks, stops, why, how = _habit(renderer, opened)
    except Exception as error:  # noqa: BLE001 - templates raise what they like
        said = f"the chat template cannot be rendered: {type(error).__name__}: {error}"
        return ChatAbilities(False, None, None, None, {"continues_turn": " ".join(said.split())})
    evidence = {
        "continues_turn": _CONTINUES if continues else _DOES_NOT_CONTINUE,
        "thinks": why,
        "stops_thinking": how,
        "opens_thinking": f"{_ENDS} in {opened!r}, which is sent as the first text"
        if opened
        else f"{_ENDS} outside a thinking block",
        "takes_think": "the chat template is rendered in this process",
    }
    return ChatAbilities(continues, thinks, stops, bool(opened), evidence)


def _habit(renderer: ChatRenderer, opened: str) -> tuple[bool | None, bool | None, str, str]:
    """Return whether the model thinks by itself, whether it can be kept from it, and the evidence of both."""
    source = renderer.source
    plain, off, on = (renderer.generation_prompt(_ASKED, think) for think in (None, False, True))
    arguments = ", ".join(f"{name}={value!r}" for name, value in renderer.arguments(False).items())
    skipped = renderer.render(_ASKED, think=False).text != off
    switched = has_switch(source) and off != on
    if opened:
        how = f"with {arguments} the prompt ends outside it" if not skipped else "the block is closed at once"
        return True, True, "the chat template opens a thinking block", how
    if switched:
        how = f"{arguments} changes the chat template's prompt"
        if plain == off:
            return False, True, "the chat template asks for thoughts only when it is told to", how
        return True, True, f"without {arguments} the chat template leaves room for thoughts", how
    if skipped and (names_thoughts(source) or has_effort(source)):
        how = "the turn is begun as the chat template begins one without thoughts"
        return True, True, "the chat template leaves it to the model to begin with thoughts", how
    if has_effort(source):
        how = f"the chat template only takes {arguments or 'an effort'}"
        return True, False, "the chat template says how much to think", how
    if names_thoughts(source):
        why = "the chat template knows a thinking block, and neither opens nor closes it"
        return None, None, why, "the chat template has no argument for it"
    said = "the chat template has no thinking block"
    return False, True, said, said


__all__ = ["ChatAbilities", "chat_abilities"]
