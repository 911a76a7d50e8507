"""Number of parameters from the headers of weight files."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from sot.backends.in_process.model_size import count_parameters


def test_all_files_of_a_folder_count(tmp_path: Path) -> None:
    save_file(
        {"a": torch.zeros(3, 4), "b": torch.zeros(5)}, tmp_path / "model-1.safetensors", {"format": "pt"}
    )
    save_file({"c": torch.zeros(2, 2, 2)}, tmp_path / "model-2.safetensors")
    assert count_parameters(tmp_path) == 25


def test_where_there_is_no_such_file_nothing_is_known(tmp_path: Path) -> None:
    assert count_parameters(tmp_path) is None
    assert count_parameters(tmp_path / "Qwen" / "Qwen3-8B") is None


@pytest.mark.parametrize(
    "content", [b"", b"\xff" * 64, b"\x02\0\0\0\0\0\0\0[]", b'\x0b\0\0\0\0\0\0\0{"a": {}}  ']
)
def test_a_damaged_file_is_no_error_here(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.safetensors").write_bytes(content)
    assert count_parameters(tmp_path) is None
