"""A run's answers in the formats of FastChat's ``llm_judge`` and of AlpacaEval."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from sot.command.option_fields import Argument, Option
from sot.errors import ConfigError
from sot.terminal import one_line

from .run.folder import read_answers, read_manifest
from .run.manifest import EvalManifest
from .run.own_files import has_file, replace_text
from .run.records import AnswerRecord, latest


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """The options of ``sot eval export``."""

    folder: Annotated[Path, Argument("The run's folder.", "DIR")]
    form: Annotated[str, Option("fastchat or alpaca.", "NAME", ("--format", "-f"))]
    to: Annotated[Path | None, Option("Where to; DIR/NAME unless given.", "FOLDER")] = None


def run_export(options: ExportOptions) -> None:
    """Write one file for each strategy, and say which.

    Raises:
        ConfigError: There is no such format, no run, or nothing to export.
    """
    folder, form = options.folder, options.form
    writer = _FORMATS.get(form)
    if writer is None:
        raise ConfigError(f"--format is {form!r}; it must be one of {', '.join(_FORMATS)}")
    manifest = read_manifest(folder)
    records = latest(read_answers(folder)).values()
    done = [record for record in records if record.status == "done"]
    if not done:
        raise ConfigError(f"{folder}: no answers to export")
    place = options.to or folder / form
    files: list[tuple[str, Path, str, int]] = []
    for strategy in manifest.strategies:
        own = [record for record in done if record.strategy == strategy]
        if own:
            model = model_id(manifest, strategy)
            path, content = writer(model, own)
            _refuse_foreign(place / path, model)
            files.append((strategy, place / path, content, len(own)))
    for strategy, path, content, count in files:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_text(path, content)
        except OSError as error:
            raise ConfigError(f"{path} cannot be written: {error.strerror}") from None
        failed = sum(record.strategy == strategy and record.status == "failed" for record in records)
        left_out = f"; {failed} failed ones left out" if failed else ""
        print(f"{one_line(str(path))}: {count} answers{left_out}")


def model_id(manifest: EvalManifest, strategy: str) -> str:
    """What a model that answers by a strategy is called elsewhere; can be a file's name.

    Args:
        manifest: The run's manifest.
        strategy: The strategy.
    """
    model, answered = (
        re.sub(r"[^A-Za-z0-9._-]+", "_", part).strip("._") for part in (manifest.model, strategy)
    )
    return f"{model or 'model'}-{answered or 'strategy'}"


def fastchat(model: str, records: Sequence[AnswerRecord]) -> tuple[str, str]:
    """FastChat's answer file: one line a question; repetitions are its choices.

    Args:
        model: The model's id.
        records: The answers of one strategy.

    Returns:
        The file's path, and its content.
    """
    lines: list[str] = []
    for question_id, own in _by_question(records).items():
        choices = [{"index": index, "turns": [record.text]} for index, record in enumerate(own)]
        entry = {
            "question_id": int(question_id) if _INTEGER.fullmatch(question_id) else question_id,
            "answer_id": uuid.uuid5(uuid.NAMESPACE_OID, f"{model}/{question_id}/{own[0].started_at}").hex,
            "model_id": model,
            "choices": choices,
            "tstamp": datetime.fromisoformat(own[-1].started_at).timestamp(),
        }
        lines.append(json.dumps(entry) + "\n")
    return f"model_answer/{model}.jsonl", "".join(lines)


def alpaca(model: str, records: Sequence[AnswerRecord]) -> tuple[str, str]:
    """AlpacaEval's model outputs: a list with one output a question; of repetitions the first.

    Args:
        model: The generator's name.
        records: The answers of one strategy.

    Returns:
        The file's path, and its content.
    """
    outputs = [
        {
            "dataset": own[0].category,
            "instruction": own[0].question,
            "output": own[0].text,
            "generator": model,
        }
        for own in _by_question(records).values()
    ]
    return f"{model}.json", json.dumps(outputs, indent=1) + "\n"


_INTEGER = re.compile(r"0|[1-9][0-9]{0,17}")  # 007 stays a text: as a number it would be another id
_FORMATS: Mapping[str, Callable[[str, Sequence[AnswerRecord]], tuple[str, str]]] = {
    "fastchat": fastchat,
    "alpaca": alpaca,
}


def _refuse_foreign(path: Path, model: str) -> None:
    """See to it that a file is new, or an earlier export of the same model by the same strategy."""
    try:
        exists = has_file(path)
    except NotADirectoryError as error:
        raise ConfigError(f"{error.filename}: a file stands where a folder is needed") from None
    if exists and not _is_export(path, model):
        raise ConfigError(f"{path} holds something else and is left alone: choose another --to, or remove it")


def _is_export(path: Path, model: str) -> bool:
    try:
        text = path.read_text(encoding="utf-8")
        whole = path.suffix == ".json"
        found: Any = json.loads(text) if whole else [json.loads(line) for line in text.splitlines() if line]
        name = "generator" if whole else "model_id"
        return all(entry[name] == model for entry in found)
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return False


def _by_question(records: Sequence[AnswerRecord]) -> dict[str, list[AnswerRecord]]:
    groups: dict[str, list[AnswerRecord]] = {}
    for record in sorted(records, key=lambda record: record.repeat):
        groups.setdefault(record.question_id, []).append(record)
    return groups
