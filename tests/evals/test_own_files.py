"""What commands write never costs anybody else's files: foreign folders, files and links stay as they are."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_server import one_line
from made_run import lines_of, two_strategies, verdicts, write_run, write_verdicts

from sot.cli import main
from sot.errors import ConfigError
from sot.evals.engines import draft_model as draft
from sot.evals.judge.records import JUDGEMENTS, judgement_log
from sot.evals.run.folder import RunFolder
from sot.evals.run.log import whole_lines
from sot.evals.run.manifest import EvalManifest
from sot.evals.run.own_files import holds_manifest, is_json_with, refuse_foreign, replace_text, write_output
from sot.evals.simulate.fleet import EXAMPLE

NOWHERE = (
    "http://127.0.0.1:9/v1"  # nobody listens there: what is refused is refused before the engine is asked
)
PRECIOUS = b"line one of a thesis\nline two, not finis"
Capture = pytest.CaptureFixture[str]


def everything(root: Path) -> dict[str, object]:
    """All that is in a folder: where links lead, and the content and age of files."""
    found: dict[str, object] = {}
    for path in sorted(root.rglob("*")):
        state = path.lstat()
        kept = os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else None
        found[str(path.relative_to(root))] = (kept, state.st_mtime_ns, state.st_ino)
    return found


@pytest.fixture
def questions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("questions") / "questions.txt"
    path.write_text("How can I sleep better?\n")
    return path


@pytest.fixture
def folders(questions: Path) -> dict[str, list[str]]:
    """The commands that write into a folder, but for the folder's name."""
    engine = ["--backend", f"replay:{EXAMPLE}"]
    asked = ["--questions", str(questions)]
    return {
        "run": ["eval", "run", "-b", NOWHERE, *asked, "--no-warm-up", "--quiet", "--out"],
        "latency": ["bench", "latency", *engine, *asked, "--methods", "normal", "--out"],
        "load": [
            "bench",
            "load",
            *engine,
            "--policy",
            "normal",
            "--rounds",
            "1",
            "--loads",
            "0.5",
            "--duration",
            "4",
            "--capacity",
            "2",
            "--out",
        ],
    }


def _notes(place: Path) -> None:
    (place / "thesis.txt").write_bytes(PRECIOUS)


def _same_names(place: Path) -> None:
    for name in ("answers.jsonl", "samples.jsonl", "judgements.jsonl", "report.html", "load.md", "load.svg"):
        (place / name).write_bytes(PRECIOUS)


def _another_manifest(place: Path) -> None:
    for name in ("manifest.json", "run.json", "load.json"):
        (place / name).write_text('{"name": "A web application", "icons": [], "start_url": "/"}')
    _same_names(place)


def _a_format_like_ours(place: Path) -> None:
    for name in ("manifest.json", "run.json"):
        (place / name).write_text('{"format": 1, "layers": ["sha256:1"]}')
    _same_names(place)


def _broken_manifest(place: Path) -> None:
    for name in ("manifest.json", "run.json"):
        (place / name).write_text('{"format": 1, "sot_ver')
    _same_names(place)


def _a_folder_for_a_manifest(place: Path) -> None:
    for name in ("manifest.json", "run.json"):
        (place / name).mkdir()
    _same_names(place)


def _links(place: Path) -> None:
    (place / "thesis.txt").write_bytes(PRECIOUS)
    for name in ("answers.jsonl", "samples.jsonl", ".lock", "report.md"):
        (place / name).symlink_to(place / "thesis.txt")


def _a_lock_of_another_program(place: Path) -> None:
    (place / ".lock").write_text("held by the package manager of another program\n")


SCENES: tuple[Callable[[Path], None], ...] = (
    _notes,
    _same_names,
    _another_manifest,
    _a_format_like_ours,
    _broken_manifest,
    _a_folder_for_a_manifest,
    _links,
    _a_lock_of_another_program,
)


class TestForeignFolders:
    @pytest.mark.parametrize("scene", SCENES)
    @pytest.mark.parametrize("name", ["run", "latency", "load"])
    def test_they_are_refused_and_untouched(
        self,
        name: str,
        scene: Callable[[Path], None],
        folders: dict[str, list[str]],
        tmp_path: Path,
        capsys: Capture,
    ) -> None:
        place = tmp_path / "precious"
        place.mkdir()
        scene(place)
        before = everything(tmp_path)
        assert main([*folders[name], str(place)]) == 2
        said = one_line(capsys.readouterr().err)
        assert str(place) in said
        assert everything(tmp_path) == before

    @pytest.mark.parametrize("name", ["run", "latency", "load"])
    def test_a_link_to_one_is_no_way_in(
        self, name: str, folders: dict[str, list[str]], tmp_path: Path, capsys: Capture
    ) -> None:
        (tmp_path / "home").mkdir()
        _same_names(tmp_path / "home")
        (tmp_path / "out").symlink_to(tmp_path / "home")
        before = everything(tmp_path)
        assert main([*folders[name], str(tmp_path / "out")]) == 2
        assert "holds something else" in (said := one_line(capsys.readouterr().err)) or "has answers" in said
        assert everything(tmp_path) == before

    @pytest.mark.parametrize("name", ["run", "latency", "load"])
    def test_a_link_to_nothing_and_a_file_are_no_folders(
        self, name: str, folders: dict[str, list[str]], tmp_path: Path, capsys: Capture
    ) -> None:
        (tmp_path / "link").symlink_to(tmp_path / "gone")
        (tmp_path / "file").write_bytes(PRECIOUS)
        before = everything(tmp_path)
        for place in ("link", "file"):
            assert main([*folders[name], str(tmp_path / place)]) == 2
            assert "is a file" in one_line(capsys.readouterr().err)
        assert everything(tmp_path) == before

    def test_a_run_of_one_command_is_foreign_to_the_others(
        self, folders: dict[str, list[str]], tmp_path: Path, capsys: Capture
    ) -> None:
        assert main([*folders["latency"], str(tmp_path / "latency")]) == 0
        assert main([*folders["load"], str(tmp_path / "load")]) == 0
        write_run(tmp_path / "run", two_strategies(1))
        before = everything(tmp_path)
        for name, command in folders.items():
            for place in folders:
                if place != name:
                    assert main([*command, str(tmp_path / place)]) == 2, (name, place)
        capsys.readouterr()
        assert everything(tmp_path) == before

    def test_new_empty_and_own_folders_are_taken(
        self, folders: dict[str, list[str]], tmp_path: Path, capsys: Capture
    ) -> None:
        (tmp_path / "empty").mkdir()
        for name in ("latency", "load"):
            for place in (tmp_path / "empty" / name, tmp_path / f"new-{name}"):
                place.mkdir(parents=True, exist_ok=place.parent.name == "empty")
                assert main([*folders[name], str(place)]) == 0
                assert main([*folders[name], str(place)]) == 0, "its own folder, again"
        capsys.readouterr()


class TestRun:
    """Torn lines: `eval run` once cut them off before it knew whose they were."""

    def torn(self, folder: Path) -> Path:
        write_run(folder, two_strategies(1))
        with (folder / "answers.jsonl").open("ab") as file:
            file.write(b'{"question_id":"q09","strategy":"nor')
        return folder

    def test_a_refused_run_keeps_its_torn_line(
        self, folders: dict[str, list[str]], tmp_path: Path, capsys: Capture
    ) -> None:
        place = self.torn(tmp_path / "run")
        before = everything(place)
        assert main([*folders["run"], str(place), "--seed", "5"]) == 2
        assert "holds a run with another" in one_line(capsys.readouterr().err)
        del (after := everything(place))[".lock"]
        assert after == before

    def test_so_does_one_whose_engine_is_gone(
        self, folders: dict[str, list[str]], tmp_path: Path, capsys: Capture
    ) -> None:
        place = self.torn(tmp_path / "run")
        content = (place / "answers.jsonl").read_bytes()
        assert main([*folders["run"], str(place)]) != 0
        capsys.readouterr()
        assert (place / "answers.jsonl").read_bytes() == content

    @pytest.mark.parametrize("name", ["answers.jsonl", "manifest.json", ".lock"])
    def test_links_in_a_run_are_not_followed(self, name: str, tmp_path: Path) -> None:
        place = write_run(tmp_path / "run", two_strategies(1))
        moved = tmp_path / "elsewhere"
        content = (place / name).read_bytes() if (place / name).exists() else b"notes"
        moved.write_bytes(content)
        (place / name).unlink(missing_ok=True)
        (place / name).symlink_to(moved)
        with pytest.raises(ConfigError, match="is a symbolic link"), RunFolder(place, EvalManifest):
            pass
        assert moved.read_bytes() == content

    @pytest.mark.parametrize(
        "foreign",
        [
            b"see also my notes\n",
            b"see also my notes",
            b"{}\n",
            b'{"id": 1, "text": "of another tool"}\n',
            b"[1, 2",
            b'{"strategy":"s","question_id":"q","question":"?","status":"failed","started_at":""}',
        ],
    )
    def test_a_last_line_that_is_none_of_ours_is_never_cut_off(self, foreign: bytes, tmp_path: Path) -> None:
        place = write_run(tmp_path / "run", two_strategies(1))
        with (place / "answers.jsonl").open("ab") as file:
            file.write(foreign)
        content = (place / "answers.jsonl").read_bytes()
        with pytest.raises(ConfigError, match=r"answers\.jsonl:3: damaged"), RunFolder(place, EvalManifest):
            pass
        assert (place / "answers.jsonl").read_bytes() == content

    def test_a_start_that_was_killed_early_leaves_a_folder_to_go_on_with(self, tmp_path: Path) -> None:
        with RunFolder(tmp_path / "run", EvalManifest):
            pass
        (tmp_path / "run" / ".manifest.json.0a1b2c3d.new").write_text('{"format": 1')
        with RunFolder(tmp_path / "run", EvalManifest) as folder:
            assert folder.records == []

    def test_what_another_process_adds_is_not_cut_off_as_torn(self, tmp_path: Path) -> None:
        place = self.torn(tmp_path / "run")
        record = two_strategies(1)[0]
        with RunFolder(place, EvalManifest) as folder:
            assert folder.cut_off
            with (place / "answers.jsonl").open("ab") as file:
                file.write(b"mal\n")
            with pytest.raises(ConfigError, match="written by something else"):
                folder.append(record)
        assert (place / "answers.jsonl").read_bytes().endswith(b'"normal\n')

    @pytest.mark.parametrize(
        ("content", "whole"),
        [
            (b"", 0),
            (b'{"a":1}\n', 1),
            (b'{"a":1}\n{"a"', 1),
            (b'{"a":1}\n{', 1),
            (b'{"a":1}\n{"a":1,\0\0\0', 1),
            (b'{"a":1}\n\0\0\0\n', 1),
            (b'{"a":1}\n{"a":\0}\n', 1),
            (b'{"a":1}\nnotes', 2),
            (b'{"a":1}\n{"b"', 2),
            (b'{"a":1}\nnotes\n', 2),
        ],
    )
    def test_what_a_torn_line_is(self, content: bytes, whole: int) -> None:
        assert len(whole_lines(content, "a")) == whole


class TestJudge:
    def test_a_folder_without_a_run_is_untouched(self, tmp_path: Path) -> None:
        (tmp_path / JUDGEMENTS).write_bytes(PRECIOUS)
        before = everything(tmp_path)
        with pytest.raises(ConfigError, match="no run there"), judgement_log(tmp_path):
            pass
        assert everything(tmp_path) == before

    @pytest.mark.parametrize("name", [JUDGEMENTS, ".lock"])
    def test_links_are_not_followed(self, name: str, tmp_path: Path) -> None:
        place = write_run(tmp_path / "run", two_strategies(1))
        (tmp_path / "thesis.txt").write_bytes(PRECIOUS)
        (place / name).symlink_to(tmp_path / "thesis.txt")
        with pytest.raises(ConfigError, match="is a symbolic link"), judgement_log(place):
            pass
        assert (tmp_path / "thesis.txt").read_bytes() == PRECIOUS

    def test_a_torn_verdict_stays_until_there_is_another(self, tmp_path: Path) -> None:
        records = two_strategies(1)
        place = write_run(tmp_path, records)
        first, second = verdicts(records, {"q00": ("first", "second")})
        write_verdicts(place, [first])
        torn = (place / JUDGEMENTS).read_bytes() + b'{"judge":"made-up'
        (place / JUDGEMENTS).write_bytes(torn)
        with judgement_log(place) as file:
            assert file.records == [first]
        assert (place / JUDGEMENTS).read_bytes() == torn
        with judgement_log(place) as file:
            file.append(second)
        assert [line["shown_first"] for line in lines_of(place / JUDGEMENTS)] == ["strategy", "baseline"]


class TestReports:
    @pytest.mark.parametrize("name", ["report.html", "report.md"])
    def test_a_report_does_not_go_through_a_link(self, name: str, tmp_path: Path, capsys: Capture) -> None:
        place = write_run(tmp_path / "run", two_strategies(2))
        (tmp_path / "thesis.txt").write_bytes(PRECIOUS)
        (place / name).symlink_to(tmp_path / "thesis.txt")
        before = everything(tmp_path)
        assert main(["eval", "report", str(place)]) == 2
        assert "is a symbolic link" in one_line(capsys.readouterr().err)
        assert everything(tmp_path) == before

    def test_nor_through_a_link_where_a_half_written_one_would_be(
        self, tmp_path: Path, capsys: Capture
    ) -> None:
        place = write_run(tmp_path / "run", two_strategies(2))
        (tmp_path / "thesis.txt").write_bytes(PRECIOUS)
        for name in ("report.html.new", "report.md.new", "manifest.json.new"):
            (place / name).symlink_to(tmp_path / "thesis.txt")
        assert main(["eval", "report", str(place)]) == 0
        capsys.readouterr()
        assert (tmp_path / "thesis.txt").read_bytes() == PRECIOUS
        assert "<html" in (place / "report.html").read_text()

    def test_timelines_leave_other_pictures_alone(
        self, folders: dict[str, list[str]], tmp_path: Path, capsys: Capture
    ) -> None:
        place = tmp_path / "run"
        assert main([*folders["latency"], str(place)]) == 0
        (place / "timelines" / "my-photo.svg").write_bytes(PRECIOUS)
        (place / "timelines" / "042-normal.svg").write_text("of an earlier report")
        assert main([*folders["latency"], str(place)]) == 0
        capsys.readouterr()
        names = sorted(path.name for path in (place / "timelines").iterdir())
        assert names == ["001-normal.svg", "my-photo.svg"]

    @pytest.mark.parametrize("name", ["timelines", "report.json", "answers.jsonl"])
    def test_nor_does_a_latency_run_go_through_links(
        self, name: str, folders: dict[str, list[str]], tmp_path: Path, capsys: Capture
    ) -> None:
        place = tmp_path / "run"
        assert main([*folders["latency"], str(place)]) == 0
        (tmp_path / "home").mkdir()
        (tmp_path / "home" / "001-normal.svg").write_bytes(PRECIOUS)
        target = tmp_path / "home" / ("" if name == "timelines" else "001-normal.svg")
        os.rename(place / name, tmp_path / "moved")
        (place / name).symlink_to(target)
        before = everything(tmp_path / "home")
        capsys.readouterr()
        assert main([*folders["latency"], str(place)]) == 2
        assert str(place / name) in one_line(capsys.readouterr().err)
        assert everything(tmp_path / "home") == before


class TestExport:
    @pytest.fixture
    def run(self, tmp_path: Path) -> Path:
        return write_run(tmp_path / "run", two_strategies(2))

    @pytest.mark.parametrize(
        ("form", "name"),
        [("alpaca", "made-up-normal.json"), ("fastchat", "model_answer/made-up-normal.jsonl")],
    )
    @pytest.mark.parametrize(
        "content", [PRECIOUS, b'{"generator": "x", "model_id": "x"}\n', b'[{"output": "mine"}]', b"{"]
    )
    def test_files_of_others_are_left_alone(
        self, form: str, name: str, content: bytes, run: Path, tmp_path: Path, capsys: Capture
    ) -> None:
        place = tmp_path / "to"
        (place / name).parent.mkdir(parents=True)
        (place / name).write_bytes(content)
        before = everything(place)
        assert main(["eval", "export", str(run), "-f", form, "--to", str(place)]) == 2
        assert "holds something else" in one_line(capsys.readouterr().err)
        assert everything(place) == before, "not even the other strategy's file is written"

    @pytest.mark.parametrize("form", ["alpaca", "fastchat"])
    def test_an_earlier_export_gives_way(self, form: str, run: Path, tmp_path: Path, capsys: Capture) -> None:
        command = ["eval", "export", str(run), "-f", form, "--to", str(tmp_path / "to")]
        assert main(command) == 0
        assert main(command) == 0
        capsys.readouterr()

    def test_links_are_not_followed(self, run: Path, tmp_path: Path, capsys: Capture) -> None:
        (tmp_path / "to").mkdir()
        (tmp_path / "thesis.txt").write_bytes(PRECIOUS)
        (tmp_path / "to" / "made-up-normal.json").symlink_to(tmp_path / "thesis.txt")
        assert main(["eval", "export", str(run), "-f", "alpaca", "--to", str(tmp_path / "to")]) == 2
        assert "is a symbolic link" in one_line(capsys.readouterr().err)
        assert (tmp_path / "thesis.txt").read_bytes() == PRECIOUS

    def test_a_manifest_cannot_name_a_file_elsewhere(self, tmp_path: Path, capsys: Capture) -> None:
        records = [record.model_copy(update={"strategy": "../../../out"}) for record in two_strategies(1)]
        run = write_run(tmp_path / "a" / "b" / "run", records)
        assert main(["eval", "export", str(run), "-f", "alpaca"]) == 0
        capsys.readouterr()
        assert [path.parent for path in tmp_path.rglob("*out*")] == [run / "alpaca"]

    def test_a_file_in_the_way_of_the_folder(self, run: Path, tmp_path: Path, capsys: Capture) -> None:
        (tmp_path / "to").write_bytes(PRECIOUS)
        assert main(["eval", "export", str(run), "-f", "fastchat", "--to", str(tmp_path / "to")]) == 2
        assert str(tmp_path / "to") in one_line(capsys.readouterr().err)
        assert (tmp_path / "to").read_bytes() == PRECIOUS


class TestFiles:
    """Commands that write one file, whose name the caller gives."""

    @pytest.fixture
    def commands(self) -> dict[str, Callable[[str], int]]:
        return {
            "fleet": lambda out: main(
                [
                    "bench",
                    "fleet",
                    "--users",
                    "4",
                    "--every",
                    "60",
                    "--duration",
                    "60",
                    "--replicas",
                    "1",
                    "--out",
                    out,
                ]
            ),
            "calibrate": lambda out: main(["bench", "calibrate", "--backend", NOWHERE, "--out", out]),
        }

    @pytest.mark.parametrize("name", ["fleet", "calibrate"])
    @pytest.mark.parametrize(
        "content", [PRECIOUS, b"\xff\x00", b"[]", b'{"name": "package"}', b"[" * 100_000]
    )
    def test_a_file_of_others_is_left_alone(
        self,
        name: str,
        content: bytes,
        commands: dict[str, Callable[[str], int]],
        tmp_path: Path,
        capsys: Capture,
    ) -> None:
        (tmp_path / "precious").write_bytes(content)
        (tmp_path / "link").symlink_to("precious")
        before = everything(tmp_path)
        for out in ("precious", "link"):
            assert commands[name](str(tmp_path / out)) == 2
            assert "holds something else" in one_line(capsys.readouterr().err)
        assert everything(tmp_path) == before

    def test_an_earlier_one_gives_way_and_a_link_stays(
        self, commands: dict[str, Callable[[str], int]], tmp_path: Path, capsys: Capture
    ) -> None:
        (tmp_path / "link").symlink_to("fleet.json")
        (tmp_path / "fleet.json").write_bytes(b"")  # as mktemp leaves it
        for out in ("fleet.json", "fleet.json", "link"):
            assert commands["fleet"](str(tmp_path / out)) == 0
        capsys.readouterr()
        assert (tmp_path / "link").is_symlink()
        assert json.loads((tmp_path / "fleet.json").read_text())["kind"] == "simulated"
        assert sorted(path.name for path in tmp_path.iterdir()) == ["fleet.json", "link"]

    def test_a_device_has_nothing_to_lose(
        self, commands: dict[str, Callable[[str], int]], capsys: Capture
    ) -> None:
        assert commands["fleet"](os.devnull) == 0
        capsys.readouterr()

    def test_a_draft_goes_into_an_empty_folder_only(self, tmp_path: Path, capsys: Capture) -> None:
        (tmp_path / "file").write_bytes(PRECIOUS)
        for out in (tmp_path, tmp_path / "file"):
            assert draft.main(["--layers", "1", "--out", str(out)]) == 2
            assert "is not" in one_line(capsys.readouterr().err)
        assert (tmp_path / "file").read_bytes() == PRECIOUS


class TestHelpers:
    def test_a_file_is_replaced_whole_or_not_at_all(self, tmp_path: Path) -> None:
        (tmp_path / "a").write_text("before")
        with pytest.raises(UnicodeEncodeError):
            replace_text(tmp_path / "a", "half \ud800")
        assert (tmp_path / "a").read_text() == "before"
        assert [path.name for path in tmp_path.iterdir()] == ["a"]

    def test_files_are_as_readable_as_others(self, tmp_path: Path) -> None:
        (tmp_path / "a").write_text("")
        replace_text(tmp_path / "b", "")
        assert (tmp_path / "b").stat().st_mode == (tmp_path / "a").stat().st_mode

    def test_a_pipe_is_no_file_of_a_folder(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "manifest.json")  # reading it would wait for ever
        with pytest.raises(ConfigError, match="is not a file"):
            holds_manifest(tmp_path, "manifest.json")

    def test_a_file_without_a_folder_is_told_before_the_work(self, tmp_path: Path) -> None:
        for path in (tmp_path, tmp_path / "no" / "such", tmp_path / "link"):
            (tmp_path / "link").unlink(missing_ok=True)
            (tmp_path / "link").symlink_to("gone")
            with pytest.raises(ConfigError, match="--out"):
                refuse_foreign(path, "--out", is_json_with("a"))

    def test_a_file_that_cannot_be_written_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"--out: .*gone"):
            write_output(tmp_path / "gone" / "x", "--out", "")
