"""Questions as a strategy is asked them: with their schema, or with words for it."""

from __future__ import annotations

import json
from collections.abc import Iterable

from sot.errors import ConfigError
from sot.options import AnswerSettings

from ..dataset.question import Question

WARM_UP = "What makes a good holiday?"
_FIELDS = "fields"
_IN_WORDS = "Answer with one JSON object that follows this JSON schema, and with nothing else:"


def asked(question: Question, strategy: str) -> tuple[str, AnswerSettings]:
    """Return the text to ask and the settings of the answer.

    The strategy ``fields`` gets a question's schema as a setting. The others are also told of it in words;
    where the engine can, it constrains normal decoding by it.
    """
    settings: AnswerSettings = {"strategy": strategy}
    if (schema := question.schema_asked) is None:
        return question.question, settings
    settings["schema"] = schema
    if strategy == _FIELDS:
        return question.question, settings
    return f"{question.question}\n\n{_IN_WORDS}\n{json.dumps(schema, ensure_ascii=False)}", settings


def refuse_unfit(strategies: Iterable[str], questions: Iterable[Question]) -> None:
    """Refuse the strategy ``fields`` where a question has no schema.

    Raises:
        ConfigError: With the first such question.
    """
    for question in questions if _FIELDS in strategies else ():
        if question.schema_asked is None:
            raise ConfigError(f"{_FIELDS} needs questions with a schema (schemas-20): {question.id} has none")


def warm_up_question(like: Question) -> Question:
    """Return a question to warm up with; it asks for the same schema as another, if any."""
    return like.model_copy(update={"id": "warm-up", "question": WARM_UP})
