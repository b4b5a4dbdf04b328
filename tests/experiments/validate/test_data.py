"""Where the recorded data is looked for, and what is said when it is not there."""

from pathlib import Path

import pytest

from experiments.errors import StoreError
from experiments.validate import data
from experiments.validate.data import data_folder


def test_what_is_given_comes_before_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "given").mkdir()
    (tmp_path / "named").mkdir()
    monkeypatch.setenv("ADLAB_DATA", str(tmp_path / "named"))
    assert data_folder(None) == tmp_path / "named"
    assert data_folder(str(tmp_path / "given")) == tmp_path / "given"


@pytest.mark.parametrize("value", [None, ""])
def test_without_either_it_lies_beside_the_repository(
    value: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if value is None:
        monkeypatch.delenv("ADLAB_DATA", raising=False)
    else:
        monkeypatch.setenv("ADLAB_DATA", value)
    monkeypatch.setattr(data, "BESIDE", tmp_path)
    assert data_folder(None) == tmp_path


def test_the_default_is_shared_data_beside_the_folder_with_pyproject() -> None:
    repository = data.BESIDE.parent.parent
    assert data.BESIDE.parts[-2:] == ("shared", "data")
    assert (repository / Path(__file__).resolve().parents[3].name / "pyproject.toml").is_file()


def test_a_home_folder_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "record").mkdir()
    assert data_folder("~/record") == tmp_path / "record"


@pytest.mark.parametrize("make", [False, True], ids=["missing", "a file"])
def test_no_folder_is_one_sentence_that_says_what_to_fetch(make: bool, tmp_path: Path) -> None:
    place = tmp_path / "nowhere"
    if make:
        place.write_text("no folder")
    with pytest.raises(
        StoreError, match=r"nowhere: git clone https://github\.com/.*aae0be8"
    ) as caught:
        data_folder(str(place))
    assert "\n" not in str(caught.value)
