"""What the documents say is there, is there; nothing in them belongs to one machine."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, name_of, sources, texts, words_of_the_code

DOCUMENTS = ("README.md", "CONTRIBUTING.md", "GLOSSARY.md", "CHANGELOG.md")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
PLACE = re.compile(r"`((?:abm|experiments|analysis|tests|paper|\.github)/[\w./-]*)`")
MACHINE_PATH = re.compile(r"(?<![\w.~}*-])(?:/(?:home|root|Users|work|mnt|tmp)/\w|[A-Z]:\\Users)")


def _prose(document: str) -> str:
    """A document without its blocks of code."""
    return re.sub(r"^```.*?^```", "", (ROOT / document).read_text(), flags=re.M | re.S)


def _anchors(path: Path) -> set[str]:
    """The anchors that GitHub makes of a document's headings."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-") for title in headings}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: str) -> None:
    broken = []
    for target in LINK.findall(_prose(document)):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        path = ROOT / file if file else ROOT / document
        if not path.exists() or (anchor and anchor not in _anchors(path)):
            broken.append(target)
    assert not broken, f"{document} links to what is not there: {broken}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_places_named_exist(document: str) -> None:
    missing = [place for place in PLACE.findall(_prose(document)) if not (ROOT / place).exists()]
    assert not missing, f"{document} names what is not there: {missing}"


@pytest.mark.parametrize("document", ["CONTRIBUTING.md"])
def test_python_in_documents_runs(document: str) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / document).read_text(), flags=re.M | re.S)
    assert blocks
    for block in blocks:
        exec(compile(block, document, "exec"), {"__name__": "document"})


def _glossary() -> list[tuple[str, list[str]]]:
    """Each line of the glossary's table: the term, and its names in the code."""
    rows = [line.split(" | ") for line in (ROOT / "GLOSSARY.md").read_text().splitlines()]
    table = [row for row in rows if row[0].startswith("| ") and len(row) == 5]
    return [(row[0][2:], re.findall(r"`([\w.]+)`", row[2])) for row in table]


def test_the_glossary_speaks_of_the_code() -> None:
    terms = _glossary()
    assert len(terms) > 30
    names = [(term, name.split(".")[-1]) for term, row in terms for name in row]
    unused = [pair for pair in names if pair[1] not in words_of_the_code()]
    assert not unused, f"the glossary has names that the code has not: {unused}"


def test_every_source_of_contagion_is_in_its_table_once() -> None:
    rows = (ROOT / "docs/contagion.md").read_text().splitlines()
    cells = [row.strip("| ").split(" | ") for row in rows if row.startswith("| ")][1:]
    assert all(len(row) == 4 and all(row) for row in cells)
    listed = sorted(row[1].strip("`") for row in cells)
    assert listed == sorted(path.name for path in (ROOT / "tests/literature").glob("test_*.py"))


def test_one_name_one_term() -> None:
    names = [name for _, row in _glossary() for name in row]
    twice = {name for name in names if names.count(name) > 1}
    assert not twice, f"one name, one thing: {twice}"


def test_nothing_belongs_to_one_machine() -> None:
    found = [
        f"{name_of(path)}: {match.group()}"
        for path, text in texts()
        for match in MACHINE_PATH.finditer(text)
    ]
    assert not found, f"paths of one machine: {found}"


def test_the_lock_comes_from_the_package_index_alone() -> None:
    lock = tomllib.loads((ROOT / "uv.lock").read_text())
    for package in lock["package"]:
        ours = package["name"] == "adlab"
        expected = {"editable": "."} if ours else {"registry": "https://pypi.org/simple"}
        assert package["source"] == expected, package["name"]


def _requirement(entry: dict[str, str]) -> str:
    return entry["name"] + entry.get("specifier", "")


def test_the_lock_belongs_to_the_project_file() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lock = tomllib.loads((ROOT / "uv.lock").read_text())
    (ours,) = (package for package in lock["package"] if package["name"] == "adlab")
    locked = {_requirement(entry) for entry in ours["metadata"]["requires-dist"]}
    locked_dev = {_requirement(entry) for entry in ours["metadata"]["requires-dev"]["dev"]}
    extras = project["project"]["optional-dependencies"].values()
    wanted = set(project["project"]["dependencies"]).union(*extras)
    assert locked == wanted, "run: uv lock"
    assert locked_dev == set(project["dependency-groups"]["dev"]), "run: uv lock"
    assert ours["version"] == project["project"]["version"], "run: uv lock"


def test_citation_and_changelog_know_the_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text()
    assert "\n## [Unreleased]\n" in (ROOT / "CHANGELOG.md").read_text()


def test_a_parametrised_guard_without_cases_fails() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
    assert settings["empty_parameter_set_mark"] == "fail_at_collect"
    assert settings["xfail_strict"] is True
    assert settings["filterwarnings"][0] == "error"


def test_every_test_file_holds_a_test() -> None:
    silent = [
        name_of(path)
        for path in sources("tests")
        if path.name.startswith("test_") and "def test_" not in path.read_text()
    ]
    assert not silent, f"no test inside: {silent}"
