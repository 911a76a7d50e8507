"""Transformers' ``generate`` as an engine: the same text as ours, drafts counted, requests left early."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from tiny_model import save_tiny_model

from sot.backends.torch_engine import TorchBackend
from sot.errors import ConfigError, ContextLengthError
from sot.evals.engines.accelerators import Assisted
from sot.evals.engines.draft_model import main as make_draft
from sot.evals.engines.generate_backend import GenerateBackend
from sot.types import Backend, Chunk, GenerateConfig, Message, Usage

PLAIN = Assisted(dtype="float32")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("tiny") / "model")


@pytest.fixture
async def made(tiny: Path) -> AsyncIterator[Callable[[Assisted], GenerateBackend]]:
    backends: list[GenerateBackend] = []

    def make(assisted: Assisted) -> GenerateBackend:
        backends.append(GenerateBackend(str(tiny), assisted))
        return backends[-1]

    yield make
    for backend in backends:
        await backend.aclose()


async def ask(backend: Backend, question: str = "Hi", **config: object) -> tuple[str, Chunk]:
    text, last = "", Chunk()
    settings = GenerateConfig(**config)  # pyright: ignore[reportArgumentType]
    async with aclosing(backend.stream([Message("user", question)], settings)) as chunks:
        async for last in chunks:
            text += last.text
    return text, last


async def test_the_text_is_that_of_our_own_engine(made, tiny: Path) -> None:
    ours = TorchBackend(str(tiny), dtype="float32", threads=1)
    try:
        expected, end = await ask(ours, max_tokens=30, temperature=0)
    finally:
        await ours.aclose()
    for assisted in (PLAIN, Assisted(lookup=3, dtype="float32"), Assisted(draft=str(tiny), dtype="float32")):
        text, last = await ask(made(assisted), max_tokens=30, temperature=0)
        assert text == expected
        assert (last.finish_reason, last.usage) == (end.finish_reason, end.usage)


async def test_drafts_are_counted(made, tiny: Path) -> None:
    plain, own = made(PLAIN), made(Assisted(draft=str(tiny), tokens=2, dtype="float32"))
    await ask(plain, max_tokens=12, extra={"ignore_eos": True})
    assert await plain.drafts() is None
    await ask(own, max_tokens=12, extra={"ignore_eos": True})
    drafted, accepted = await own.drafts()
    assert drafted / 2 < accepted <= drafted <= 12  # the model guesses itself
    await ask(own, max_tokens=12, extra={"ignore_eos": True})
    assert await own.drafts() == (2 * drafted, 2 * accepted)


async def test_stop_strings_and_limits(made) -> None:
    backend = made(PLAIN)
    whole, last = await ask(backend, max_tokens=20, extra={"ignore_eos": True})
    assert last.finish_reason == "length"
    assert last.usage is not None
    assert last.usage.completion_tokens == 20
    stop = whole[4:6]
    text, last = await ask(backend, max_tokens=20, stop=(stop,), extra={"ignore_eos": True})
    assert last.finish_reason == "stop"
    assert text == whole[: whole.index(stop)]


async def test_sampling_with_a_seed_is_repeatable(made) -> None:
    backend = made(PLAIN)
    one, _ = await ask(backend, max_tokens=16, temperature=1.0, seed=3)
    two, _ = await ask(backend, max_tokens=16, temperature=1.0, seed=3)
    other, _ = await ask(backend, max_tokens=16, temperature=1.0, seed=4)
    assert one == two != other


async def test_a_request_left_early_makes_way_for_the_next(made) -> None:
    backend = made(PLAIN)
    stream = backend.stream([Message("user", "Hi")], GenerateConfig(max_tokens=400))
    await anext(stream)
    await stream.aclose()
    _, last = await ask(backend, max_tokens=3, extra={"ignore_eos": True})
    assert last.usage == Usage(last.usage.prompt_tokens if last.usage else 0, 0, 3, 1)
    assert (await backend.load()).running == 0


async def test_what_does_not_fit_and_what_is_not_there(made, tmp_path: Path, tiny: Path) -> None:
    with pytest.raises(ContextLengthError):
        await ask(made(PLAIN), "word " * 600)
    with pytest.raises(ConfigError):
        GenerateBackend(str(tmp_path / "nowhere"), PLAIN)
    with pytest.raises(ConfigError, match="no such model"):
        await made(Assisted(draft=str(tmp_path / "nowhere"))).info()


class TestDraft:
    def test_the_first_layers_are_kept(self, tiny: Path, tmp_path: Path, capsys) -> None:
        out = tmp_path / "draft"
        assert make_draft(["--from", str(tiny), "--layers", "1", "--out", str(out)]) == 0
        assert "the first 1 of 2 layers" in capsys.readouterr().out
        from transformers import AutoModelForCausalLM

        whole = AutoModelForCausalLM.from_pretrained(tiny)
        draft = AutoModelForCausalLM.from_pretrained(out)
        assert len(draft.model.layers) == 1
        for kept, of in ((draft.model.layers[0], whole.model.layers[0]), (draft.lm_head, whole.lm_head)):
            theirs = dict(of.named_parameters())
            assert all((value == theirs[name]).all() for name, value in kept.named_parameters())

    async def test_it_serves_as_a_draft(self, tiny: Path, tmp_path: Path, made) -> None:
        out = tmp_path / "draft"
        assert make_draft(["--from", str(tiny), "--layers", "1", "--out", str(out)]) == 0
        backend = made(Assisted(draft=str(out), dtype="float32"))
        text, _ = await ask(backend, max_tokens=20, extra={"ignore_eos": True})
        expected, _ = await ask(made(PLAIN), max_tokens=20, extra={"ignore_eos": True})
        assert text == expected
        drafted, accepted = await backend.drafts()
        assert drafted > accepted

    def test_a_fitted_head_guesses_better(self, tiny: Path) -> None:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        from sot.evals.engines.draft_model import fitted_head, own_answers

        model, tokenizer = AutoModelForCausalLM.from_pretrained(tiny), AutoTokenizer.from_pretrained(tiny)
        texts = own_answers(str(tiny), questions=6)
        assert len({question for question, _ in texts}) == 6
        head = fitted_head(model, tokenizer, 1, texts)
        assert head.shape == model.lm_head.weight.shape
        with torch.inference_mode():
            ids = torch.tensor([tokenizer.encode(texts[0][0] + texts[0][1])])
            states = model.model(ids, output_hidden_states=True)
            early = model.model.norm(states.hidden_states[1])
            wanted = model.lm_head(states.last_hidden_state)
            before = (model.lm_head(early) - wanted).square().mean()
            after = (early @ head.T - wanted).square().mean()
        assert after < before

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [(["--layers", "2"], "--layers must be from 1 to 1"), (["--layers", "0"], "--layers must be")],
    )
    def test_bad_use(self, tiny: Path, tmp_path: Path, capsys, arguments: list[str], says: str) -> None:
        assert make_draft(["--from", str(tiny), "--out", str(tmp_path / "x"), *arguments]) == 2
        assert says in capsys.readouterr().err

    def test_nothing_is_overwritten(self, tiny: Path, capsys) -> None:
        assert make_draft(["--from", str(tiny), "--layers", "1", "--out", str(tiny)]) == 2
        assert "is not empty" in capsys.readouterr().err
