"""A run's answers in the formats of FastChat's ``llm_judge``, AlpacaEval and Inspect."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from sot.command.option_fields import Argument, Option
from sot.errors import ConfigError
from sot.terminal import one_line

from ..run.folder import read_answers, read_manifest, whole_answer
from ..run.manifest import EvalManifest
from ..run.own_files import has_file, replace_text
from ..run.records import AnswerRecord, by_question, latest
from ..score.exact import exact_score


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """The options of ``sot eval export``."""

    folder: Annotated[Path, Argument("The run's folder.", "DIR")]
    form: Annotated[str, Option("fastchat, alpaca or inspect.", "NAME", ("--format", "-f"))]
    to: Annotated[Path | None, Option("Where to; DIR/NAME unless given.", "FOLDER")] = None


def run_export(options: ExportOptions) -> None:
    """Write one file for each strategy, and say which.

    Raises:
        ConfigError: There is no such format, no run, or nothing to export.
    """
    folder, form = options.folder, options.form
    if form not in _FORMATS:
        raise ConfigError(f"--format is {form!r}; it must be one of {', '.join(_FORMATS)}")
    name, write = _FORMATS[form]
    manifest = read_manifest(folder)
    records = list(latest(read_answers(folder)).values())
    if all(record.status != "done" for record in records):
        raise ConfigError(f"{folder}: no answers to export")
    files: list[tuple[Path, str, str]] = []
    for strategy in manifest.strategies:
        own = [record for record in records if record.strategy == strategy]
        done = [record for record in own if record.status == "done"]
        if done:
            kept, told = (own, "of them failed") if form == "inspect" else (done, "failed ones left out")
            for record in done if form == "inspect" else ():  # the others need no more than the text
                whole_answer(folder, record)
            model = model_id(manifest, strategy)
            path = (options.to or folder / form) / name.format(model)
            _refuse_foreign(path, model)
            failed = f"; {len(own) - len(done)} {told}" if len(own) > len(done) else ""
            files.append((path, write(model, kept, manifest), f"{len(kept)} answers{failed}"))
    for path, content, said in files:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_text(path, content)
        except OSError as error:
            raise ConfigError(f"{path} cannot be written: {error.strerror}") from None
        print(f"{one_line(str(path))}: {said}")


def model_id(manifest: EvalManifest, strategy: str) -> str:
    """Return what a model that answers by a strategy is called elsewhere; can be a file's name."""
    parts = (re.sub(r"[^A-Za-z0-9._-]+", "_", part).strip("._") for part in (manifest.model, strategy))
    return "-".join(part or other for part, other in zip(parts, ("model", "strategy"), strict=True))


def _fastchat(model: str, records: Sequence[AnswerRecord], manifest: EvalManifest) -> str:
    """FastChat's answer file: one line a question; repetitions are its choices."""
    entries = [
        {
            "question_id": int(question_id) if _INTEGER.fullmatch(question_id) else question_id,
            "answer_id": _unique(model, question_id, own[0].started_at),
            "model_id": model,
            "choices": [{"index": index, "turns": [record.text]} for index, record in enumerate(own)],
            "tstamp": datetime.fromisoformat(own[-1].started_at).timestamp(),
        }
        for question_id, own in by_question(records).items()
    ]
    return "".join(json.dumps(entry) + "\n" for entry in entries)


def _alpaca(model: str, records: Sequence[AnswerRecord], manifest: EvalManifest) -> str:
    """AlpacaEval's model outputs: a list with one output a question; of repetitions the first."""
    firsts = [own[0] for own in by_question(records).values()]
    outputs = [
        {"dataset": one.category, "instruction": one.question, "output": one.text, "generator": model}
        for one in firsts
    ]
    return json.dumps(outputs, indent=1) + "\n"


def _inspect(model: str, records: Sequence[AnswerRecord], manifest: EvalManifest) -> str:
    """Inspect's log in JSON: a sample an answer, with its times, its exact score and why it failed."""
    log = {
        "version": 2,
        "status": "success",
        "eval": {
            "run_id": _unique(model, manifest.created_at),
            "task_id": _unique(model, manifest.questions.sha256),
            "created": manifest.created_at,
            "task": manifest.questions.name,
            "model": model,
            "dataset": {"name": manifest.questions.name, "samples": len(by_question(records))},
            "config": {"epochs": manifest.repeat},
            "packages": {"sot": manifest.sot_version},
            "metadata": {"backend": manifest.backend, **manifest.settings},
        },
        "samples": [_sample(model, record) for record in records],
    }
    return json.dumps(log, indent=1) + "\n"


def _sample(model: str, record: AnswerRecord) -> dict[str, Any]:
    asked = {"role": "user", "content": record.question}
    said = {"role": "assistant", "content": record.text, "source": "generate", "model": model}
    sample: dict[str, Any] = {
        "id": record.question_id,
        "epoch": record.repeat,
        "input": record.question,
        "target": record.reference or "",
        "messages": [asked],
        "metadata": {"category": record.category},
    }
    if record.answer is None:
        return sample | {"error": {"message": record.error or "", "traceback": "", "traceback_ansi": ""}}
    usage, score = record.usage, exact_score(record)
    grade = "C" if score is not None and score.correct else "I"
    return sample | {
        "messages": [asked, said],
        "output": {
            "model": model,
            "choices": [{"message": said, "stop_reason": "stop"}],
            "usage": {
                "input_tokens": usage.prompt_tokens,
                "input_tokens_cache_read": usage.cached_tokens,
                "output_tokens": usage.completion_tokens,
                "total_tokens": usage.prompt_tokens + usage.completion_tokens,
            },
            "time": record.total_s,
        },
        "total_time": record.total_s,
        "metadata": {
            "category": record.category,
            "first_text_s": record.first_text_s,
            "points": list(record.titles),
            "route": record.answer["route"],
            "fell_back": record.fell_back,
        },
        **({} if score is None else {"scores": {"exact": {"value": grade, "answer": score.found}}}),
    }


def _unique(*parts: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_OID, "/".join(parts)).hex


_INTEGER = re.compile(r"0|[1-9][0-9]{0,17}")  # 007 stays a text: as a number it would be another id
_FORMATS: Mapping[str, tuple[str, Callable[[str, Sequence[AnswerRecord], EvalManifest], str]]] = {
    "fastchat": ("model_answer/{}.jsonl", _fastchat),
    "alpaca": ("{}.json", _alpaca),
    "inspect": ("{}.json", _inspect),
}


def _refuse_foreign(path: Path, model: str) -> None:
    """See to it that a file is new, or an earlier export of the same model by the same strategy."""
    try:
        if not has_file(path):
            return
    except NotADirectoryError as error:
        raise ConfigError(f"{error.filename}: a file stands where a folder is needed") from None
    with suppress(OSError, ValueError, LookupError, TypeError, RecursionError):
        text = path.read_text(encoding="utf-8")
        lines = path.suffix == ".jsonl"
        found: Any = [json.loads(line) for line in text.splitlines() if line] if lines else json.loads(text)
        name = "model_id" if lines else "generator"
        models = [entry[name] for entry in found] if isinstance(found, list) else [found["eval"]["model"]]
        if all(own == model for own in models):
            return
    raise ConfigError(f"{path} holds something else and is left alone: choose another --to, or remove it")
