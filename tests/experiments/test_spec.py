"""A study file: what is accepted, what is refused with its line, and what its hash depends on."""

import dataclasses
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from experiments.engine import Engine
from experiments.errors import StudyError
from experiments.spec import Options, find_study, load_study, shipped_studies
from tests.experiments.conftest import NETWORK
from tests.experiments.toy_engine import ENGINE, Recorded, ToyMeasure

type Write = Callable[..., Path]

QUEUE = "class FairQueue:\n    id = 'fair'\n"


def sha(file: Path, options: Options | None = None, engine: Engine = ENGINE) -> str:
    return load_study(file, engine, options).sha


def test_a_study_is_read(write_study: Write) -> None:
    study = load_study(write_study(), ENGINE)
    assert study.plan.scenario.ticks == 10
    assert study.plan.scenario.price.volatility == 0.3
    assert [tuple(point.values()) for point in study.plan.points] == [
        ("queue", True),
        ("queue", False),
        ("pro_rata", True),
        ("pro_rata", False),
    ]
    assert study.plan.series_every_s == 300.0
    assert [lever.column for lever in study.plan.levers] == ["design", "reacting"]


def test_explicit_points(write_study: Write) -> None:
    levers = '[levers]\ndesign = ["queue", "pro_rata"]\nreacting = [true, false]\n'
    points = (
        '[sampling]\nkind = "explicit"\n'
        '[[points]]\ndesign = "equal"\nreacting = true\n'
        '[[points]]\nreacting = false\ndesign = "queue"\n'
    )
    study = load_study(write_study((levers, points)), ENGINE)
    assert [point["design"] for point in study.plan.points] == ["equal", "queue"]


def test_a_study_without_levers_is_one_point(write_study: Write) -> None:
    text = '[levers]\ndesign = ["queue", "pro_rata"]\nreacting = [true, false]\n'
    study = load_study(write_study((text, "")), ENGINE)
    assert study.plan.points == ({},)
    assert study.plan.runs == 5


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        (("replicates = 5", "repliactes = 5"), 5, "unknown key 'repliactes' in [study]; did you"),
        (("[levers]", "[lever]"), 14, "unknown key 'lever' in the file; did you mean 'levers'"),
        (("replicates = 5", 'replicates = "five"'), 5, "'replicates' should be a valid integer"),
        (("replicates = 5", "replicates = 0"), 5, "greater than 0"),
        (("seed = 7", "seed = -1"), 4, "greater than or equal to 0"),
        (("seed = 7\n", ""), 1, "[study] needs the key 'seed'"),
        (('name = "toy"', 'name = "../toy"'), 2, "should match pattern"),
        (("series_every_s = 300", "series_every_s = 0"), 7, "greater than 0"),
        (("series_every_s = 300", "network_every_s = 0"), 7, "greater than 0"),
        (("series_every_s", "network_evry_s"), 7, "did you mean 'network_every_s'"),
        (('preset = "crash"', 'preset = "crsh"'), 6, "unknown preset 'crsh'; did you mean 'crash'"),
        (("seed = 7", "seed = "), 4, "not valid TOML"),
        (("ticks = 10", "tick = 10"), 11, "unknown field 'tick' in the scenario; did you mean"),
        (("ticks = 10", 'ticks = "ten"'), 11, "ticks should be a valid integer, not 'ten'"),
        (("volatility = 0.3", "volatility = -1"), 12, "volatility must be 0 or more"),
        (("ticks = 10", "min_leverage = -2.0"), 11, "min_leverage must be positive"),
        (("ticks = 10", "max_leverage = 0.1"), 11, "must not be below min_leverage"),
        (('"pro_rata"', '"pro_rta"'), 15, "unknown design 'pro_rta'; did you mean 'pro_rata'"),
        (('"pro_rata"', '"nowhere:Queue"'), 15, "there is no module 'nowhere'"),
        (("reacting = [true, false]", "reacting = [true, 3]"), 16, "boolean"),
        (("reacting = [true, false]", "reactng = [true]"), 16, "did you mean 'reacting'"),
        (("reacting = [true, false]", "reacting = true"), 16, "needs a list of values"),
        (("reacting = [true, false]", "reacting = []"), 16, "needs a list of values"),
        (("reacting = [true, false]", "reacting = [true, true]"), 16, "lists a value twice"),
        (("reacting = [true, false]", "ticks = [1, 2]"), 16, "'ticks' is set twice"),
        (("[levers]", '[sampling]\nkind = "lhs"\n[levers]'), 15, "should be 'grid' or 'explicit'"),
        (("[levers]", '[sampling]\nkind = "explicit"\n[levers]'), 16, "lists its [[points]]"),
        (("runs_per_chunk = 3", 'outcomes = ["taken_gin"]'), 8, "did you mean 'taken_gini'"),
    ],
)
def test_errors_have_a_line_and_say_what_to_do(
    write_study: Write, change: tuple[str, str], line: int, words: str
) -> None:
    file = write_study(change)
    with pytest.raises(StudyError) as caught:
        load_study(file, ENGINE)
    message = str(caught.value)
    assert message.startswith(f"{file}:{line}: "), message
    assert words in message
    assert "\n" not in message


def test_the_hash_ignores_order_comments_and_prose(write_study: Write) -> None:
    plain = sha(write_study())
    levers = 'design = ["queue", "pro_rata"]\nreacting = [true, false]\n'
    turned = 'reacting = [true, false]\n# a comment\ndesign = ["queue", "pro_rata"]\n'
    assert sha(write_study((levers, turned))) == plain
    assert sha(write_study(("A toy.", "Another sentence."))) == plain
    assert sha(write_study(name="elsewhere.toml")) == plain


@pytest.mark.parametrize(
    "change",
    [
        ("seed = 7", "seed = 8"),
        ("replicates = 5", "replicates = 6"),
        ("ticks = 10", "ticks = 11"),
        ('["queue", "pro_rata"]', '["pro_rata", "queue"]'),
        ("series_every_s = 300\n", ""),
        NETWORK,
    ],
)
def test_the_hash_knows_what_changes_results(write_study: Write, change: tuple[str, str]) -> None:
    assert sha(write_study(change)) != sha(write_study())


def test_a_study_without_a_network_keeps_the_hash_it_had(write_study: Write) -> None:
    """The hash from before there was a network: folders of results carry it in their names."""
    before = "303b54473f958351d0a05515ed00ef438398b434a528f43f5ede6a5d79b0020b"
    assert sha(write_study()) == before
    assert sha(write_study(NETWORK)) != sha(write_study(("series_every_s", "network_every_s")))


def test_studies_of_one_venue_keep_no_network() -> None:
    """So their hashes are as before; a study that begins to keep one is another study."""
    for name in ("default", "replay_btc", "october_2025"):
        file = shipped_studies()[name]
        assert tomllib.loads(file.read_text())["study"].get("network_every_s") is None


def test_a_levers_column_gives_way_to_the_columns_of_kept_tables(write_study: Write) -> None:
    points = 'design = ["queue", "pro_rata"]\n'
    lever = ("reacting = [true, false]", '"venues.0.fee_rate" = [0.1]\nfail_at = [-1]')
    study = load_study(write_study(lever), ENGINE)
    assert points in study.text
    renamed = dataclasses.replace(ENGINE, venues=(*ENGINE.venues, ToyMeasure("fee_rate", "1", "")))
    columns = {
        (keeps, engine is renamed): [
            lever.column for lever in load_study(file, engine).plan.levers if "fee" in lever.path
        ]
        for keeps, file in (
            (False, write_study(lever)),
            (True, write_study(lever, NETWORK, name="n.toml")),
        )
        for engine in (ENGINE, renamed)
    }
    assert columns[True, True] == ["venues_0_fee_rate"]
    assert columns[False, True] == columns[False, False] == columns[True, False] == ["fee_rate"]


def test_quick_is_another_study(write_study: Write) -> None:
    quick = load_study(write_study(), ENGINE, Options(quick=True))
    assert quick.plan.replicates == 2
    assert quick.sha != sha(write_study())


def test_a_users_design_is_part_of_the_hash(write_study: Write, tmp_path: Path) -> None:
    file = write_study(('"pro_rata"', '"my_designs_a:FairQueue"'))
    (tmp_path / "my_designs_a.py").write_text("import my_weights\n" + QUEUE)
    (tmp_path / "my_weights.py").write_text("WEIGHT = 1\n")
    study = load_study(file, ENGINE)
    assert sorted(study.user_files) == ["my_designs_a.py", "my_weights.py"]
    (tmp_path / "my_weights.py").write_text("WEIGHT = 2\n")
    assert sha(file) != study.sha


@pytest.mark.parametrize(
    ("module", "text", "words"),
    [
        ("my_designs_b", QUEUE, "no design 'Fairqueue' in 'my_designs_b.py'; did you mean 'Fair"),
        ("my_designs_c", "def (:\n", "does not parse"),
        ("my_designs_d", "import not_installed_at_all\n", "imports 'not_installed_at_all'"),
        ("my_designs_e", "1 / 0\n", "fails on import (ZeroDivisionError"),
    ],
)
def test_a_users_design_that_does_not_load(
    write_study: Write, tmp_path: Path, module: str, text: str, words: str
) -> None:
    (tmp_path / f"{module}.py").write_text(text)
    file = write_study(('"pro_rata"', f'"{module}:Fairqueue"'))
    with pytest.raises(StudyError) as caught:
        load_study(file, ENGINE)
    assert str(caught.value).startswith(f"{file}:15: ")
    assert words in str(caught.value)


def replaying(write_study: Write) -> Path:
    return write_study(('preset = "crash"', 'preset = "replay"'), ("price.volatility = 0.3", ""))


def test_recorded_prices_must_be_given(write_study: Write, tmp_path: Path) -> None:
    file = replaying(write_study)
    with pytest.raises(StudyError, match="say which file with --data FILE"):
        load_study(file, ENGINE)
    with pytest.raises(StudyError, match="not there"):
        load_study(file, ENGINE, Options(data=(tmp_path / "none.csv",)))
    with pytest.raises(StudyError, match="omit --data"):
        load_study(write_study(), ENGINE, Options(data=(file,)))


def test_recorded_prices_are_known_by_their_bytes(write_study: Write, tmp_path: Path) -> None:
    file = replaying(write_study)
    (tmp_path / "btc.csv").write_text("1,2\n")
    beside = load_study(file, ENGINE)
    assert beside.plan.scenario.price == Recorded(files=(str(tmp_path / "btc.csv"),))
    (tmp_path / "moved").mkdir()
    moved = tmp_path / "moved" / "other_name.csv"
    moved.write_text("1,2\n")
    assert sha(file, Options(data=(moved,))) == beside.sha
    moved.write_text("1,3\n")
    assert sha(file, Options(data=(moved,))) != beside.sha


def test_a_point_may_name_its_own_file(write_study: Write, tmp_path: Path) -> None:
    levers = 'design = ["queue", "pro_rata"]\nreacting = [true, false]\n'
    file = write_study((levers, '"price.kind" = ["gbm", "recorded"]\n'), ("price.volatility", "#"))
    (tmp_path / "btc.csv").write_text("1,2\n")
    study = load_study(file, ENGINE)
    assert study.plan.point_files == ({}, {"price.files": [str(tmp_path / "btc.csv")]})
    before = study.sha
    (tmp_path / "btc.csv").write_text("1,9\n")
    assert sha(file) != before


def test_studies_are_found_by_name_or_path(write_study: Write) -> None:
    assert find_study(str(write_study())).name == "toy.toml"
    assert {"default", "replay_btc"} <= shipped_studies().keys()
    assert find_study("default") == shipped_studies()["default"]
    with pytest.raises(StudyError, match="did you mean 'default'"):
        find_study("defualt")
