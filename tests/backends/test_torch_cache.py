"""The cache of the torch engine: whose weights are whose, and what happens without a cache."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("torch")

from sot.backends.torch_engine import cache, convert
from sot.backends.torch_engine.cache import cache_folder, digest_of, remember
from sot.backends.torch_engine.convert import converted
from sot.backends.torch_engine.source import converted_folder
from sot.errors import ConfigError

SIZE = 3 * 2**20 + 77  # larger than what used to be looked at, at both ends
NOTE = "cannot be written to"


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "_noted", set())
    monkeypatch.setattr(convert, "_temporary", {})


@pytest.fixture
def conversions(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders of conversions, which a double makes: the weights are the file's last bytes."""
    made: list[Path] = []

    def run(command: list[str], **_: Any) -> SimpleNamespace:
        gguf, folder = map(Path, command[-2:])
        weights = gguf.read_bytes()[-9:]
        (folder / "model.safetensors").write_bytes(weights)
        (folder / "sot-files.json").write_text(json.dumps({"model.safetensors": len(weights)}))
        made.append(folder)
        return SimpleNamespace(returncode=0, stderr="")

    monkeypatch.setattr(subprocess, "run", run)
    return made


def gguf_file(folder: Path, name: str = "model.gguf", *, changed_at: int | None = None) -> Path:
    """A file, the same each time but for one byte; as if it had been there for an hour."""
    content = bytearray(b"GGUF" + b"weights of a model " * (SIZE // 19))
    if changed_at is not None:
        content[changed_at] ^= 1
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    return folder / name


def settle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an hour go by, so that the files of the test are no longer new."""
    now = time.time_ns() + 3_600 * 10**9
    monkeypatch.setattr(cache, "time", SimpleNamespace(time_ns=lambda: now))


@pytest.mark.parametrize("at", [0, 2**20 - 1, 2**20, SIZE // 2, SIZE - 2**20 - 40, SIZE - 60])
def test_files_that_differ_in_one_byte_have_folders_of_their_own(tmp_path: Path, at: int) -> None:
    plain, other = gguf_file(tmp_path / "a"), gguf_file(tmp_path / "b", changed_at=at)
    copy = gguf_file(tmp_path / "c")
    assert plain.stat().st_size == other.stat().st_size
    assert converted_folder(plain) == converted_folder(copy)
    assert converted_folder(plain) != converted_folder(other)


def test_a_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = gguf_file(tmp_path / "a")
    settle(monkeypatch)
    first = converted_folder(file)
    opened: list[Path] = []
    real = Path.open

    def watched(self: Path, *given: Any, **more: Any) -> Any:
        opened.append(self)
        return real(self, *given, **more)

    monkeypatch.setattr(Path, "open", watched)
    assert converted_folder(file) == first
    assert file.resolve() not in opened
    assert opened  # the record


def test_a_file_that_has_just_been_written_is_read_again(tmp_path: Path) -> None:
    file = gguf_file(tmp_path / "a")
    first = digest_of(file)
    times = file.stat()
    gguf_file(tmp_path / "a", changed_at=SIZE // 2)
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert digest_of(file) != first


@pytest.mark.parametrize("how", ["in place", "moved over it"])
def test_a_changed_file_with_its_old_time_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    file = gguf_file(tmp_path / "a")
    times = file.stat()
    settle(monkeypatch)
    first = digest_of(file)
    other = gguf_file(tmp_path / ("a" if how == "in place" else "b"), changed_at=SIZE // 2)
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    other.replace(file)
    assert file.stat().st_mtime_ns == times.st_mtime_ns
    assert digest_of(file) != first


@pytest.mark.parametrize("record", ["", "[]", "{}", '{"state": 1}', "\xff", '{"state": null, "sha256": 1}'])
def test_a_broken_record_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record: str) -> None:
    file = gguf_file(tmp_path / "a")
    settle(monkeypatch)
    first = digest_of(file)
    (written,) = (cache_folder() / "digests").iterdir()
    written.write_bytes(record.encode("latin-1"))
    assert digest_of(file) == first
    assert json.loads(written.read_text())["sha256"] == first


def test_a_file_that_cannot_be_read_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.gguf: cannot be read"):
        converted(tmp_path / "gone.gguf")


def test_each_file_is_converted_once(tmp_path: Path, conversions: list[Path]) -> None:
    one, two = gguf_file(tmp_path / "a"), gguf_file(tmp_path / "b", changed_at=SIZE // 2)
    folders = [converted(file) for file in (one, two, one, two)]
    assert folders[:2] == folders[2:]
    assert len(set(folders)) == len(conversions) == 2
    assert all(folder.is_relative_to(cache_folder()) for folder in folders)
    assert set((cache_folder() / "models").iterdir()) == set(folders)


def test_a_file_that_changes_while_it_is_converted_is_not_kept(
    tmp_path: Path, conversions: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = gguf_file(tmp_path / "a")
    run = subprocess.run

    def slow(*given: Any, **more: Any) -> Any:
        file.write_bytes(b"GGUF: another one")
        return run(*given, **more)

    monkeypatch.setattr(subprocess, "run", slow)
    with pytest.raises(ConfigError, match="changed while it was converted"):
        converted(file)
    assert len(conversions) == 1
    assert list((cache_folder() / "models").iterdir()) == []


@pytest.mark.parametrize("kind", ["under a file", "a file", "read-only", "full"])
def test_without_a_cache_the_model_loads_with_one_note(
    tmp_path: Path,
    conversions: list[Path],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    kind: str,
) -> None:
    file = gguf_file(tmp_path / "a")
    settle(monkeypatch)
    place = tmp_path / "cache"
    if kind == "under a file":  # nobody, root included, can make a folder there
        (tmp_path / "file").write_text("")
        place = tmp_path / "file" / "cache"
    elif kind == "a file":
        place.write_text("")
    elif kind == "read-only":
        monkeypatch.setattr(Path, "mkdir", _refusing(OSError(30, "Read-only file system")))
    else:
        _fill(monkeypatch, place)
    monkeypatch.setenv("SOT_CACHE", str(place))
    with caplog.at_level(logging.WARNING):
        folders = {converted(file) for _ in range(3)}
        remember(cache_folder() / "choices.json", {"a": 1})
    (folder,) = folders
    assert (folder / "model.safetensors").read_bytes() == file.read_bytes()[-9:]
    assert len([made for made in conversions if not made.is_relative_to(place)]) == 1
    (note,) = caplog.messages
    assert NOTE in note
    assert str(place) in note
    assert "SOT_CACHE" in note
    assert "\n" not in note


def _refusing(error: OSError) -> Any:
    def refuse(*_: Any, **__: Any) -> None:
        raise error

    return refuse


def _fill(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    """Make conversions into a cache folder fail as on a full disk."""
    run = subprocess.run

    def full(command: list[str], **more: Any) -> Any:
        if Path(command[-1]).is_relative_to(place):
            words = "SafetensorError: I/O error: No space left on device (os error 28)"
            return SimpleNamespace(returncode=1, stderr=f"Traceback\n{words}\n")
        return run(command, **more)

    monkeypatch.setattr(subprocess, "run", full)
    real = Path.replace

    def replace(self: Path, target: Path) -> Path:
        if target.is_relative_to(place):
            raise OSError(28, "No space left on device")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)


def test_no_room_anywhere_is_one_clear_error(
    tmp_path: Path, conversions: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = gguf_file(tmp_path / "a")
    full = SimpleNamespace(returncode=1, stderr="OSError: [Errno 28] No space left on device")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: full)
    with pytest.raises(ConfigError, match=r"model\.gguf: there is no room .*No space left"):
        converted(file)
    assert conversions == []


def test_a_file_that_is_no_model_is_not_tried_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = gguf_file(tmp_path / "a")
    tried: list[Path] = []

    def run(command: list[str], **_: Any) -> SimpleNamespace:
        tried.append(Path(command[-1]))
        return SimpleNamespace(returncode=1, stderr="Traceback\nValueError: not a model\n")

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(ConfigError, match="cannot be converted: ValueError: not a model"):
        converted(file)
    assert len(tried) == 1


def test_a_record_that_cannot_be_written_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    target = cache_folder() / "choices.json"
    _fill(monkeypatch, cache_folder())
    remember(target, {"a": 1})
    assert list(target.parent.iterdir()) == []
    assert NOTE in caplog.text


@pytest.fixture
def homeless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The temporary folder of a user without a home."""
    monkeypatch.delenv("SOT_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", _refusing_home)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_home_that_is_not_known_is_no_obstacle(homeless: Path) -> None:
    folder = cache_folder()
    assert folder.parent == homeless
    assert folder.stat().st_mode & 0o077 == 0
    cache._own_temporary_folder.cache_clear()
    assert cache_folder() == folder  # at the next start, too


@pytest.mark.parametrize("taken", ["writable", "link", "file"])
def test_what_another_user_may_write_to_is_not_used_without_a_home(homeless: Path, taken: str) -> None:
    named = homeless / f"skeleton-of-thought-{os.getuid()}"
    if taken == "writable":
        named.mkdir()
        named.chmod(0o777)
    elif taken == "link":
        (homeless / "theirs").mkdir()
        named.symlink_to(homeless / "theirs")
    else:
        named.touch()
    folder = cache_folder()
    assert folder != named
    assert folder.stat().st_mode & 0o077 == 0
    assert cache_folder() == folder


def test_a_folder_of_a_user_that_there_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOT_CACHE", "~nobody-of-this-name/cache")
    assert cache_folder() == Path("~nobody-of-this-name/cache")


def test_without_any_place_nothing_is_kept(homeless: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(homeless / "missing"))
    remember(cache_folder() / "choices.json", {"a": 1})
    assert list(homeless.iterdir()) == []


def _refusing_home() -> Path:
    raise RuntimeError("Could not determine home directory.")
