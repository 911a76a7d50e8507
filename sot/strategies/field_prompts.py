"""Prompts of the fields of a JSON schema: one growing conversation, whose last turn alone is a field's own.

``[system] [history] [user: question, list of fields, request for the short values] [assistant: these values]
[user: write field k]``: an engine's prefix cache serves all but the last turn. Without short values the
request for the field follows the list in the same turn. A field that needs others comes after their requests
and texts.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import cached_property
from typing import Any

from ..prompting.conversation import WrittenPoint, with_question
from ..structure.field_text import label_words
from ..structure.form import GROUP, Form, form_of, is_string, openers
from ..structure.plan import Part, StructurePlan
from ..types import BackendInfo, Message
from .base import Run

_FEW_SENTENCES = 256  # tokens: texts of at most so many are asked for in 3 or 4 sentences


class FieldPrompts:
    """Builder of the prompts of one document.

    Args:
        run: The answer in progress.
        plan: The plan of the document.
        info: Capabilities of the engine that gets them; unless given, the main engine's.

    Attributes:
        encoded: Whether the engine is known to follow the schema, so that texts are JSON strings.
        prefilled: Whether the model's turns are started, because nothing else keeps it to the form.
        in_sentences: Whether texts without a length of their own are asked for in so many sentences.
    """

    def __init__(self, run: Run, plan: StructurePlan, info: BackendInfo | None = None) -> None:
        info = info or run.info
        self._run = run
        self._plan = plan
        self.encoded = info.constrains is True
        self.prefilled = info.constrains is False and info.continues_turn
        self.in_sentences = run.options.max_point_tokens <= _FEW_SENTENCES
        self._values = {part.index: part for part in plan.values}
        self._lists: dict[tuple[tuple[int, ...], str], str] = {}
        self._turns: dict[tuple[int, str], str] = {}

    def values(self, parts: Sequence[Part], problem: str = "") -> tuple[Message, ...]:
        """Build the request of short values.

        Args:
            parts: The values.
            problem: Why what was written before is of no use; empty at first.
        """
        return with_question(self._run.messages, self._list(parts, problem))

    def field(self, part: Part, needed: Sequence[WrittenPoint], problem: str = "") -> tuple[Message, ...]:
        """Build the request of a field.

        Args:
            part: The field.
            needed: The finished parts, as JSON, that it waits for.
            problem: Why what was written before is of no use; empty at first.
        """
        texts = {written.point.index: written.text for written in needed}
        values = {
            each.name: json.loads(texts[index]) for index, each in self._values.items() if index in texts
        }
        known = self._plan.values if values else ()
        turns = [Message("user", self._list(known) if part.path else self._run.messages[-1].content)]
        if values:
            turns.append(Message("assistant", json.dumps(values, ensure_ascii=False, indent=2)))
        for index in part.after:
            if index in texts and index not in self._values:
                other = self._plan.parts[index - 1]
                self._ask(turns, self._turn(other))
                turns.append(Message("assistant", self._as_written(other, texts[index])))
        self._ask(turns, self._turn(part, problem))
        return (*self._run.messages[:-1], *turns)

    def values_prefill(self, parts: Sequence[Part]) -> str | None:
        """Return the start of the model's turn for short values."""
        if not self.prefilled:
            return None
        mark = ' "' if is_string(parts[0]) else ""  # a space alone would be half of a token
        return f"{{{json.dumps(parts[0].name, ensure_ascii=False)}:{mark}"

    def field_prefill(self, part: Part) -> str | None:
        """Return the start of the model's turn for a field."""
        if not self.prefilled:
            return None
        if part.kind == "json":
            marks = openers(part.schema)
            return marks if marks in ("{", "[") else None
        if not (words := label_words(part.own_name)):
            return None
        mark = ' "' if part.kind == "value" and is_string(part) else ""
        return f"{words.capitalize()}:{mark}"

    @staticmethod
    def _ask(turns: list[Message], text: str) -> None:
        """Add a request; to the user's turn where that is the last one."""
        if turns[-1].role == "user":
            text = f"{turns.pop().content}\n\n{text}"
        turns.append(Message("user", text))

    def _list(self, parts: Sequence[Part], problem: str = "") -> str:
        """Render the question with the list of the fields and the request for short values."""
        run, key = self._run, (tuple(part.index for part in parts), problem)
        if key in self._lists:
            return self._lists[key]
        self._lists[key] = run.pack.render(
            "values",
            question=run.messages[-1].content,
            about=self._plan.about,
            fields=self._fields,
            keys=tuple(json.dumps(part.name, ensure_ascii=False) for part in parts),
            problem=problem,
            foreign=run.foreign,
            language=run.language,
        )
        return self._lists[key]

    @cached_property
    def _fields(self) -> tuple[dict[str, Any], ...]:
        """Return the fields, with the objects and lists that have a description before what they hold."""
        told: set[str] = {""}
        fields: list[dict[str, Any]] = []
        for part in self._plan.parts:
            for name, about in self._plan.notes_above(part):
                if name not in told:
                    told.add(name)
                    fields.append(_entry(name, about, GROUP))
            fields.append(_entry(part.name, part.description, form_of(part)))
        return tuple(fields)

    def _turn(self, part: Part, problem: str = "") -> str:
        """Render the request for a field."""
        run, key = self._run, (part.index, problem)
        if key in self._turns:
            return self._turns[key]
        form = asdict(form_of(part))
        if form["kind"] == "json" or not part.path:
            form["schema"] = json.dumps(part.schema, ensure_ascii=False)
        self._turns[key] = run.pack.render(
            "field",
            name=part.name,
            about=part.description.rstrip(".。 "),
            form=form,
            length=self._length() if part.kind == "text" else "",
            encoded=self.encoded,
            prefilled=self.prefilled,
            problem=problem,
            audience=run.plan.audience,
            foreign=run.foreign,
            language=run.language,
        )
        return self._turns[key]

    def _length(self) -> str:
        """Render how long a text should be: as asked for, else a few sentences where it cannot have more."""
        plan = self._run.plan
        if not self.in_sentences and plan.sentences is None and plan.words is None:
            return ""
        return self._run.pack.render(
            "length", sentences=plan.sentences, words=plan.words, depth=plan.length or "usual"
        )

    def _as_written(self, part: Part, text: str) -> str:
        """Return a finished part as the model has been asked for it."""
        value = json.loads(text)
        return value if part.kind == "text" and isinstance(value, str) and not self.encoded else text


def _entry(name: str, about: str, form: Form) -> dict[str, Any]:
    return {"name": name, "about": about, "form": asdict(form)}
