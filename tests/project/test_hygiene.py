"""What no file of the project may do: advise a package that is not ours, or run what a file of data says."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

from sot.errors import MissingDependencyError, install_command

ROOT = Path(__file__).parents[2]
CODE = ("sot", "prompts", "backends", "evals", "examples")
TEXT = {".py", ".md", ".toml", ".j2", ".html", ".js", ".sh", ".txt", ".yml", ".yaml", ".cfg", ""}
NAMES = r"(?:skeleton[-_.]of[-_.]thought|sot)"
# The project's name as a package, in a command of an installer or with an extra.
ADVICE = re.compile(
    rf"""(?:install|add|pipx|uvx|--with|run)\s+(?:-[\w-]+\s+)*["']?{NAMES}(?:\[|==|>=|["'\s]*$|["']?\s*\#)"""
    r"|skeleton[-_.]of[-_.]thought\[",
    re.MULTILINE | re.IGNORECASE,
)
INSTALLS = re.compile(r"pip3? install[^`\n]*?-e \"?\.\[([\w,]+)\]")

# Modules that make objects of any class, and so run code, out of bytes.
OBJECT_READERS = {
    "pickle",
    "cPickle",
    "_pickle",
    "marshal",
    "shelve",
    "dill",
    "cloudpickle",
    "joblib",
    "jsonpickle",
}
CALLS = {"eval", "exec", "compile", "__import__"}


def text_files() -> list[Path]:
    folders = [ROOT / name for name in (*CODE, "docs", "tests", ".github")]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    files += [path for path in ROOT.iterdir() if path.is_file() and not path.name.startswith(".")]
    own = Path(__file__)
    return sorted(path for path in files if path.suffix in TEXT and path != own)


def code_files() -> list[Path]:
    return [path for folder in CODE for path in sorted((ROOT / folder).rglob("*.py"))]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('pip install "skeleton-of-thought[torch]"', True),
        ("pip install skeleton_of_thought", True),
        ("uv add skeleton-of-thought", True),
        ("pip install -U 'skeleton-of-thought==0.1.0'", True),
        ("pipx install sot", True),
        ('pip install -e ".[torch]"', False),
        ("pip install .", False),
        ("Skeleton-of-Thought was proposed in 2023", False),
        ("run sot ask", False),
    ],
)
def test_what_counts_as_advice(line: str, found: bool) -> None:
    assert (ADVICE.search(line) is not None) is found


def test_no_file_advises_a_name_that_is_on_no_index() -> None:
    """Whoever registers the name there would be installed by everyone who follows the advice."""
    found = []
    for path in text_files():
        text = path.read_text(encoding="utf-8", errors="replace")
        lines = [text.count("\n", 0, match.start()) + 1 for match in ADVICE.finditer(text)]
        found += [f"{path.relative_to(ROOT)}:{line}" for line in lines]
    assert found == []


def test_the_extras_that_are_advised_exist() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = set(project["project"]["optional-dependencies"])
    advised = {
        extra
        for path in text_files()
        for match in INSTALLS.finditer(path.read_text(encoding="utf-8", errors="replace"))
        for extra in match[1].split(",")
    }
    assert {"torch", "serve", "vllm"} <= advised <= extras
    in_code = {
        extra
        for path in code_files()
        for name in re.findall(r"install_command\(\"([\w,]+)\"\)", path.read_text(encoding="utf-8"))
        for extra in name.split(",")
    }
    assert {"torch", "serve", "vllm", "train"} <= in_code <= extras


def test_the_code_has_one_place_that_says_how_to_install_an_extra() -> None:
    places = [
        path.relative_to(ROOT).as_posix()
        for path in code_files()
        if re.search(r"pip3? install[^\n]*\.\[", path.read_text(encoding="utf-8"))
    ]
    assert places == ["sot/errors.py"]


def test_the_error_says_what_to_do_and_where() -> None:
    error = MissingDependencyError("torch", install_command("torch"))
    assert error.install == 'pip install -e ".[torch]"'
    assert str(error) == (
        "this needs the package 'torch': pip install -e \".[torch]\" in a checkout of this project"
    )
    assert str(MissingDependencyError("x", "pip install x")).endswith(": pip install x")


def dotted(node: ast.expr) -> str:
    """The name of what is called, as far as it is one."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def given(call: ast.Call, name: str) -> object:
    values = [keyword.value for keyword in call.keywords if keyword.arg == name]
    return ast.literal_eval(values[0]) if values else None


def faults_of(tree: ast.AST) -> list[str]:
    """What in a file makes objects out of bytes, or code out of text."""
    found: list[str] = []
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        elif isinstance(node, ast.keyword) and node.arg in ("allow_pickle", "trust_remote_code"):
            off = isinstance(node.value, ast.Constant) and node.value.value is False
            found += [] if off else [node.arg]
        elif isinstance(node, ast.Call):
            called = dotted(node.func)
            unsafe = called in CALLS or called.endswith(("read_pickle", "yaml.load", "yaml.unsafe_load"))
            unsafe |= called == "torch.load" and given(node, "weights_only") is not True
            found += [called] if unsafe else []
        found += [name for name in names if name.partition(".")[0] in OBJECT_READERS]
    return found


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from cloudpickle import loads",
        "torch.load(file)",
        "torch.load(file, weights_only=False)",
        "np.load(file, allow_pickle=True)",
        "Model.from_pretrained(name, trust_remote_code=yes)",
        "pd.read_pickle(file)",
        "eval(text)",
    ],
)
def test_what_counts_as_running_data(line: str) -> None:
    assert len(faults_of(ast.parse(line))) == 1


def test_no_code_runs_what_a_file_of_data_says() -> None:
    """Python's own process starts, which vLLM needs, use pickle between a process and its children."""
    found = {
        path.relative_to(ROOT).as_posix(): faults
        for path in code_files()
        if (faults := faults_of(ast.parse(path.read_text(encoding="utf-8"))))
    }
    assert found == {}


def test_no_file_in_the_package_is_a_pickle() -> None:
    suffixes = {".pkl", ".pickle", ".pt", ".pth", ".joblib", ".npy", ".npz", ".dill"}
    files = [path for folder in CODE for path in (ROOT / folder).rglob("*") if path.is_file()]
    assert [path for path in files if path.suffix in suffixes] == []
    starts = (bytes((0x80, protocol)) for protocol in range(2, 6))
    magic = tuple(starts)
    binary = [path for path in files if path.suffix == ".bin"]
    assert binary
    assert [path for path in binary if path.read_bytes().startswith(magic)] == []
