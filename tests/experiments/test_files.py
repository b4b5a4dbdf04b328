"""A file is there whole or not at all."""

from pathlib import Path

import pytest

from experiments.errors import DiskError
from experiments.files import file_sha, written_atomically


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "x"
    with written_atomically(file) as stream:
        stream.write(b"old")
    with pytest.raises(TypeError), written_atomically(file) as stream:
        stream.writelines([b"ne", "not bytes"])  # type: ignore[list-item]
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_folder_that_is_missing_is_said(tmp_path: Path) -> None:
    target = tmp_path / "no" / "x"
    with pytest.raises(DiskError, match="cannot be written"), written_atomically(target):
        pass


def test_sha(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abc")
    assert file_sha(tmp_path / "x").startswith("ba7816bf8f01cfea")
