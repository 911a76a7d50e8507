"""Forced lengths: what is asked of the engine, and the script that stands in for its text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from latency_records import asked
from scripted import Request, Script, ScriptedBackend

from sot import SkeletonOfThought
from sot.errors import ConfigError, EmptyAnswerError
from sot.evals.measure.forced_lengths import ScriptedText
from sot.evals.measure.forced_texts import skeleton_pieces, words
from sot.evals.measure.lengths import Lengths, parse_lengths
from sot.evals.measure.measure import Probes, measure
from sot.evals.score.exact import exact_score, score_text
from sot.skeleton import parse_skeleton
from sot.types import Chunk, Usage

LENGTHS = Lengths(normal=20, skeleton=9, points=(6, 4, 5))
FIELDS = Lengths(normal=40, values=15, fields=(6, 4, 5))
QUESTION = "How can I sleep better?"


class TestParse:
    @pytest.mark.parametrize(
        ("text", "lengths"),
        [
            ("normal=320,skeleton=40,points=8x40", Lengths(320, 40, (40,) * 8)),
            (" points = 3x10 + 50 , normal=9", Lengths(9, 40, (10, 10, 10, 50))),
            ("", Lengths()),
            ("normal=99,values=7,fields=3x9+20", Lengths(99, values=7, fields=(9, 9, 9, 20))),
            ("items=12x40", Lengths(items=(40,) * 12)),
            ("points=4x9,needs=2:1", Lengths(points=(9,) * 4, needs=((2, 1),))),
            ("needs= 3:1 + 3:2+4:3+3:1", Lengths(needs=((3, 1), (3, 2), (4, 3)))),
        ],
    )
    def test_forms(self, text: str, lengths: Lengths) -> None:
        assert parse_lengths(text) == lengths

    def test_what_it_writes_it_reads(self) -> None:
        uneven = Lengths(points=(5, 6, 7), needs=((2, 1), (3, 1)))
        for lengths in (Lengths(), LENGTHS, uneven, FIELDS, Lengths(items=(5, 6))):
            assert parse_lengths(str(lengths)) == lengths

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("normal", "'normal' is not understood"),
            ("length=3", "'length=3' is not understood"),
            ("normal=1,normal=2", "'normal=2' is not understood"),
            ("normal=0", "normal is '0'"),
            ("normal=x", "normal is 'x'"),
            ("points=8*", "points is '8*'"),
            ("points=3x0", "points is '3x0'"),
            ("points=1x40", "2 to 24 points, not 1"),
            ("points=25x4", "2 to 24 points, not 25"),
            ("skeleton=3,points=4x10", "a token or more for each point"),
            ("items=1x40", "2 to 24 items, not 1"),
            ("fields=8x40,items=8x40", "fields have no items"),
            ("skeleton=40,fields=8x40", "fields have no skeleton"),
            ("values=20", "points have no values"),
            ("needs=2", "needs is '2'"),
            ("needs=2:1+x", "needs is '2:1+x'"),
            ("needs=2:2", "earlier points only"),
            ("needs=2:3", "earlier points only"),
            ("needs=2:0", "earlier points only"),
            ("points=3x40,needs=4:1", "earlier points only"),
        ],
    )
    def test_bad_use(self, text: str, says: str) -> None:
        with pytest.raises(ConfigError, match="--lengths") as caught:
            parse_lengths(text)
        assert says in str(caught.value)


class TestScript:
    @pytest.mark.parametrize("points", [2, 3, 8, 24])
    @pytest.mark.parametrize("prefill", [None, "1."])
    def test_the_skeleton_has_a_piece_for_each_token(self, points: int, prefill: str | None) -> None:
        for tokens in (points, 3 * points + 1, 90):
            pieces = skeleton_pieces(tokens, points, prefill)
            assert len(pieces) == tokens
            found = parse_skeleton((prefill or "") + "".join(pieces), max_points=25).points
            assert [point.index for point in found] == list(range(1, points + 1))
            assert len({point.title for point in found}) == points

    def test_lines_are_spread_over_the_tokens(self) -> None:
        pieces = skeleton_pieces(40, 8, "1.")
        ends = [number for number, piece in enumerate(pieces, 1) if piece.endswith("\n")]
        assert ends == [5, 10, 15, 20, 25, 30, 35, 40]

    def test_words_make_whole_sentences(self) -> None:
        for tokens in (1, 5, 40):
            assert len(words(tokens)) == tokens
            assert "".join(words(tokens)).endswith(".")


def decodes(*, ignores_eos: bool = True, tells: bool = True):
    """The script of an engine that writes rubbish, as many tokens as it is asked for."""

    def answer(request: Request) -> Script:
        forced = request.config.extra.get("ignore_eos") and ignores_eos
        tokens = request.config.max_tokens if forced and request.config.max_tokens else 3
        pieces = [Chunk("x", usage=Usage(10, 0, at, 1) if tells else None) for at in range(1, tokens + 1)]
        return Script(*pieces, finish_reason="length", usage=Usage(10, 0, tokens, 1), silent=not tells)

    return answer


def forced(
    backend: ScriptedBackend, lengths: Lengths = LENGTHS, *, opening: bool = False
) -> tuple[SkeletonOfThought, Probes]:
    scripted = ScriptedText(backend, lengths)
    sot = SkeletonOfThought(scripted, max_points=4, max_point_tokens=100, opening=opening)
    return sot, Probes(scripted=scripted)


class TestForced:
    @pytest.mark.parametrize("method", ["skeleton", "skeleton-wait", "skeleton-paper"])
    @pytest.mark.parametrize("tells", [True, False])
    async def test_every_request_is_decoded_to_its_length(self, method: str, tells: bool) -> None:
        backend = ScriptedBackend(decodes(tells=tells), can_prefill=True, caches_prefixes=True)
        sot, probes = forced(backend)
        sample = await measure(sot, asked(QUESTION, method), probes)
        assert [request.config.max_tokens for request in backend.requests] == [9, 6, 4, 5]
        assert all(request.config.extra == {"ignore_eos": True} for request in backend.requests)
        assert not any(request.config.stop for request in backend.requests)
        assert all(request.state == "finished" for request in backend.requests)
        assert (sample.points, sample.fell_back, sample.usage.requests) == (3, None, 4)
        assert sample.measured is not None
        assert sample.measured.useful_tokens == pytest.approx(15)

    async def test_the_opening_is_a_normal_answer_that_is_left(self) -> None:
        backend = ScriptedBackend(decodes(), can_prefill=True, caches_prefixes=True)
        sot, probes = forced(backend, opening=True)
        sample = await measure(sot, asked(QUESTION, "skeleton"), probes)
        assert sorted(request.config.max_tokens or 0 for request in backend.requests) == [4, 5, 6, 9, 20]
        assert (sample.points, sample.fell_back, sample.usage.requests) == (3, None, 5)

    async def test_a_normal_answer_is_one_request(self) -> None:
        backend = ScriptedBackend(decodes())
        sot, probes = forced(backend)
        sample = await measure(sot, asked(QUESTION, "normal"), probes)
        assert sample.measured is not None
        assert sample.usage.completion_tokens == sample.measured.useful_tokens == 20
        assert [request.config.max_tokens for request in backend.requests] == [20]

    @pytest.mark.parametrize("constrains", [True, False])
    async def test_fields_are_decoded_to_their_lengths(self, constrains: bool) -> None:
        backend = ScriptedBackend(decodes(), constrains=constrains)
        sot, probes = forced(backend, FIELDS)
        sample = await measure(sot, asked(QUESTION, "fields"), probes)
        assert [request.config.max_tokens for request in backend.requests] == [15, 6, 4, 5]
        assert (sample.points, sample.usage.completion_tokens) == (3 + 3, 30)
        assert exact_score(sample) == (True, "as asked")
        assert sample.measured is not None
        assert sample.measured.useful_tokens == pytest.approx(30)

    async def test_no_text_of_the_length_completes_a_constrained_request(self) -> None:
        """It would end the request; so each is for a list of many such values, the whole object's, too."""
        backend = ScriptedBackend(decodes(), constrains=True)
        sot, probes = forced(backend, FIELDS)
        for method in ("fields", "normal"):
            await measure(sot, asked(QUESTION, method), probes)
        schemas = [request.config.schema or {} for request in backend.requests]
        assert all(schema["type"] == "array" and schema["minItems"] >= 100 for schema in schemas)
        assert [schema["items"]["type"] for schema in schemas] == ["object", *["string"] * 3, "object"]
        assert len(schemas[-1]["items"]["properties"]) == 6
        assert "maxLength" not in json.dumps(schemas)

    @pytest.mark.parametrize(("model", "lengths"), [("script", [9, 8, 7, 6]), ("script-70b", [17, 13])])
    async def test_items_are_decoded_to_their_lengths(self, model: str, lengths: list[int]) -> None:
        """Also where the engine takes two requests at once, and a large model gets two items in each."""
        backend = ScriptedBackend(decodes(), parallel=2, model=model)
        sot, probes = forced(backend, Lengths(normal=40, items=(9, 8, 7, 6)))
        sample = await measure(sot, asked(QUESTION, "items"), probes)
        assert [request.config.max_tokens for request in backend.requests] == lengths
        assert (sample.points, sample.usage.completion_tokens, sample.fell_back) == (4, 30, None)
        assert score_text("items", "1.\n2.\n3.\n4.", sample.text).correct

    async def test_a_point_starts_when_its_line_has_been_decoded(self) -> None:
        """Not before: the first line takes three of the nine tokens, and the next token ends it."""
        backend = ScriptedBackend(decodes())
        sot, probes = forced(backend)
        assert probes.scripted is not None
        probes.scripted.begin(parts=True)
        seen: list[str] = []
        async with sot:
            async for event in sot.stream(QUESTION, strategy="skeleton"):
                seen.append(type(event).__name__)
        assert seen.index("PointStarted") < seen.index("SkeletonFinished")
        assert seen.count("PointFound") == 3

    @pytest.mark.parametrize("method", ["normal", "skeleton"])
    async def test_an_engine_that_does_not_keep_the_length(self, method: str) -> None:
        sot, probes = forced(ScriptedBackend(decodes(ignores_eos=False)))
        with pytest.raises(ConfigError, match=r"wrote 3 tokens where .* it does not take ignore_eos"):
            await measure(sot, asked(QUESTION, method), probes)

    async def test_the_torch_engine_keeps_it(self, tmp_path: Path) -> None:
        pytest.importorskip("torch")
        from tiny_model import save_tiny_model

        from sot.backends.torch_engine import TorchBackend

        # A model that ends every answer at once: all tokens are equally likely, and the first one ends it.
        folder = save_tiny_model(tmp_path / "model", max_position_embeddings=4096, eos_token_id=0)
        _forget_all(folder)
        backend = TorchBackend(str(folder), dtype="float32", threads=1)
        plain = SkeletonOfThought(backend)
        sot, probes = forced(backend)  # pyright: ignore[reportArgumentType]
        try:
            with pytest.raises(EmptyAnswerError):
                await measure(plain, asked(QUESTION, "normal"))
            normal = await measure(sot, asked(QUESTION, "normal"), probes)
            skeleton = await measure(sot, asked(QUESTION, "skeleton"), probes)
        finally:
            await backend.aclose()
        assert normal.usage.completion_tokens == 20
        assert skeleton.usage.completion_tokens == 9 + 6 + 4 + 5


def _forget_all(folder: Path) -> None:
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(folder)
    model.lm_head.weight.data.zero_()
    model.save_pretrained(folder)
