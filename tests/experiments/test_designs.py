"""Users' designs: found beside the study, followed through their imports, read anew every time."""

from pathlib import Path

from experiments.designs import design_files, design_names, find_design

FAIR = "class Fair:\n    id = {id!r}\n"


def test_names_in_overrides() -> None:
    overrides = {"design": "a", "venues.*.design": "b", "designs": ["c", "d"], "name": "e"}
    assert [name for _, name in design_names(overrides)] == ["a", "b", "c", "d"]


def test_an_edited_module_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "own_a.py"
    file.write_text(FAIR.format(id="first"))
    assert find_design("own_a:Fair", (), tmp_path).id == "first"
    file.write_text(FAIR.format(id="the second"))
    assert find_design("own_a:Fair", (), tmp_path).id == "the second"


def test_two_folders_may_have_a_module_of_the_same_name(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "own_b.py").write_text(FAIR.format(id=name))
    assert find_design("own_b:Fair", (), tmp_path / "one").id == "one"
    assert find_design("own_b:Fair", (), tmp_path / "two").id == "two"


def test_a_package_is_followed_with_its_neighbours(tmp_path: Path) -> None:
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "__init__.py").write_text("")
    (tmp_path / "pack" / "own_c.py").write_text("import numpy\nfrom pack import weights\n")
    (tmp_path / "pack" / "weights.py").write_text("import pack.own_c\n")
    (tmp_path / "unused.py").write_text("")
    files = design_files(["pack.own_c:Fair", "binance"], tmp_path)
    names = [file.relative_to(tmp_path.resolve()).as_posix() for file in files]
    assert names == ["pack/__init__.py", "pack/own_c.py", "pack/weights.py"]


def test_an_installed_module_counts_with_its_own_file(tmp_path: Path) -> None:
    files = design_files(["tests.experiments.toy_engine:ENGINE"], tmp_path)
    assert [file.name for file in files] == ["toy_engine.py"]


def test_a_function_that_gives_a_design_is_called(tmp_path: Path) -> None:
    (tmp_path / "own_d.py").write_text("def make():\n    return 'a design'\n")
    assert find_design("own_d:make", (), tmp_path) == "a design"
