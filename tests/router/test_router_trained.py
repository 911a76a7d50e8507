"""The trained and the hybrid router: as good as promised, and safe with anything."""

from __future__ import annotations

import asyncio
import json
import math
import random
import re
import subprocess
import sys
import unicodedata
import zlib
from array import array
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from statistics import median
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rows import rows

from sot.errors import ConfigError
from sot.router import DEFAULT_ROUTER, HybridRouter, Router, TrainedRouter, context, features, make_router
from sot.router.context import context_features, earlier_question
from sot.router.corpus import load_corpus
from sot.router.features import BUCKETS, question_features
from sot.router.hybrid import CLASSES, WEIGHTS, LinearClassifier, RouterModel, Temperatures, load_model
from sot.router.rules import router as rules
from sot.router.rules.rule import LanguageRules, Rule
from sot.router.training.evaluate import RoutedEntry, decide, false_skeletons, macro_f1
from sot.router.wishes import cleaning, reader
from sot.router.wishes.programs import detect
from sot.strategies import strategy_names
from sot.types import Message, Role, Route

CORPUS = load_corpus()
KINDS = (HybridRouter, TrainedRouter)
Kind = type[HybridRouter] | type[TrainedRouter]


def route(*turns: str, kind: Kind = HybridRouter) -> Route:
    """The route of a conversation; the user's and the assistant's turns by turns."""
    roles: tuple[Role, Role] = ("user", "assistant")
    messages = [Message(roles[i % 2], turn) for i, turn in enumerate(turns)]
    return asyncio.run(kind().route(messages))


# How good it is, on topics that training never saw.


@cache
def heldout(kind: Kind, language: str) -> list[RoutedEntry]:
    part = [entry for entry in CORPUS if entry.split == "heldout" and entry.language == language]
    return asyncio.run(decide(kind(), part[::3]))


def both() -> list[RoutedEntry]:
    """Decisions of the default router in the two languages with the most questions."""
    return [*heldout(HybridRouter, "en"), *heldout(HybridRouter, "ja")]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_default_router_is_as_good_as_promised(language: str) -> None:
    assert HybridRouter.name == DEFAULT_ROUTER
    assert macro_f1(heldout(HybridRouter, language)) >= 0.84


def test_hardly_any_calculation_is_cut_into_points() -> None:
    assert false_skeletons(both(), "cot") <= 0.02


@pytest.mark.parametrize("kind", KINDS)
def test_it_beats_guessing_in_every_language(kind: Kind) -> None:
    floors = {"en": 0.86, "ja": 0.84, "zh": 0.80, "de": 0.75, "fr": 0.75, "es": 0.75}
    for language, least in floors.items():
        assert macro_f1(heldout(kind, language)) >= least


def test_a_high_confidence_means_something() -> None:
    sure = [decision for decision in both() if decision.route.confidence >= 0.9]
    assert len(sure) >= 200
    assert sum(decision.right for decision in sure) / len(sure) >= 0.97


# What it sees.


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_a_router(kind: Kind) -> None:
    router = make_router(kind.name)
    assert isinstance(router, Router)
    assert isinstance(router, kind)
    chosen = asyncio.run(router.route([Message("user", "What is 17 + 25?")]))
    assert (chosen.strategy, chosen.router) == ("cot", kind.name)
    assert 0.5 < chosen.confidence <= 1
    assert chosen.reason
    assert "\n" not in chosen.reason


def test_follow_ups_are_seen_with_what_they_follow() -> None:
    advice = "What are some tips for keeping bees in a city?"
    given = "1. Ask the neighbours.\n2. Choose a calm breed."
    assert route(advice).strategy == "skeleton"
    for turn in ("Thanks!", "make it shorter please", "Translate that into French."):
        assert route(advice, given, turn).strategy == "normal"
    assert route("Hi", "Hello!", advice).strategy == "skeleton"
    sheep = "A farmer has 17 sheep and buys 25 more. How many are there?"
    assert route(sheep, "42.", "What if he then sells 12 of them?").strategy == "cot"


PAINT = ("A wall of 12 square metres takes 3 tins of paint. How many tins for 20 square metres?", "5 tins.")
TIPS = (
    "What are some tips for painting a wall?",
    "1. Wash it first.\n2. Use a primer.\n3. Paint in two coats.",
)
POEM = ("Write a poem about a wall.", "Grey it stands, and silent, and it keeps the wind outside.")


@pytest.mark.parametrize(
    ("turns", "strategy"),
    [
        ((*PAINT, "What if a quarter of it is windows?"), "cot"),  # the numbers stand in the first turn
        ((*PAINT, "Thanks!", "You're welcome.", "and with two coats?"), "cot"),
        ((*PAINT, "Thanks, that helps!"), "normal"),
        ((*PAINT, "Write that on a shopping list for me."), "normal"),
        ((*PAINT, "What should I think of before I paint a damp wall?"), "skeleton"),
        ((*TIPS, "Rewrite that as one paragraph."), "normal"),
        ((*TIPS, "Does the second one matter?"), "normal"),
        ((*TIPS, "What are the advantages of wallpaper over paint?"), "skeleton"),
        ((*POEM, "Now from the wall's point of view."), "normal"),
        ((*POEM, "What makes a good poem?"), "skeleton"),
        (("Pretend you are a grumpy wizard.", "Hmpf. What?", "What are your favourite spells?"), "normal"),
        (
            (
                "壁12平方メートルにペンキ3缶。20平方メートルなら何缶？",
                "5缶です。",
                "家全体はその7倍だとしたら？",
            ),
            "cot",
        ),
        (("壁を塗るコツを教えて。", "1. 洗う 2. 下塗り", "一つの段落に書き直して"), "normal"),
        (("12平米墙要3桶漆，20平米要几桶？", "5桶。", "整栋房子是它的七倍呢？"), "cot"),
        (("刷墙有什么技巧？", "1. 先洗 2. 打底", "改写成一段话"), "normal"),
    ],
)
def test_earlier_turns_are_seen(turns: tuple[str, ...], strategy: str) -> None:
    assert route(*turns).strategy == strategy


@pytest.mark.parametrize(
    ("thanks", "question"),
    [
        ("Thanks!", "What are the advantages of wallpaper over paint?"),
        ("ok great, thank you so much", "Give me some tips for hanging wallpaper."),
        ("ありがとうございます。", "壁紙の長所と短所を教えてください。"),
        ("谢谢你！", "贴墙纸有哪些优点和缺点？"),
    ],
)
def test_a_word_of_thanks_is_no_question(thanks: str, question: str) -> None:
    for earlier in (PAINT, TIPS, POEM):
        assert route(*earlier, thanks).strategy == "normal"
        assert route(*earlier, f"{thanks}\n{question}").strategy == "skeleton"


def test_the_same_words_after_something_else() -> None:
    """What "and for six people?" asks for depends on what was before."""
    turn = "and for six people?"
    assert route("A soup for 4 needs 600 g of leek. How much for 8?", "1200 g.", turn).strategy == "cot"
    assert route("Write a menu for a dinner for two.", "Leek soup, then trout.", turn).strategy == "normal"


@pytest.mark.parametrize("count", [1, 2, 5])
def test_the_turn_before_is_found(count: int) -> None:
    turns = [Message("system", "Be kind.")]
    for number in range(count):
        turns += [Message("user", f"Question {number}?"), Message("assistant", "So.")]
    asked = [*turns, Message("user", "And now?")]
    earlier = earlier_question(asked)
    assert earlier is not None
    assert earlier == turns[:-1]
    assert earlier_question(asked[:2]) is None


def test_a_system_prompt_is_not_the_question() -> None:
    turns = [Message("system", "What are some tips for bees?"), Message("user", "What is 17 + 25?")]
    assert asyncio.run(HybridRouter().route(turns)).strategy == "cot"


def test_the_question_is_the_last_turn() -> None:
    for turns in (
        [],
        [Message("system", "Be kind.")],
        [Message("user", "Hi"), Message("assistant", "Hello")],
    ):
        chosen = asyncio.run(HybridRouter().route(turns))
        assert (chosen.strategy, chosen.router) == ("normal", "hybrid")


# Anything may come.

STRANGE = {
    "empty": "",
    "blank": " \n\t\u3000",
    "long": "What are some tips for bees? " * 3500,
    "long without a break": "a" * 100_000,
    "long in kanji": "養蜂" * 50_000,
    "digits": "1" * 100_000,
    "lines": "\n" * 100_000,
    "control characters": "".join(map(chr, range(32))) + "\x7f\x9b tips?",
    "a lone surrogate": "tips \ud800 for \udfff bees?",
    "mixed languages": "How do 蜂を飼う人 和 مربي النحل und пасечники 벌 differ? 😀",
    "combining marks": "e" + "\u0301" * 10_000,
    "a character that grows in NFKC": "\ufdfa" * 100_000,
}

# One question is one question, however it was pasted, and whatever else is to be seen of it.
PASTED = {
    "as it is": "{}",
    "spaces and lines around": "\n  {}  \r\n\r\n",
    "byte order mark": "\ufeff{}",
    "marks of direction": "\u200e{}\u200f",
    "zero width": "{}\u200b",
    "quoted": '"{}"',
    "curly quotes": "\u201c{}\u201d",
    "low quotes": "\u201e{}\u201c",
    "corner brackets": "\u300c{}\u300d",
    "single quotes": "'{}'",
}
QUESTIONS = {
    "Ways to make a long train journey pleasant": "skeleton",
    "Is 221 a prime number?": "cot",
    "What's the capital of Mongolia?": "normal",
    "Ways to make a long train journey pleasant. As a table.": "normal",
    "Ways to make a long train journey pleasant in one sentence": "normal",
}


@rows("question", QUESTIONS)
@rows("pasted", PASTED)
def test_pasting_makes_no_difference(question: str, pasted: str) -> None:
    text = PASTED[pasted].format(question)
    chosen, plain = route(text), route(question)
    assert (chosen.strategy, chosen.reason) == (QUESTIONS[question], plain.reason)
    assert route(text.replace(" ", "  ")) == route(text.replace(" ", "\u00a0")) == chosen


def test_a_turn_of_invisible_marks_is_no_question() -> None:
    assert route("\ufeff\u200b").reason == route("").reason


def test_quotes_around_an_earlier_turn_mark_a_text() -> None:
    turns = ("The lessee shall indemnify the lessor.", "A usual clause.", "plain english?")
    assert route(f'"{turns[0]}"', *turns[1:]).strategy == "normal"


class Counted:
    """A test double: a pattern, or a module's functions, that count the characters they are given to read."""

    def __init__(self, real: Any, work: Work) -> None:
        self._real = real
        self._work = work

    def __getattr__(self, name: str) -> Callable[..., Any]:
        function = getattr(self._real, name)

        def counted(*arguments: Any) -> Any:
            self._work.characters += sum(len(each) for each in arguments if isinstance(each, str))
            return function(*arguments)

        return counted


@dataclass
class Work:
    """What a route costs on any machine: function calls, and characters that patterns and the like read."""

    calls: int = 0
    characters: int = 0

    def count(self, frame: FrameType, event: str, argument: object) -> None:
        self.calls += event in ("call", "c_call")


# What routers remember of texts that they have read
REMEMBERED = (rules._read, reader._read_clipped, cleaning._cleaned, detect._signs)
Working = Callable[..., tuple[Route, Work]]


@pytest.fixture
def working(monkeypatch: pytest.MonkeyPatch) -> Working:
    """Routes a conversation, and says what work it was."""
    work = Work()
    for module in (features, context):
        for name, value in list(vars(module).items()):
            if isinstance(value, re.Pattern) or value in (re, unicodedata):
                monkeypatch.setattr(module, name, Counted(value, work))
    monkeypatch.setattr(rules, "unicodedata", Counted(unicodedata, work))
    first_match = rules._first_match

    def matched(text: str, language: LanguageRules) -> Rule | None:
        work.characters += len(text) * len(language.rules)
        return first_match(text, language)

    monkeypatch.setattr(rules, "_first_match", matched)

    def run(*turns: str, kind: Kind = HybridRouter) -> tuple[Route, Work]:
        route(*turns, kind=kind)  # languages and patterns are loaded when a text first needs them
        for known in REMEMBERED:
            known.cache_clear()
        work.calls = work.characters = 0
        before = sys.getprofile()
        sys.setprofile(work.count)
        try:
            chosen = route(*turns, kind=kind)
        finally:
            sys.setprofile(before)
        return chosen, replace(work)

    return run


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", STRANGE)
def test_nothing_is_too_strange(name: str, kind: Kind, working: Working) -> None:
    chosen, work = working(STRANGE[name], kind=kind)
    assert chosen.strategy in strategy_names()
    assert 0 <= chosen.confidence <= 1
    assert work.calls < 25_000, "only the beginning and the end of a long text are read"
    assert work.characters < 20_000


@pytest.mark.parametrize("name", STRANGE)
def test_fifty_turns_of_anything(name: str, working: Working) -> None:
    turns = [f"{STRANGE[name]} {number}" for number in range(51)]
    (_, half), (chosen, work) = working(*turns[:25]), working(*turns)
    assert chosen.strategy in strategy_names()
    assert work.calls < half.calls * 1.5, "of a long conversation only the last turns are read"
    assert work.characters < half.characters * 1.5
    assert work.calls < 125_000, "and of those only parts"
    assert work.characters < 150_000


def test_the_median_question_is_little_work(working: Working) -> None:
    part = [entry for entry in CORPUS if entry.split == "heldout" and entry.language == "en"]
    work = [working(*(turn.content for turn in entry.messages))[1] for entry in part[::20]]
    assert median(each.calls for each in work) < 8_000
    assert median(each.characters for each in work) < 5_000


def test_fifty_turns(working: Working) -> None:
    turns = ["How many eggs are in 12 boxes of 6?", "72."] * 25
    question = "And what are the benefits of eggs for older people?"
    (_, half), (chosen, work) = working(*turns[:24], question), working(*turns, question)
    assert chosen.strategy == "skeleton"
    assert work.calls < half.calls * 1.5, "of a long conversation only the last turns are read"
    assert work.characters < half.characters * 1.5
    long = ["tell me more " * 5000] * 50
    assert route(*long, "What is 17 + 25?").strategy == "cot"


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.sampled_from(["system", "user", "assistant"]), st.text()), max_size=5))
def test_any_conversation_has_a_route(turns: list[tuple[Role, str]]) -> None:
    chosen = asyncio.run(HybridRouter().route([Message(*turn) for turn in turns]))
    assert chosen.strategy in strategy_names()
    assert 0 <= chosen.confidence <= 1


@settings(deadline=None, max_examples=50)
@given(st.text())
def test_features_are_buckets(text: str) -> None:
    messages = [Message("user", text), Message("assistant", text), Message("user", text)]
    even = dict.fromkeys(CLASSES, 1 / 3)
    for found in (question_features(messages), context_features(messages, even, even)):
        assert found == sorted(set(found))
        assert all(0 <= bucket < BUCKETS for bucket in found)


# The weights.


def test_the_weights_are_small() -> None:
    assert {path.name for path in WEIGHTS.iterdir()} == {"hybrid.bin", "trained.bin"}
    assert sum(path.stat().st_size for path in WEIGHTS.iterdir()) <= 2_000_000


def weights_with(**values: object) -> bytes:
    """A file of weights whose head has these values, and sensible ones besides."""
    head = {
        "scales": [1, 1],
        "temperatures": {"opinion": 1, "alone": 1, "follow_up": 1},
        "threshold": 0.5,
        "uses_rules": True,
        **values,
    }
    return b"SOTROUTER3\n" + json.dumps(head).encode() + b"\n" + zlib.compress(bytes(6 * BUCKETS))


def test_sensible_weights_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "hybrid.bin"
    path.write_bytes(weights_with())
    assert load_model(path).probabilities([Message("user", "Hi")]) == dict.fromkeys(
        CLASSES, pytest.approx(1 / 3)
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"SOTROUTER3\n{}\n",
        b"SOTROUTER2\n{}\n" + zlib.compress(bytes(6 * BUCKETS)),
        b"SOTROUTER3\n{}\n" + zlib.compress(bytes(6 * BUCKETS)),
        b"SOTROUTER3\n[]\n" + zlib.compress(bytes(6 * BUCKETS)),
        b"SOTROUTER3\nnonsense\n" + zlib.compress(bytes(6 * BUCKETS)),
        b"SOTROUTER3\n\xff\n" + zlib.compress(bytes(6 * BUCKETS)),
        weights_with(scales=[1, None]),
        weights_with(scales=[1]),
        weights_with(scales=[1, float("nan")]),
        weights_with(temperatures={"opinion": 1, "alone": 0, "follow_up": 1}),
        weights_with(temperatures={"opinion": 1, "alone": 1}),
        weights_with(temperatures=[1, 1, 1]),
        weights_with(threshold="high"),
        (WEIGHTS / "hybrid.bin").read_bytes()[:-1],
    ],
)
def test_broken_weights(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "hybrid.bin"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"hybrid\.bin cannot be used"):
        asyncio.run(HybridRouter(path).route([Message("user", "Hi")]))


def test_missing_weights(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nothing\.bin cannot be used"):
        asyncio.run(TrainedRouter(tmp_path / "nothing.bin").route([Message("user", "Hi")]))


def test_weights_survive_a_file(tmp_path: Path) -> None:
    model = load_model(WEIGHTS / "hybrid.bin")
    model.save(tmp_path / "copy.bin")
    assert (tmp_path / "copy.bin").read_bytes() == (WEIGHTS / "hybrid.bin").read_bytes()
    assert load_model(tmp_path / "copy.bin") == model


def test_it_works_without_torch() -> None:
    code = (
        "import sys; sys.modules['torch'] = None; sys.modules['numpy'] = None\n"
        "import asyncio; from sot.router import make_router; from sot.types import Message\n"
        "print(asyncio.run(make_router().route([Message('user', 'What is 17 + 25?')])).strategy)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=180, check=True
    )
    assert done.stdout == "cot\n"


def test_training_without_torch_says_what_to_install(tmp_path: Path) -> None:
    code = (
        "import sys, importlib.util as util\n"
        "find = util.find_spec\n"
        "util.find_spec = lambda name, *rest: None if name == 'torch' else find(name, *rest)\n"
        "from sot.router.training.train import main\n"
        f"sys.exit(main(['--out', {str(tmp_path)!r}]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=180, check=False
    )
    assert 'pip install -e ".[torch]"' in done.stderr
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


@pytest.mark.parametrize("seed", range(5))
def test_the_arithmetic_is_that_of_torch(seed: int) -> None:
    torch = pytest.importorskip("torch")
    chance = random.Random(seed)
    numbers = array("b", chance.randbytes(3 * BUCKETS))
    model = LinearClassifier(numbers, scale=chance.uniform(0.001, 0.05))
    table = torch.tensor(list(numbers), dtype=torch.float64).view(-1, 3) * model.scale
    for count in (0, 1, 7, 300):
        buckets = sorted(chance.sample(range(BUCKETS), count))
        scores = table[buckets].sum(0) / math.sqrt(max(1, count)) / 0.7
        wanted = torch.softmax(scores, 0).tolist()
        found = model.probabilities(buckets, 0.7)
        assert list(found) == list(CLASSES)
        assert list(found.values()) == pytest.approx(wanted, abs=1e-9)


def test_skeleton_needs_to_be_sure() -> None:
    empty = LinearClassifier(array("b"), 1.0)
    model = RouterModel(empty, empty, Temperatures(1.0, 1.0, 1.0), threshold=0.6, uses_rules=False)
    assert model.choose({"skeleton": 0.6, "normal": 0.3, "cot": 0.1}) == "skeleton"
    assert model.choose({"skeleton": 0.59, "normal": 0.21, "cot": 0.2}) == "normal"
    assert model.choose({"skeleton": 0.59, "normal": 0.2, "cot": 0.21}) == "cot"
    assert model.choose({"skeleton": 0.58, "normal": 0.21, "cot": 0.21}) == "normal"
