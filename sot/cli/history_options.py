"""Options of what is kept of answers, and of ``sot logs``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from ..command.option_fields import Argument, Option


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryOptions:
    """Options of commands whose answers are kept."""

    continues: Annotated[bool, Option("Go on with the last conversation.", flags=("-c", "--continue"))] = (
        False
    )
    history: Annotated[bool, Option("Keep the answer on this machine (sot logs).")] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class LogsOptions:
    """Options of ``sot logs list``."""

    most: Annotated[int, Option("Most conversations.", "N", ("-n", "--limit"), least=1)] = 20
    search: Annotated[str | None, Option("Only those with this text.", "TEXT")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowOptions:
    """Options of ``sot logs show``."""

    conversation: Annotated[int | None, Argument("Its number; the last one unless given.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """Options of ``sot logs export``."""

    conversation: Annotated[int | None, Argument("Its number; all unless given.")] = None
    markdown: Annotated[bool, Option("Markdown in place of JSON Lines.")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteOptions:
    """Options of ``sot logs delete``."""

    conversation: Annotated[int | None, Argument("Its number.")] = None
    everything: Annotated[bool, Option("All of them.", flags=("--all",))] = False
