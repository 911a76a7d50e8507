"""Decoding by a JSON schema in the torch engine: which tokens may come next, by the library llguidance."""

# The library is an extra, and may not be installed where the type checker runs.
# pyright: reportMissingImports=false, reportUnknownVariableType=false, reportUnknownMemberType=false

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sot.errors import install_command

from ..in_process.schema_text import schema_text

_log = logging.getLogger(__name__)
_COMPACT: Any = {"whitespace_flexible": False, "item_separator": ",", "key_separator": ":"}


class Constraint:
    """Way of one completion through its schema.

    Args:
        matcher: llguidance's matcher, at the completion's beginning.
        vocabulary: Size of the vocabulary.
    """

    def __init__(self, matcher: Any, vocabulary: int) -> None:
        self._matcher = matcher
        self._vocabulary = vocabulary
        self._over = False

    def forbidden(self) -> Tensor | None:
        """Return the tokens that may not come next, ``[vocabulary]`` bool; ``None``: any may."""
        if self._over:
            return None
        allowed = np.frombuffer(self._matcher.compute_bitmask(), dtype=np.uint8)
        bits = np.unpackbits(~allowed, count=self._vocabulary, bitorder="little")
        return torch.from_numpy(bits.view(np.bool_))

    def accept(self, token: int) -> None:
        """Move on by the token that was chosen."""
        if self._matcher.is_stopped():  # the text was complete, and this token has ended it
            self._over = True
        else:
            self._matcher.consume_token(token)


class LeastTokens:
    """Least length of one completion: the tokens that would end it are forbidden until then.

    Args:
        least: Least number of tokens.
        eos: Ids of the tokens that end a completion.
        vocabulary: Size of the vocabulary.
    """

    def __init__(self, least: int, eos: Iterable[int], vocabulary: int) -> None:
        self._left = least
        self._ends = torch.zeros(vocabulary, dtype=torch.bool)
        self._ends[list(eos)] = True

    def forbidden(self) -> Tensor | None:
        """Return the tokens that may not come next, ``[vocabulary]`` bool; ``None``: any may."""
        return self._ends if self._left > 0 else None

    def accept(self, token: int) -> None:
        """Move on by the token that was chosen."""
        self._left -= 1


class Constraints:
    """Maker of the constraints for one model; its copy of the vocabulary is made for the first one.

    Args:
        tokenizer: The model's tokenizer.
        eos: Ids of the tokens that end a completion.
        vocabulary: Size of the vocabulary.
    """

    def __init__(self, tokenizer: Any, eos: Iterable[int], vocabulary: int) -> None:
        self._tokenizer = tokenizer
        self._eos = sorted(eos)
        self._vocabulary = vocabulary
        self._words: Any = None

    def start(self, schema: Mapping[str, Any] | None, least: int = 0) -> Constraint | LeastTokens | None:
        """Return the constraint of a new completion; ``None`` where there is none, or it does not compile.

        Args:
            schema: JSON schema of its text, which says where it ends.
            least: Least number of tokens of one without a schema.

        Raises:
            ConfigError: The schema is not JSON.
        """
        if schema is None:
            return LeastTokens(least, self._eos, self._vocabulary) if least > 0 else None
        if not can_constrain(self._tokenizer)[0]:
            return None
        from llguidance import LLMatcher, LLTokenizer

        text = schema_text(schema)
        try:
            if self._words is None:
                slices = LLTokenizer.json_slices()
                self._words = LLTokenizer(
                    self._tokenizer.backend_tokenizer.to_str(),
                    n_vocab=self._vocabulary,
                    eos_token=self._eos,
                    slices=slices,
                )
            grammar = LLMatcher.grammar_from_json_schema(text, overrides=_COMPACT)
            matcher = LLMatcher(self._words, grammar, log_level=0)
            reason = matcher.get_error() if matcher.is_error() else ""
        except (ValueError, TypeError, RecursionError) as error:
            matcher, reason = None, str(error)
        if matcher is None or reason:
            _log.info("a request is decoded without its schema: %.300r", reason)
            return None
        return Constraint(matcher, self._vocabulary)


def can_constrain(tokenizer: Any) -> tuple[bool, str]:
    """Return whether completions can be made to follow a schema, and the evidence."""
    if getattr(tokenizer, "backend_tokenizer", None) is None:
        return False, "the tokenizer is none of the library tokenizers"
    if importlib.util.find_spec("llguidance") is None:
        return False, f"llguidance is not installed: {install_command('torch')}"
    return True, "llguidance tells which tokens a schema allows; one that does not compile is left out"


def forbid(logits: Tensor, constraints: Sequence[Constraint | LeastTokens | None]) -> Tensor:
    """Return the logits without the tokens that constraints forbid.

    Args:
        logits: ``[sequences, vocabulary]``.
        constraints: One for each sequence; ``None`` where it is free.
    """
    if not any(constraints):
        return logits
    logits = logits.clone()
    for row, constraint in enumerate(constraints):
        forbidden = constraint.forbidden() if constraint is not None else None
        if forbidden is not None:
            logits[row].masked_fill_(forbidden.to(logits.device), float("-inf"))
    return logits
