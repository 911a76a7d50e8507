"""Training of an adapter on a tiny random model: loss, resumption, the engine that loads it."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("peft")

import torch
from safetensors.torch import load_file
from test_adapter_examples import TEXTS, TITLES, example, write
from tiny_model import save_tiny_model

from sot.backends.torch_engine import TorchBackend
from sot.errors import ConfigError
from sot.evals.adapter.examples import Example
from sot.evals.adapter.model import TrainedModel, load
from sot.evals.adapter.packing import Request, pack, shared_length
from sot.evals.adapter.requests import RequestMaker
from sot.evals.adapter.settings import TrainSettings
from sot.evals.adapter.steps import main as measure_steps
from sot.evals.adapter.train import main
from sot.evals.adapter.training import Training
from sot.prompting.packs import load_pack
from sot.types import GenerateConfig, Message

SETTINGS = TrainSettings(epochs=3, batch=1, points=1, dropout=0.0, demonstrations=False)
EXAMPLES = [
    Example(question=f"How can I sleep {how}?", points=tuple(TITLES), texts=tuple(TEXTS))
    for how in ("well", "longer", "deeply")
]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("adapter") / "model", max_position_embeddings=4096)


def loaded(tiny: Path) -> TrainedModel:
    model = load(str(tiny), SETTINGS, "cpu")
    model.peft.float()
    return model


@pytest.fixture(scope="module")
def trained(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The adapter of an uninterrupted run."""
    folder = tmp_path_factory.mktemp("trained")
    training(tiny, folder).run(lambda _: None)
    return folder


def training(tiny: Path, folder: Path) -> Training:
    model = loaded(tiny)
    maker = RequestMaker(model.tokenizer, load_pack("en"), demonstrations=False)
    return Training(model, maker, EXAMPLES, SETTINGS, folder)


def test_a_shared_prefix_stands_once_in_the_tree() -> None:
    skeleton = Request((1, 2, 3, 4, 5), 3, "skeleton")
    point = Request((1, 2, 3, 4, 9, 8), 4, "point")
    assert shared_length([skeleton, point]) == 2
    tree = pack([skeleton, point], 2)
    assert tree.ids == [3, 4, 5, 9, 8]
    assert tree.depths == [2, 3, 4, 4, 5]
    assert tree.parents == [-1, 0, 1, 1, 3]
    assert tree.targets == {"skeleton": [1, 2], "point": [3, 4]}
    assert tree.mask()[4].tolist() == [True, True, True, True, False, True, True]


def test_the_loss_of_the_tree_is_that_of_the_requests_apart(tiny: Path, tmp_path: Path) -> None:
    model = loaded(tiny)
    maker = RequestMaker(model.tokenizer, load_pack("en"))
    requests = maker.requests(EXAMPLES[0])
    assert [request.stage for request in requests] == ["skeleton", *["point"] * 5]
    offset = shared_length(requests)
    assert offset > 0  # what all of the examples' requests begin with
    work = Training(model, maker, EXAMPLES, SETTINGS, tmp_path)
    model.peft.eval()
    with torch.no_grad():
        prefix = work._prefix()
        got = work._losses(work._tree(EXAMPLES[0], None), prefix)
        apart: dict[str, list[torch.Tensor]] = {"skeleton": [], "point": []}
        for request in requests:
            logits = model.peft(torch.tensor([request.ids])).logits[0].log_softmax(-1)
            for at in range(request.start, len(request.ids)):
                apart[request.stage].append(-logits[at - 1, request.ids[at]])
    for stage, losses in apart.items():
        assert float(got[stage]) == pytest.approx(float(torch.stack(losses).mean()), rel=1e-3)


def test_prompts_of_a_point_hold_the_skeleton_up_to_it(tiny: Path) -> None:
    model = loaded(tiny)
    maker = RequestMaker(model.tokenizer, load_pack("en"), demonstrations=False)
    _, second = maker.requests(EXAMPLES[0], [1])
    prompt = model.tokenizer.decode(second.ids[: second.start])
    assert "1. Regular hours\n2. Dark bedroom\n" in prompt
    assert "Less coffee" not in prompt
    assert prompt.endswith("2. **Dark bedroom**:")
    assert model.tokenizer.decode(second.ids[second.start :]) == f" {TEXTS[1]}<|im_end|>"


def test_a_folder_of_something_else_is_left_alone(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "adapter" / "notes.txt"
    other.parent.mkdir()
    other.write_text("mine")
    assert main(command(tiny, tmp_path)) == 2
    assert "notes.txt" in capsys.readouterr().err
    assert [path.name for path in other.parent.iterdir()] == ["notes.txt"]


def test_an_interrupted_run_ends_as_an_uninterrupted_one(tiny: Path, trained: Path, tmp_path: Path) -> None:
    def interrupt(progress: object) -> None:
        if work.step == 6:  # after the checkpoint of step 5
            raise KeyboardInterrupt

    work = training(tiny, tmp_path / "cut")
    with pytest.raises(KeyboardInterrupt):
        work.run(interrupt)
    again = training(tiny, tmp_path / "cut")
    assert again.resume()
    assert again.step == 5
    again.run(lambda _: None)
    name = "adapter_model.safetensors"
    whole, cut = (load_file(folder / name) for folder in (trained, tmp_path / "cut"))
    # Not to the bit: in which order several threads add up is not always the same.
    torch.testing.assert_close(cut, whole, rtol=1e-3, atol=1e-6)


def command(tiny: Path, folder: Path, *more: str) -> list[str]:
    data = write(folder / "data.jsonl", example(), example(question="How do I fall asleep?"))
    given = ["--data", str(data), "--model", str(tiny), "--out", str(folder / "adapter"), "--batch", "1"]
    return [
        *given,
        "--device",
        "cpu",
        "--no-demonstrations",
        "--points",
        "1",
        "--epochs",
        "1",
        "--own-points",
        "0",
        *more,
    ]


async def written(tiny: Path, adapter: str, stage: str = "point") -> str:
    backend = TorchBackend(str(tiny), dtype="float32", threads=1, adapter=adapter)
    try:
        messages, config = [Message("user", "Hi")], GenerateConfig(max_tokens=24, stage=stage)
        return "".join([chunk.text async for chunk in backend.stream(messages, config)])
    finally:
        await backend.aclose()


# PEFT 0.21 asks transformers 5.23 by a name that it calls deprecated.
@pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning")
async def test_the_engine_writes_what_the_trained_model_writes(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await asyncio.to_thread(main, command(tiny, tmp_path, "--rate", "0.1")) == 0
    assert "adapter of" in capsys.readouterr().out
    folder = tmp_path / "adapter"
    config = json.loads((folder / "adapter_config.json").read_text())
    assert (config["peft_type"], config["r"], config["base_model_name_or_path"]) == ("LORA", 3, str(tiny))

    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny)
    model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(tiny, dtype=torch.float32), folder)
    ids = tokenizer.apply_chat_template(
        [{"role": "user", "content": "Hi"}],
        add_generation_prompt=True,
        return_tensors="pt",
        return_dict=False,
    )
    done = model.generate(
        input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=24, do_sample=False
    )
    expected = tokenizer.decode(done[0, ids.shape[1] :], skip_special_tokens=True)
    # The engine holds back the beginning of a character that the limit cuts.
    assert await written(tiny, str(folder)) == expected.rstrip("\ufffd")
    plain = await written(tiny, "off")
    assert plain != expected
    assert await written(tiny, str(folder), stage="normal") == plain


def test_a_finished_or_changed_run_is_not_mixed_with_another(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command(tiny, tmp_path)) == 0
    assert main(command(tiny, tmp_path)) == 0
    assert "going on after step 2 of 2" in capsys.readouterr().err
    assert main(command(tiny, tmp_path, "--rank", "2")) == 2
    assert "--restart" in capsys.readouterr().err
    assert main(command(tiny, tmp_path, "--rank", "2", "--restart")) == 0


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--rank", "0", "--rank must be at least 1"),
        ("--rate", "0", "--rate must be above 0"),
        ("--dropout", "1", "--dropout"),
        ("--data", "missing.jsonl", "missing.jsonl"),
        ("--model", "./nowhere", "nowhere"),
        ("--prompts", "./nowhere", "nowhere"),
    ],
)
def test_wrong_options_are_named_before_a_model_is_loaded(
    option: str, value: str, says: str, tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command(tiny, tmp_path, option, value)) == 2
    assert says in capsys.readouterr().err


def test_the_times_of_steps_are_told_by_kind(
    tiny: Path, trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--model", str(tiny), "--adapter", str(trained), "--dtype", "float32", "--rows", "1", "2"]
    assert measure_steps([*given, "--turns", "2"]) == 0
    lines = [line.split(" | ") for line in capsys.readouterr().out.splitlines()[2:]]
    kinds = ["no adapter", "plain rows", "adapted rows"]
    assert [line[2] for line in lines] == [*kinds, *kinds, "one plain, the others adapted"]
    assert measure_steps([*given, "--turns", "1"]) == 2
    assert "--turns must be at least 2" in capsys.readouterr().err


def test_a_folder_without_an_adapter_is_refused_at_once(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no adapter_config"):
        TorchBackend(str(tiny), adapter=str(tmp_path))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"peft_type": "IA3"}, "not a LoRA adapter"),
        ({"use_dora": True}, "use_dora"),
        ({"modules_to_save": ["lm_head"]}, "modules_to_save"),
    ],
)
async def test_adapters_of_other_kinds_are_refused(
    change: dict[str, object], says: str, tiny: Path, trained: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(trained, tmp_path / "adapter")
    file = folder / "adapter_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(ConfigError, match=says):
        await written(tiny, str(folder))


async def test_an_adapter_of_another_model_is_refused(trained: Path, tmp_path: Path) -> None:
    other = save_tiny_model(tmp_path / "other", hidden_size=16, head_dim=4)
    with pytest.raises(ConfigError, match="another model"):
        await written(other, str(trained))
    shallow = save_tiny_model(tmp_path / "shallow", num_hidden_layers=1)
    with pytest.raises(ConfigError, match="another model"):
        await written(shallow, str(trained))
