"""The live view, on real pseudo-terminals."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cli_server import (
    NORMAL,
    POINTS,
    QUESTION,
    SKELETON,
    SOT,
    TEXT,
    TITLES,
    Gate,
    ScriptServer,
    one_line,
    run_sot,
)
from fault_server import delta, status
from fault_server import stream as stream_of

pytest.importorskip("pty")

from pseudo_terminal import Screen, Terminal

HOSTILE = "a\x1b[2Jb\x1b]8;;http://x\x07c\x1b]52;c;eHh4\x1b\\d\re\u202ef\x9b31mg\x07\x7fh"
HARMLESS = "a[2Jb]8;;http://xc]52;c;eHh4\\def31mgh"


@pytest.fixture(scope="module")
def running() -> Iterator[ScriptServer]:
    with ScriptServer() as server:
        yield server


@pytest.fixture
def server(running: ScriptServer) -> Iterator[ScriptServer]:
    running.reset()
    yield running
    assert running.all_closed(), "a connection was left open"


@pytest.fixture
def held(server: ScriptServer) -> Gate:
    """A gate in the middle of every point, and of a normal answer."""
    gate = Gate()
    server.points = {
        index: [text.partition(". ")[0] + ".", gate, " " + text.partition(". ")[2]]
        for index, text in POINTS.items()
    }
    server.normal = ["A normal", gate, " answer."]
    return gate


def all_begun(screen: Screen) -> bool:
    return all(text.split()[0] in screen.text for text in POINTS.values())


def seen(screen: Screen) -> list[str]:
    """The titles of the points in sight, of which a narrow terminal shows the start."""
    return [title for number, title in enumerate(TITLES, 1) if f"{number} {title[:6]}" in screen.visible]


class TestLiveView:
    def test_points_stand_side_by_side_while_they_are_written(self, server: ScriptServer, held: Gate) -> None:
        with Terminal("ask", QUESTION, "-b", server.url, "--no-opening", columns=120) as terminal:
            held.wait_reached()
            terminal.until(all_begun)
            lines = terminal.screen.text.splitlines()
            assert lines[0].startswith("skeleton: asks for advice (hybrid, ")
            assert lines[1].startswith("skeleton written · 3 points, 3 being written, 0 done · ")
            assert all(title in lines[2] for title in TITLES), "the titles stand in one row"
            assert not terminal.screen.cursor_visible
            held.open()
            assert terminal.end() == 0
        assert terminal.screen.cursor_visible

    def test_the_opening_is_shown_before_any_point_is_known(self, server: ScriptServer, held: Gate) -> None:
        server.normal = ["Sleep comes by itself. ", "It needs rest.\n\n1.", Gate()]
        server.skeleton = [held, SKELETON]
        with Terminal("ask", QUESTION, "-b", server.url, columns=120) as terminal:
            terminal.until("Sleep comes by itself.")
            held.open()
            assert terminal.end() == 0
        assert "Sleep comes by itself." in terminal.screen.text
        assert terminal.screen.text.index("Sleep comes") < terminal.screen.text.index(TITLES[0])

    def test_the_opening_stays_where_it_falls_back(self, server: ScriptServer, held: Gate) -> None:
        server.normal = ["Sleep comes ", held, "by itself."]
        server.skeleton = "I would rather write prose, which has no points, than a list of them."
        with Terminal("ask", QUESTION, "-b", server.url, columns=120) as terminal:
            terminal.until("fell back to normal decoding")
            held.open()
            assert terminal.end() == 0
        assert "Sleep comes by itself." in terminal.screen.text

    def test_the_ordered_answer_stays(self, server: ScriptServer) -> None:
        with Terminal("ask", QUESTION, "-b", server.url, "--no-opening") as terminal:
            assert terminal.end() == 0
        lines = terminal.screen.text.splitlines()
        assert lines[0].startswith("skeleton: asks for advice (hybrid, ")
        answer = [f"{index} {title}: {POINTS[index]}" for index, title in enumerate(TITLES, 1)]
        assert [line.strip() for line in lines[1:-1] if line] == answer
        assert re.fullmatch(
            r"3 points · first text [\d.]+ s · [\d.]+ s · 47 tokens in 4 requests, "
            r"25% of the prompts cached · scripted",
            lines[-1],
        )

    def test_a_normal_answer_streams(self, server: ScriptServer, held: Gate) -> None:
        with Terminal("ask", "Hi", "-b", server.url) as terminal:
            held.wait_reached()
            terminal.until("A normal")
            held.open()
            assert terminal.end() == 0
        route, text, summary = terminal.screen.text.splitlines()
        assert route.startswith("normal: ")
        assert text == NORMAL
        assert "in 1 request," in summary

    def test_falling_back_is_told(self, server: ScriptServer) -> None:
        server.skeleton = "I would rather write prose, which has no points, than a list of them."
        with Terminal("ask", QUESTION, "-b", server.url, "--no-opening") as terminal:
            assert terminal.end() == 0
        lines = terminal.screen.text.splitlines()
        assert lines[1:3] == ["fell back to normal decoding: the model wrote no list of points", NORMAL]

    def test_a_cut_answer_is_told(self, server: ScriptServer) -> None:
        server.finish = "length"
        with Terminal("ask", "Hi", "-b", server.url) as terminal:
            assert terminal.end() == 0
        assert "the token limit cut the answer; see --max-tokens" in terminal.screen.text

    def test_quiet(self, server: ScriptServer) -> None:
        with Terminal("ask", QUESTION, "-b", server.url, "--no-opening", "--quiet") as terminal:
            assert terminal.end() == 0
        assert terminal.raw.replace("\r\n", "\n") == f"{TEXT}\n"

    def test_no_color(self, server: ScriptServer) -> None:
        with Terminal("ask", QUESTION, "-b", server.url, "--no-opening") as colourful:
            assert colourful.end() == 0
        with Terminal("ask", QUESTION, "-b", server.url, "--no-opening", NO_COLOR="1") as plain:
            assert plain.end() == 0
        assert colourful.screen.colours > 0
        assert plain.screen.colours == 0

    def test_every_point_has_a_place_on_a_small_terminal(self, server: ScriptServer) -> None:
        gate = Gate()
        titles = [f"Title {word}" for word in "ABCDEFGH"]
        server.skeleton = "".join(f"{number}. {title}\n" for number, title in enumerate(titles, 1))
        server.points = {number: [f"Text {number} begins.", gate, " It ends."] for number in range(1, 9)}
        with Terminal("ask", QUESTION, "-b", server.url, "--no-opening", columns=60, lines=20) as terminal:
            gate.wait_reached()
            terminal.until(
                lambda screen: all(
                    f"{number} Title" in screen.visible and f"Text {number} begins." in screen.visible
                    for number in range(1, 9)
                )
            )
            assert "8 points, 8 being written, 0 done" in terminal.screen.visible
            gate.open()
            assert terminal.end() == 0
        lines = [line.strip() for line in terminal.screen.text.splitlines() if line.strip()]
        assert lines[0].startswith("skeleton: ")
        assert lines[1:9] == [
            f"{number} {title}: Text {number} begins. It ends." for number, title in enumerate(titles, 1)
        ]
        assert lines[9].startswith("8 points · ")

    def test_more_points_than_lines_are_shown_in_turn(self, server: ScriptServer) -> None:
        gate = Gate()
        numbers = range(1, 13)
        server.skeleton = "".join(f"{number}. Title{number:02}\n" for number in numbers)
        server.points = {number: [f"Text{number:02}.", gate] for number in numbers}
        unseen = {f"Title{number:02}: Text{number:02}." for number in numbers}
        with Terminal(
            "ask", QUESTION, "-b", server.url, "--no-opening", "--max-points", "12", columns=60, lines=8
        ) as terminal:
            gate.wait_reached()
            terminal.until(
                lambda screen: (
                    not unseen.difference_update([point for point in unseen if point in screen.visible])
                    and not unseen
                )
            )
            gate.open()
            assert terminal.end() == 0
        words = " ".join(terminal.screen.text.split())
        assert all(words.count(f"Title{number:02}: Text{number:02}.") == 1 for number in numbers)

    @pytest.mark.parametrize("options", [(), ("--quiet",)])
    def test_a_normal_answer_is_broken_between_words(
        self, server: ScriptServer, options: tuple[str, ...]
    ) -> None:
        server.normal = f"{'wonderful ' * 15}睡眠は大切です。\n\n- {'splendid ' * 8}"
        with Terminal("ask", "Hi", "-b", server.url, *options, columns=60) as terminal:
            assert terminal.end() == 0
        lines = terminal.screen.text.splitlines()
        start = next(at for at, line in enumerate(lines) if line.startswith("wonderful"))
        assert lines[start : start + 6] == [
            *[" ".join(["wonderful"] * 6)] * 2,
            "wonderful wonderful wonderful 睡眠は大切です。",
            "",
            "- " + " ".join(["splendid"] * 6),
            "  " + " ".join(["splendid"] * 2),
        ]

    @pytest.mark.parametrize(("columns", "lines"), [(20, 40), (100, 5), (20, 5), (7, 3), (300, 100)])
    def test_odd_sizes(self, server: ScriptServer, held: Gate, columns: int, lines: int) -> None:
        with Terminal(
            "ask", QUESTION, "-b", server.url, "--no-opening", columns=columns, lines=lines
        ) as terminal:
            held.wait_reached()
            if columns > 7:
                in_turn = {*TITLES}
                terminal.until(lambda screen: not in_turn.difference_update(seen(screen)) and not in_turn)
            else:
                terminal.until("…")
            held.open()
            assert terminal.end() == 0
        words = " ".join(terminal.screen.text.replace("\n", " ").split())
        assert "being written" not in words, "the live view is gone"
        if columns > 7:
            assert all(f"{index} {title}: " in words for index, title in enumerate(TITLES, 1))

    def test_a_note_on_a_terminal_while_the_answer_goes_into_a_file(
        self, server: ScriptServer, tmp_path: Path
    ) -> None:
        script = f'"$0" ask "$1" --no-opening -b {server.url} > "$2"'
        with Terminal(
            "sh", "-c", script, str(SOT), QUESTION, str(tmp_path / "out"), command=True
        ) as terminal:
            assert terminal.end() == 0
        assert (tmp_path / "out").read_text() == f"{TEXT}\n"
        assert terminal.screen.text.startswith("skeleton: asks for advice (hybrid, ")

    @pytest.mark.parametrize("command", ["ask", "route"])
    def test_a_missing_question(self, command: str) -> None:
        with Terminal(command) as terminal:
            assert terminal.end() == 2
        text = terminal.screen.text
        assert text == f'sot: no question given; for example: sot {command} "How can I sleep better?"'


class TestHostileText:
    """`Screen` refuses every control sequence and character but the few of the program itself."""

    def test_in_titles_and_points(self, server: ScriptServer, held: Gate) -> None:
        server.skeleton = f"1. {HOSTILE} one\n2. Dark {HOSTILE}\n"
        server.points = {1: [HOSTILE, " ", held, HOSTILE], 2: [HOSTILE, "\n", HOSTILE]}
        with Terminal("ask", QUESTION, "-b", server.url, "--no-opening", columns=200) as terminal:
            held.wait_reached()
            terminal.until(HARMLESS)
            held.open()
            assert terminal.end() == 0
        assert terminal.screen.text.count(HARMLESS) >= 3

    @pytest.mark.parametrize("options", [(), ("--quiet",)])
    def test_in_a_normal_answer(self, server: ScriptServer, options: tuple[str, ...]) -> None:
        server.normal = HOSTILE
        with Terminal("ask", "Hi", "-b", server.url, *options) as terminal:
            assert terminal.end() == 0
        assert HARMLESS in terminal.screen.text

    def test_in_markdown(self, server: ScriptServer) -> None:
        server.points = {1: "See [the bank](http://evil.example/) and <b>&#27;[2J</b> &#x9b;31m `\x1b[5m`."}
        with Terminal("ask", QUESTION, "-b", server.url, "--no-opening") as terminal:
            assert terminal.end() == 0
        assert "http://evil.example/" in terminal.screen.text, "where a link goes is seen"

    def test_in_an_error(self, server: ScriptServer) -> None:
        server.default = status(400, {"error": {"message": HOSTILE}})
        with Terminal("ask", "Hi", "-b", server.url) as terminal:
            assert terminal.end() == 1
        assert "sot: HTTP 400 from http" in terminal.screen.text

    def test_in_the_models_name(self, server: ScriptServer) -> None:
        server.models = {"data": [{"id": HOSTILE}]}
        for command in (("ask", "Hi"), ("doctor",)):
            with Terminal(*command, "-b", server.url, columns=200) as terminal:
                assert terminal.end() == 2
            assert "lists no model: name the model" in terminal.screen.text
        with Terminal("ask", "Hi", "-b", server.url, "-m", HOSTILE, columns=200) as terminal:
            assert terminal.end() == 0
        assert HARMLESS.replace("de", "d e") in terminal.screen.text

    def test_in_the_question(self) -> None:
        with Terminal("route", HOSTILE, columns=200) as terminal:
            assert terminal.end() == 0
        assert HARMLESS.replace("de", "d e") in terminal.screen.text

    def test_in_an_option(self) -> None:
        with Terminal("ask", "x", "--strategy", HOSTILE, columns=200) as terminal:
            assert terminal.end() == 2


class TestInterrupt:
    """Further interrupts are in test_cli_interrupt.py."""

    @pytest.mark.model
    def test_while_the_model_loads(self) -> None:
        with Terminal("ask", QUESTION, "-b", "torch:") as terminal:
            terminal.until("Starting torch:")
            terminal.type("\x03")
            assert terminal.end() == 130
        assert terminal.screen.text.endswith("sot: interrupted")
        assert terminal.screen.cursor_visible


class TestTyping:
    def test_what_is_typed_meanwhile_leaves_the_view_alone(self, server: ScriptServer, held: Gate) -> None:
        script = '"$0" ask "$1" -b "$2"; read -r line; echo "read: $line"'
        with Terminal("sh", "-c", script, str(SOT), QUESTION, server.url, command=True) as terminal:
            held.wait_reached()
            terminal.until(all_begun)
            terminal.type("typed\n")
            held.open()
            assert terminal.end() == 0
        assert terminal.screen.text.splitlines()[-1] == "read: typed"
        assert terminal.screen.text.count("typed") == 1

    def test_it_is_seen_again_after_an_interrupt(self, server: ScriptServer, held: Gate) -> None:
        script = 'trap : INT; "$0" ask "$1" -b "$2"; echo "code: $?"; read -r line'
        with Terminal("sh", "-c", script, str(SOT), QUESTION, server.url, command=True) as terminal:
            held.wait_reached()
            terminal.until(all_begun)
            terminal.type("\x03")
            terminal.until("code: 130")
            terminal.type("typed\n")
            terminal.end()
        assert terminal.screen.text.splitlines()[-1] == "typed"

    def test_a_background_job_is_not_stopped(self, server: ScriptServer) -> None:
        script = 'set -m; "$0" ask "$1" -b "$2" & wait $!; echo "code: $?"'
        with Terminal("sh", "-c", script, str(SOT), QUESTION, server.url, command=True) as terminal:
            terminal.until("code: 0")
            terminal.end()


class TestPicture:
    @pytest.fixture(params=["pipe", "terminal"])
    def save(self, request: pytest.FixtureRequest, server: ScriptServer) -> Callable[[Path], None]:
        def save(path: Path) -> None:
            arguments = ("ask", "Is <b> & 'c' bad?", "-s", "skeleton", "--no-opening")
            arguments = (*arguments, "-b", server.url, "--svg", str(path))
            if request.param == "pipe":
                done = run_sot(*arguments)
                assert (done.returncode, done.stdout.decode(), done.stderr) == (0, f"{TEXT}\n", b"")
            else:
                with Terminal(*arguments) as terminal:
                    assert terminal.end() == 0

        return save

    def test_it_is_whole_and_asks_nobody(self, save: Callable[[Path], None], tmp_path: Path) -> None:
        save(tmp_path / "a.svg")
        picture = (tmp_path / "a.svg").read_text(encoding="utf-8")
        root = ElementTree.fromstring(picture)
        text = "".join(root.itertext()).replace("\xa0", " ")
        assert all(f"{index} {title}" in text for index, title in enumerate(TITLES, 1))
        assert all(words.split(". ")[0] in text for words in POINTS.values())
        assert "Is <b> & 'c' bad?" in text
        assert "@font-face" not in picture
        assert "url(http" not in picture.replace('"', "").replace("'", "")
        for element in root.iter():
            assert element.tag.rpartition("}")[2] not in ("image", "script", "foreignObject", "a")
            assert not [value for value in element.attrib.values() if "http" in value]

    def test_hostile_text(self, server: ScriptServer, tmp_path: Path) -> None:
        server.skeleton = f"1. </text><script> {HOSTILE}\n2. Two words\n"
        server.points = {1: f"<script>{HOSTILE}\x00\ufffe ]]> &amp;", 2: "Fine."}
        run_sot("ask", QUESTION, "-b", server.url, "--no-opening", "--svg", str(tmp_path / "a.svg"))
        root = ElementTree.fromstring((tmp_path / "a.svg").read_text(encoding="utf-8"))
        assert not [element for element in root.iter() if element.tag.endswith("script")]

    def test_a_file_that_cannot_be_written(self, server: ScriptServer, tmp_path: Path) -> None:
        done = run_sot("ask", "Hi", "-b", server.url, "--svg", str(tmp_path))
        assert (done.returncode, done.stdout.decode()) == (1, f"{NORMAL}\n")
        assert one_line(done.stderr) == f"sot: {tmp_path}: Is a directory"


def test_an_error_in_the_middle_of_an_answer_stands_on_its_own_line(server: ScriptServer) -> None:
    server.default = stream_of([delta("The start"), {"error": {"message": "out of memory"}}])
    with Terminal("ask", "Hi", "-b", server.url) as terminal:
        assert terminal.end() == 1
    _, text, error = terminal.screen.text.splitlines()
    assert text == "The start"
    assert error.startswith("sot: ")
