"""Configuration files: which default applies, what a stranger's folder cannot do, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_here import sot_here
from cli_server import MODEL, QUESTION, ScriptServer, run_sot

from sot import Options

URL = "http://engine.invalid/v1"
KEY = "sk-of-the-user"


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's own file, not yet there; the folder at hand is another one, and empty."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    folder = tmp_path / "config" / "sot"
    folder.mkdir(parents=True)
    return folder / "sot.toml"


@pytest.fixture
def server() -> Iterator[ScriptServer]:
    with ScriptServer() as running:
        running.reset()
        yield running


def run(own: Path, *arguments: str, **variables: str) -> tuple[int, str, str]:
    folder = str(own.parent.parent)
    variables = {"SOT_CONFIG": "", "XDG_CONFIG_HOME": folder, "HOME": folder, **variables}
    done = sot_here(*arguments, stdin=b"", **variables)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def doctor(own: Path, *arguments: str, **variables: str) -> dict[str, str]:
    """The default engine, and where its options are set."""
    code, output, errors = run(own, "doctor", "--json", *arguments, **variables)
    assert code in (0, 1), errors  # the engine need not be there
    report = json.loads(output)
    return {"default": report["default"], **report["configuration"]["sets"]}


HERE = f"""
backend = "{URL}"
[profiles.big]
backend = "http://big.invalid/v1"
"""


class TestWhichApplies:
    def test_the_folder_over_the_user_and_the_command_line_over_both(self, own: Path) -> None:
        own.write_text('backend = "http://own.invalid/v1"\nmodel = "m"\n')
        assert doctor(own)["default"] == "http://own.invalid/v1"
        Path("sot.toml").write_text(HERE)
        assert doctor(own) == {"default": URL, "backend": "sot.toml"}, "the user's model is of another engine"
        assert doctor(own, "--backend", "http://typed.invalid/v1")["default"] == "http://typed.invalid/v1"

    def test_the_environment_over_files_and_a_profile_over_the_environment(self, own: Path) -> None:
        Path("sot.toml").write_text(HERE)
        assert doctor(own, SOT_BACKEND="http://set.invalid/v1") == {"default": "http://set.invalid/v1"}
        for arguments, variables in (
            (["--profile", "big"], {}),
            ([], {"SOT_PROFILE": "big"}),
        ):
            found = doctor(own, *arguments, SOT_BACKEND="http://set.invalid/v1", **variables)
            assert found["default"] == "http://big.invalid/v1"

    def test_options_of_all_kinds_reach_the_answer(self, own: Path, server: ScriptServer) -> None:
        own.write_text(
            f'backend = "{server.url}"\nquiet = true\nopening = false\nmax_points = 2\n'
            'header = ["x-team=a"]\n[ask]\nstrategy = "skeleton"\n[profiles.plain.ask]\nstrategy = "normal"\n'
        )
        code, output, errors = run(own, "ask", QUESTION, "--json")
        assert code == 0, errors
        assert json.loads(output)["route"]["strategy"] == "skeleton"
        assert len(json.loads(output)["points"]) == 2
        assert json.loads(run(own, "--profile", "plain", "ask", QUESTION, "--json")[1])["points"] == []
        assert json.loads(run(own, "ask", QUESTION, "--json", "--profile", "plain")[1])["model"] == MODEL


class TestAFolderOfAStranger:
    def test_its_engine_does_not_get_the_key(self, own: Path, server: ScriptServer) -> None:
        Path("sot.toml").write_text(f'backend = "{server.url}"\n')
        asked = ("ask", QUESTION, "--strategy", "normal")
        code, _, errors = run(own, *asked, OPENAI_API_KEY=KEY)
        assert code == 0, errors
        assert "OPENAI_API_KEY is not sent to" in errors
        assert KEY not in str([exchange.headers for exchange in server.seen])
        own.write_text(f'trust = ["{server.url}/"]\n')
        assert "not sent" not in run(own, *asked, OPENAI_API_KEY=KEY)[2]
        assert KEY in str([exchange.headers for exchange in server.seen])

    def test_the_key_goes_to_an_engine_that_the_user_names(self, own: Path, server: ScriptServer) -> None:
        Path("sot.toml").write_text(HERE)
        arguments = ("ask", QUESTION, "--strategy", "normal", "--backend", server.url)
        assert run(own, *arguments, OPENAI_API_KEY=KEY)[0] == 0
        assert KEY in str([exchange.headers for exchange in server.seen])

    def test_however_it_writes_the_address(self, own: Path, server: ScriptServer) -> None:
        keys = {"OPENAI_API_KEY": KEY, "SOT_POINT_API_KEY": f"{KEY}-2"}
        own.write_text(f'backend = "{URL}"\nheader = ["x-api-key={KEY}-3"]\n')
        for address in (server.url, server.url.replace("http:", "HTTP:"), f"  {server.url}"):
            Path("sot.toml").write_text(f'backend = "{address}"\npoint-model = "{MODEL}"\n')
            code, _, errors = run(own, "ask", QUESTION, "--strategy", "skeleton", **keys)
            assert code == 0, errors
            assert "OPENAI_API_KEY and SOT_POINT_API_KEY and --header of your own file are not sent" in errors
        assert KEY not in str([exchange.headers for exchange in server.seen])

    @pytest.mark.parametrize(
        ("command", "line"),
        [
            ("ask", 'engine-arg = ["a=1"]'),
            ("ask", 'header = ["a=1"]'),
            ("ask", 'svg = "x.svg"'),
            ("ask", "continue = true"),
            ("ask", 'schema = "/home/user/secret.json"'),
            ("ask", 'point-backend = "http://engine.invalid/v1"'),
            ("serve", 'host = "0.0.0.0"'),
            ("serve", 'api-key-file = "keys.txt"'),
            ("serve", "debug = true"),
            ("serve", 'cache-salt-by = "off"'),
            ("serve", "log-questions = true"),
            ("serve", 'pass-on = ["load_lora_adapter"]'),
            ("ask", "traces = true"),
            ("ask", "trace-content = true"),
            ("ask", "history = true"),
            ("ask", "env-key = true"),
            ("ask", 'engine-can = ["separates_tenants=yes"]'),
            ("ask", "extra-body = '{\"tools\": []}'"),
            ("route", 'eval = "/home/user/secret.jsonl"'),
        ],
    )
    def test_it_cannot_set_what_could_hurt(self, own: Path, command: str, line: str) -> None:
        Path("sot.toml").write_text(line)
        code, _, errors = run(own, command, *([] if command == "serve" else [QUESTION]))
        assert code == 2
        assert "can only be set in the user's own file" in errors

    def test_it_may_keep_and_send_less(self, own: Path, server: ScriptServer, tmp_path: Path) -> None:
        own.write_text(f'backend = "{server.url}"\nhistory = true\nenv-key = true\n')
        Path("sot.toml").write_text("history = false\nenv-key = false\n")
        history = tmp_path / "history.sqlite"
        variables = {"OPENAI_API_KEY": KEY, "SOT_HISTORY": str(history)}
        assert run(own, "ask", QUESTION, "--strategy", "normal", **variables)[0] == 0
        assert KEY not in str([exchange.headers for exchange in server.seen])
        assert not history.exists()

    def test_no_file_deletes_what_is_kept(self, own: Path, tmp_path: Path) -> None:
        for text in ("[logs.delete]\nall = true", "all = true", "[profiles.a.logs.delete]\nall = true"):
            for place in (own, Path("sot.toml")):
                place.write_text(text)
                variables = {
                    "SOT_HISTORY": str(tmp_path / "history.sqlite"),
                    "SOT_PROFILE": "a" if "a." in text else "",
                }
                code, _, errors = run(own, "logs", "delete", **variables)
                assert (code, "--all is for the command line alone" in errors) == (2, True), errors
                place.unlink()

    def test_an_engine_elsewhere_that_it_names_is_told_of(self, own: Path, server: ScriptServer) -> None:
        Path("sot.toml").write_text(f'backend = "{URL}"')
        said = f"sot: the engine is {URL}, which sot.toml of this folder names: "
        assert run(own, "ask", QUESTION, "--quiet")[2].startswith(said)
        own.write_text(f'trust = ["{URL}"]')
        assert said not in run(own, "ask", QUESTION)[2]
        own.unlink()
        Path("sot.toml").write_text(f'backend = "{server.url}"')  # of this machine
        assert run(own, "ask", QUESTION, "--strategy", "normal")[2] == ""
        own.write_text('extra-body = \'{"user": "ada"}\'')
        errors = run(own, "ask", QUESTION, "--strategy", "normal")[2]
        assert "--extra-body of your own file is not sent to" in errors
        assert "ada" not in str([exchange.body for exchange in server.completions])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("max-poinst = 3", "sot.toml: there is no option --max-poinst"),
        ("[ask]\nport = 3", "sot.toml: sot ask has no option --port"),
        ("max-points = true", "sot.toml: max-points must be a text or a number"),
        ("quiet = 1", "sot.toml: quiet must be true or false"),
        ("engine-can = [1]", "sot.toml: engine-can must be a text or a list of texts"),
        ('max-points = "many"', "Invalid value for '--max-points'"),
        ("profiles = 3", "sot.toml: profiles must be tables"),
        ('trust = ["http://a/v1"]', "sot.toml: trust belongs into the user's own file"),
        ("max-points = ", "sot.toml: not TOML"),
        ("x" * 200_000, "sot.toml: larger than 100000 bytes"),
        ("[profiles.a]\nb = 1", "sot.toml: there is no option --b"),
        ("[aks]\nmax-points = 3", "sot.toml: [aks] is the table of no command and no profile"),
        ("[profiles.a.aks]\nmax-points = 3", "sot.toml: [aks] is the table of no command"),
        ('profile = "big"', "sot.toml: --profile is for the command line alone"),
    ],
)
def test_what_a_file_gets_wrong_is_named_in_one_line(own: Path, text: str, says: str) -> None:
    Path("sot.toml").write_text(text)
    code, output, errors = run(own, "ask", QUESTION)
    assert (code, output) == (2, "")
    assert says in errors
    assert errors.count("\n") == 1


def test_help_and_completion_do_without_a_broken_file(own: Path) -> None:
    Path("sot.toml").write_text("max-points = ")
    code, output, errors = run(own, "ask", "-h")
    assert (code, errors) == (0, "")
    assert "--max-points" in output
    for text in ("max-points = ", f'backend = "{URL}"'):
        Path("sot.toml").write_text(text)
        done = run_sot(
            _SOT_COMPLETE="complete_bash",
            COMP_WORDS="sot ask --max-p",
            COMP_CWORD="2",
            SOT_CONFIG="",
            XDG_CONFIG_HOME=str(own.parent.parent),
        )
        assert "--max-points" in done.stdout.decode().split()
        assert done.stderr == b""


def test_a_misspelt_table_of_a_group_is_named(own: Path) -> None:
    Path("sot.toml").write_text("[logs.lits]\nlimit = 3")
    assert "[logs.lits] is the table of no command" in run(own, "logs", "list")[2]


def test_folders_that_are_not_the_users_own(own: Path, server: ScriptServer) -> None:
    """A relative folder in a variable is that of whatever folder is at hand; a user may have no home."""
    Path("sot").mkdir()
    Path("sot", "sot.toml").write_text('header = ["a=1"]\nmax-points = ""')
    here = {"XDG_CONFIG_HOME": ".", "XDG_DATA_HOME": ".", "XDG_STATE_HOME": ".", "SOT_HISTORY": ""}
    asked = ("ask", QUESTION, "--backend", server.url, "--strategy", "normal")
    assert run(own, *asked, **here)[0] == 0
    assert [path.name for path in Path("sot").iterdir()] == ["sot.toml"]
    with pytest.MonkeyPatch.context() as homeless:
        homeless.setattr(Path, "home", no_home)
        code, _, errors = run(own, *asked, **here)
        assert (code, errors) == (0, "")
        assert "a user without a home" in run(own, "logs", "list", **here)[2]
        assert run(own, "doctor", **here)[0] in (0, 1)


def no_home() -> Path:
    raise RuntimeError("Could not determine home directory.")


def test_words_that_switch_off_are_no_files(own: Path, server: ScriptServer) -> None:
    own.write_text("max-points = ")
    asked = ("ask", QUESTION, "--backend", server.url, "--strategy", "normal")
    assert run(own, *asked, SOT_CONFIG="OFF", SOT_HISTORY="Off")[0] == 0
    assert list(Path().iterdir()) == []


def test_no_such_profile(own: Path) -> None:
    assert run(own, "ask", QUESTION, "--profile", "big")[::2] == (
        2,
        "sot: no profile 'big': no sot.toml has one\n",
    )
    own.write_text("[profiles.small]\nmax-points = 3")
    assert "no profile 'big': there are small" in run(own, "--profile", "big", "ask", QUESTION)[2]


def test_doctor_shows_no_values(own: Path) -> None:
    own.write_text(f'backend = "{URL}"\nheader = ["api-key=secret-of-a-gateway"]\n')
    code, output, _ = run(own, "doctor")
    assert code in (0, 1)
    assert "--header" in output
    assert "secret-of-a-gateway" not in output


def test_help_shows_no_values_of_files(own: Path) -> None:
    """They may be a secret of the user's, or a stranger's words."""
    own.write_text('header = ["api-key=secret-of-a-gateway"]\nbackend = "http://user:secret-too@host/v1"\n')
    Path("sot.toml").write_text('system = "\\u001b]0;title\\u0007\\u202e"\nmax-points = 7\n')
    code, output, errors = run(own, "ask", "-h")
    assert (code, errors) == (0, "")
    assert "secret" not in output
    assert output.replace("\n", "").isprintable()
    assert f"[default: {Options().max_points}]" in output


@pytest.mark.parametrize(
    ("words", "at", "offered"),
    [("sot as", 1, "ask"), ("sot bench lat", 2, "latency"), ("sot ask --max-p", 2, "--max-points")],
)
def test_the_shell_completes(words: str, at: int, offered: str) -> None:
    done = run_sot(_SOT_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD=str(at))
    assert offered in done.stdout.decode().split()


@pytest.mark.parametrize("arguments", [["-h"], ["serve", "-h"], ["bench", "-h"], ["bench", "latency", "-h"]])
def test_help_is_short_to_ask_for_and_cuts_nothing(own: Path, arguments: list[str]) -> None:
    code, output, _ = run(own, *arguments)
    assert code == 0
    assert output == run(own, *arguments[:-1], "--help")[1]
    assert "..." not in output.replace("[ARGS]...", "")
