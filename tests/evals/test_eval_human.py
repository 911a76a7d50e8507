"""A human judge: pairs come blind, in random order, in a terminal and on a page that lets nobody else in."""

from __future__ import annotations

import http.client
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest
from made_run import lines_of, made_answer, made_record, two_strategies, write_run

from sot.evals.judge.human import HumanSession
from sot.evals.judge.human_page import PageServer
from sot.evals.judge.outcomes import judged
from sot.evals.judge.pairs import Comparison, Pair, find_pairs
from sot.evals.judge.prompts import chosen_aspects
from sot.evals.judge.records import JUDGEMENTS, judgement_log, read_judgements
from sot.evals.run.records import latest

pytest.importorskip("pty")

from pseudo_terminal import Terminal

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"


class TestSession:
    def test_both_sides_come_first_about_as_often(self, tmp_path: Path) -> None:
        with session_on(tmp_path, count=60) as session:
            first: list[str] = []
            while (blind := session.current) is not None:
                first.append(blind.shown_first)
                assert {blind.first, blind.second} == {blind.pair.text, blind.pair.baseline_text}
                assert (blind.first == blind.pair.text) == (blind.shown_first == "strategy")
                session.decide("t")
        assert 15 <= first.count("strategy") <= 45

    def test_the_order_is_not_that_of_the_run(self, tmp_path: Path) -> None:
        with session_on(tmp_path, count=20) as session:
            shown: list[str] = []
            while session.current is not None:
                shown.append(session.current.pair.question_id)
                session.decide("s")
        assert sorted(shown) != shown

    def test_a_verdict_counts_for_the_answer_that_stood_there(self, tmp_path: Path) -> None:
        pairs = write(tmp_path, 20)
        with judgement_log(tmp_path) as log:
            session = HumanSession(log, pairs, chosen_aspects("general"), seed=0)
            while (blind := session.current) is not None:  # always prefers the skeleton's answer
                session.decide("1" if blind.first == blind.pair.text else "2")
        (found,) = judged(read_judgements(tmp_path), pairs)
        assert found.judge == "human"
        assert [outcome.outcome for outcome in found.outcomes] == [1] * 20
        assert found.bias.rate is None
        assert found.bias.first_share is not None
        assert 0.2 < found.bias.first_share < 0.8

    def test_it_goes_on_where_it_was(self, tmp_path: Path) -> None:
        with session_on(tmp_path, count=10) as session:
            for decision in ("1", "2", "s"):
                session.decide(decision)
        with session_on(tmp_path, count=10) as session:
            assert (session.total, session.judged) == (7, 0)
        entries = read_judgements(tmp_path)
        assert [entry.status for entry in entries] == ["done", "done", "skipped"]

    def test_a_skipped_pair_is_no_tie(self, tmp_path: Path) -> None:
        with session_on(tmp_path, count=2) as session:
            session.decide("s")
            session.decide("t")
        (found,) = judged(read_judgements(tmp_path), pairs_in(tmp_path))
        assert len(found.outcomes) == 1
        assert found.undecided == {"skipped": 1}

    def test_identical_answers_are_not_shown(self, tmp_path: Path) -> None:
        records = [made_record("q1", name, made_answer("The same.")) for name in ("normal", "skeleton")]
        write_run(tmp_path, [*two_strategies(2), *records])
        with judgement_log(tmp_path) as log:
            session = HumanSession(log, pairs_in(tmp_path), chosen_aspects("general"), seed=0)
            assert session.total == 2
        assert [entry.status for entry in read_judgements(tmp_path)] == ["identical"]

    def test_aspects_of_a_pair_follow_each_other_on_the_same_sides(self, tmp_path: Path) -> None:
        with session_on(tmp_path, count=3, aspects="general,diversity") as session:
            seen: list[tuple[str, str]] = []
            while (blind := session.current) is not None:
                seen.append((blind.pair.question_id, blind.shown_first))
                session.decide("1")
        assert seen[0::2] == seen[1::2]


class TestTerminal:
    def test_pairs_are_judged_with_single_keys(self, tmp_path: Path) -> None:
        write_run(tmp_path, two_strategies(3))
        with Terminal("eval", "judge", str(tmp_path), "--human") as terminal:
            for number, key in enumerate("1ts", 1):
                terminal.until(lambda screen, number=number: hint(screen.text, f"Pair {number} of 3"))
                terminal.type(key)
            assert terminal.end() == 0
        assert [line.get("verdict") for line in lines_of(tmp_path / JUDGEMENTS)] == ["first", "tie", None]
        assert "3 judged or skipped, none is left" in terminal.screen.text
        # nothing gives away which answer is whose, but the answers themselves
        assert "skeleton" not in terminal.screen.text.split("judged or skipped")[0]

    def test_q_stops_and_the_rest_comes_next_time(self, tmp_path: Path) -> None:
        write_run(tmp_path, two_strategies(3))
        with Terminal("eval", "judge", str(tmp_path), "--human") as terminal:
            terminal.until(lambda screen: hint(screen.text, "Pair 1 of 3"))
            terminal.type("2")
            terminal.until(lambda screen: hint(screen.text, "Pair 2 of 3"))
            terminal.type("q")
            assert terminal.end() == 0
        assert "1 judged or skipped, 2 to go" in terminal.screen.text
        with Terminal("eval", "judge", str(tmp_path), "--human") as terminal:
            terminal.until(lambda screen: hint(screen.text, "Pair 1 of 2"))
            terminal.type("q")
            assert terminal.end() == 0

    def test_a_long_pair_comes_page_by_page(self, tmp_path: Path) -> None:
        long = "\n".join(f"Line {number}." for number in range(40))
        records = [made_record("q1", "normal", made_answer(f"{long}\nEnd."))]
        write_run(tmp_path, [*records, made_record("q1", "skeleton", made_answer("Short."))])
        with Terminal("eval", "judge", str(tmp_path), "--human", lines=20) as terminal:
            terminal.until("space: more")
            assert "End." not in terminal.screen.text
            while "b: again" not in terminal.screen.text:
                before = terminal.screen.text
                terminal.type(" ")
                terminal.until(lambda screen, before=before: screen.text != before and hint(screen.text))
            assert "End." in terminal.screen.text
            terminal.type("1")
            assert terminal.end() == 0

    def test_an_arrow_key_is_no_verdict(self, tmp_path: Path) -> None:
        write_run(tmp_path, two_strategies(1))
        with Terminal("eval", "judge", str(tmp_path), "--human") as terminal:
            terminal.until(lambda screen: hint(screen.text))
            terminal.type("\x1b[1~")  # Home, as some terminals send it
            terminal.type("q")
            assert terminal.end() == 0
        assert read_judgements(tmp_path) == []

    def test_answers_cannot_play_tricks(self, tmp_path: Path) -> None:
        hostile = made_answer("Good.\x1b[2J\x1b]0;title\x07\u202eevil")
        records = [made_record("q1", "normal", hostile), made_record("q1", "skeleton", made_answer("Fine."))]
        write_run(tmp_path, records)
        with Terminal("eval", "judge", str(tmp_path), "--human") as terminal:
            terminal.until(lambda screen: hint(screen.text))
            terminal.type("1")
            assert terminal.end() == 0
        assert "\x1b[2J" not in terminal.raw
        assert "\x07" not in terminal.raw
        assert "\u202e" not in terminal.raw

    def test_ctrl_c_ends_cleanly(self, tmp_path: Path) -> None:
        write_run(tmp_path, two_strategies(2))
        with Terminal("eval", "judge", str(tmp_path), "--human") as terminal:
            terminal.until(lambda screen: hint(screen.text))
            terminal.type("1")
            terminal.until(lambda screen: hint(screen.text, "Pair 2 of 2"))
            terminal.type("\x03")
            assert terminal.end() == 130
        assert len(lines_of(tmp_path / JUDGEMENTS)) == 1


class TestPage:
    def test_pairs_are_judged_until_none_is_left(self, tmp_path: Path) -> None:
        with page_on(tmp_path, count=2) as server:
            assert "Pair 1 of 2" in get(server).body
            answer = post(server, number="1", decision="1")
            assert (answer.status, answer.headers["location"]) == (303, server.path)
            assert "Pair 2 of 2" in get(server).body
            post(server, number="2", decision="t")
            assert "All pairs are judged" in get(server).body
            assert server.finished.wait(120)
        assert [line["verdict"] for line in lines_of(tmp_path / JUDGEMENTS)] == ["first", "tie"]

    def test_a_form_sent_twice_judges_once(self, tmp_path: Path) -> None:
        with page_on(tmp_path, count=3) as server:
            for _ in range(2):
                post(server, number="1", decision="2")
            assert "Pair 2 of 3" in get(server).body

    @pytest.mark.parametrize(
        "fields", [{}, {"number": "1"}, {"number": "1", "decision": "x"}, {"decision": "1"}]
    )
    def test_half_a_form_judges_nothing(self, tmp_path: Path, fields: dict[str, str]) -> None:
        with page_on(tmp_path, count=2) as server:
            post(server, None, **fields)
            assert "Pair 1 of 2" in get(server).body

    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({"Host": "elsewhere.example"}, 403),
            ({"Origin": "http://elsewhere.example"}, 403),
            ({"Origin": "null"}, 403),
            ({"Sec-Fetch-Site": "cross-site"}, 403),
        ],
    )
    def test_other_sites_cannot_judge(self, tmp_path: Path, headers: dict[str, str], status: int) -> None:
        with page_on(tmp_path, count=2) as server:
            assert post(server, headers, number="1", decision="1").status == status
            assert "Pair 1 of 2" in get(server).body

    def test_a_rebound_host_name_reads_nothing(self, tmp_path: Path) -> None:
        with page_on(tmp_path, count=2) as server:
            answer = ask(server, "GET", server.path, headers={"Host": "elsewhere.example"})
            assert (answer.status, answer.body) == (403, "")

    @pytest.mark.parametrize("path", ["/", "/x/", "/favicon.ico"])
    def test_without_the_token_there_is_nothing(self, tmp_path: Path, path: str) -> None:
        with page_on(tmp_path, count=2) as server:
            assert ask(server, "GET", path).status == 404
            assert ask(server, "POST", path, "number=1&decision=1").status == 404

    def test_a_huge_form_is_refused(self, tmp_path: Path) -> None:
        with page_on(tmp_path, count=2) as server:
            assert ask(server, "POST", server.path, "x=" + "1" * 2000).status == 400

    def test_a_length_that_is_no_number_is_refused(self, tmp_path: Path) -> None:
        with page_on(tmp_path, count=2) as server:
            for length in ("\u00b2", "9" * 5000, "-1"):
                headers = {"Content-Length": length, "Origin": f"http://{server.hosts[0]}"}
                assert ask(server, "POST", server.path, headers=headers).status == 400

    @pytest.mark.parametrize(
        ("error", "told"), [(ConnectionResetError("left"), False), (OSError("full"), True)]
    )
    def test_a_browser_that_leaves_prints_nothing(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], error: OSError, told: bool
    ) -> None:
        with page_on(tmp_path, count=1) as server:
            try:
                raise error
            except OSError:
                server.handle_error(None, ("127.0.0.1", 1))
        assert bool(capsys.readouterr().err) == told

    def test_it_listens_on_this_machine_alone(self, tmp_path: Path) -> None:
        with page_on(tmp_path, count=1) as server:
            assert server.server_address[0] == "127.0.0.1"

    def test_answers_are_text(self, tmp_path: Path) -> None:
        with page_on(tmp_path, count=1, text=HOSTILE) as server:
            answer = get(server)
        assert "&lt;script&gt;alert(1)" in answer.body
        assert HOSTILE not in answer.body
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy

    def test_the_page_does_not_say_whose_answer_is_whose(self, tmp_path: Path) -> None:
        with page_on(tmp_path, count=1) as server:
            assert not re.search("skeleton|normal|strategy|baseline", get(server).body)

    def test_the_command_prints_its_address_and_stops_at_ctrl_c(self, tmp_path: Path) -> None:
        write_run(tmp_path, two_strategies(2))
        with Terminal("eval", "judge", str(tmp_path), "--human", "--page", columns=200) as terminal:
            terminal.until("Ctrl-C stops")
            found = re.search(r"http://127\.0\.0\.1:(\d+)(/\S+/)", terminal.screen.text)
            assert found
            connection = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=60)
            connection.request("GET", found[2])
            assert b"Pair 1 of 2" in connection.getresponse().read()
            connection.close()
            terminal.type("\x03")
            assert terminal.end() == 0
        assert "0 judged or skipped, 2 to go" in terminal.screen.text

    @pytest.mark.skipif(CHROMIUM is None, reason="no chromium here: apt-get install chromium")
    def test_in_a_real_browser_with_keys_and_hostile_answers(self, tmp_path: Path) -> None:
        api = pytest.importorskip("playwright.sync_api")
        problems: list[str] = []
        with page_on(tmp_path, count=3, text=HOSTILE) as server, api.sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox"], timeout=120_000
            )
            page = browser.new_page(viewport={"width": 390, "height": 844})
            page.on("console", lambda message: problems.append(message.text))
            page.on("pageerror", lambda error: problems.append(str(error)))
            page.on("dialog", lambda dialog: problems.append(dialog.message))
            page.on(
                "request",
                lambda request: None if request.url == server.url else problems.append(request.url),
            )
            page.goto(server.url)
            assert page.get_by_text(HOSTILE).count() == 1
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            page.keyboard.press("1")
            page.wait_for_selector("p:text('Pair 2 of 3')")
            page.get_by_role("button", name="Tie").click()
            page.wait_for_selector("p:text('Pair 3 of 3')")
            page.keyboard.press("s")
            page.wait_for_selector("h1:text('All pairs are judged')")
            browser.close()
        problems = [text for text in problems if not text.endswith("/favicon.ico")]
        assert problems == []
        lines = lines_of(tmp_path / JUDGEMENTS)
        assert [line.get("verdict") for line in lines] == ["first", "tie", None]


def hint(text: str, title: str = "") -> bool:
    """Whether the terminal waits for a key, below this title."""
    return title in text and text.endswith("q: stop")


def write(folder: Path, count: int, text: str | None = None) -> list[Pair]:
    records = two_strategies(count)
    if text is not None:
        records = [
            made_record(f"q{n:02d}", strategy, made_answer(own))
            for n in range(count)
            for strategy, own in (("normal", text), ("skeleton", "Another answer."))
        ]
    write_run(folder, records)
    return find_pairs(latest(records), [Comparison("skeleton", "normal")])


def pairs_in(folder: Path) -> list[Pair]:
    from sot.evals.run.folder import read_answers

    return find_pairs(latest(read_answers(folder)), [Comparison("skeleton", "normal")])


@contextmanager
def session_on(folder: Path, *, count: int, aspects: str = "general") -> Iterator[HumanSession]:
    pairs = write(folder, count)
    with judgement_log(folder) as log:
        yield HumanSession(log, pairs, chosen_aspects(aspects), seed=0)


@contextmanager
def page_on(folder: Path, *, count: int, text: str | None = None) -> Iterator[PageServer]:
    """The page, served in a thread."""
    pairs = write(folder, count, text)
    with judgement_log(folder) as log:
        server = PageServer(HumanSession(log, pairs, chosen_aspects("general"), seed=0))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


class Reply:
    """What the server answered."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read().decode()


def ask(
    server: PageServer, method: str, path: str, body: str = "", headers: dict[str, str] | None = None
) -> Reply:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if method == "POST" else {}
        connection.request(method, path, body or None, {**kind, **(headers or {})})
        return Reply(connection.getresponse())
    finally:
        connection.close()


def get(server: PageServer) -> Reply:
    return ask(server, "GET", server.path)


def post(server: PageServer, headers: dict[str, str] | None = None, **fields: str) -> Reply:
    return ask(server, "POST", server.path, urlencode(fields) or "x=", headers)
