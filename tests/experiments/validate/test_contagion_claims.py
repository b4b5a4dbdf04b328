"""C1 to C11: each once, complete, well-formed in what it finds, drawn, and run from the command."""

import json
import math
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.validation import build
from experiments.cli import main
from experiments.validate import theory
from experiments.validate.claim import LETTER_STREAMS, Settings
from experiments.validate.contagion import CLAIMS
from experiments.validate.runner import Outcome, run_claims
from tests.analysis.test_validation_theory import no_word_is_cut_off

VERDICTS = {"C10": "refuted", "C11": "unclear"}
"""What is found where the claim does not hold."""

RECORDED = "C7"


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    """Every claim that needs no recorded data, in its quick setting."""
    own = [claim for claim in CLAIMS if claim.id != RECORDED]
    return run_claims(own, Settings(), 2, lambda _: None)


def test_every_claim_is_there_once() -> None:
    assert [claim.id for claim in CLAIMS] == [f"C{n}" for n in range(1, 12)]
    assert max(Counter(claim.title for claim in CLAIMS).values()) == 1


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_a_claim_says_what_and_where(claim: object) -> None:
    for field in ("title", "source", "statement"):
        text = getattr(claim, field)
        assert text == text.strip()
        assert text
    assert claim.source.startswith("[")  # type: ignore[attr-defined]
    assert claim.statement.endswith(".")  # type: ignore[attr-defined]


def test_streams_of_two_letters_do_not_meet_and_those_of_v_are_their_numbers() -> None:
    assert [claim.stream for claim in theory.CLAIMS] == list(range(1, 34))
    streams = [claim.stream for claim in (*theory.CLAIMS, *CLAIMS)]
    assert len(set(streams)) == len(streams)
    assert all(claim.stream % LETTER_STREAMS == claim.number for claim in CLAIMS)


@pytest.mark.compiled
def test_verdicts(outcomes: list[Outcome]) -> None:
    assert {o.claim.id: o.error for o in outcomes if o.finding is None} == {}
    for outcome in outcomes:
        assert outcome.finding is not None
        assert outcome.finding.verdict == VERDICTS.get(outcome.claim.id, "holds"), (
            outcome.claim.id,
            outcome.finding.sentence,
        )


@pytest.mark.compiled
def test_findings_have_numbers_with_intervals_around_them(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        assert outcome.finding is not None
        names = Counter(one.name for one in outcome.finding.measurements)
        assert max(names.values()) == 1, outcome.claim.id
        for one in outcome.finding.measurements:
            assert not math.isnan(one.measured), (outcome.claim.id, one.name)
            if not math.isnan(one.low):
                slack = 1e-9 * (1.0 + abs(one.measured))
                assert one.low - slack <= one.measured <= one.high + slack, one.name


@pytest.mark.compiled
def test_every_table_has_a_figure_of_its_own_claim(outcomes: list[Outcome], tmp_path: Path) -> None:
    for outcome in outcomes:
        assert outcome.finding is not None
        tables = outcome.finding.tables
        for stem, table in tables.items():
            assert len({np.asarray(column).shape for column in table.values()}) == 1, stem
            pd.DataFrame(table).to_csv(tmp_path / f"{stem}.csv", index=False)
        own = [figure for figure in build.FIGURES if set(figure.requires) <= set(tables)]
        assert {stem for figure in own for stem in figure.requires} == set(tables)
        for figure in own:
            no_word_is_cut_off(figure.draw_from(tmp_path))


@pytest.mark.data
@pytest.mark.compiled
def test_of_the_record_and_its_replay_some_facts_are_open(tmp_path: Path) -> None:
    (outcome,) = run_claims(
        [claim for claim in CLAIMS if claim.id == RECORDED], Settings(), 1, lambda _: None
    )
    assert outcome.error == ""
    assert outcome.finding is not None
    assert outcome.finding.verdict == "unclear", outcome.finding.sentence
    assert "b failed in Terra/Luna 2022" in outcome.finding.sentence
    for stem, table in outcome.finding.tables.items():
        pd.DataFrame(table).to_csv(tmp_path / f"{stem}.csv", index=False)
    (figure,) = [one for one in build.FIGURES if one.requires == ("stylised_facts",)]
    no_word_is_cut_off(figure.draw_from(tmp_path))


# --- the command ---------------------------------------------------------------------------------


def test_the_command_writes_what_it_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy.json"
    words = ["validate", "contagion", "--only", "c9,C4", "--out", str(tmp_path / "out")]
    assert main([*words, "--workers", "1", "--json", str(copy)]) == 0
    said = capsys.readouterr().out
    assert "2 claims: 2 holds" in said
    whole = json.loads(copy.read_text())
    assert [claim["id"] for claim in whole["claims"]] == ["C4", "C9"]
    drawn = {file.name for file in (tmp_path / "out" / "figures").iterdir()}
    assert {"stablecoin_spiral.pdf", "critical_leverage.png"} <= drawn
    assert "Sources:" in (tmp_path / "out" / "report.md").read_text()


def test_without_the_record_the_other_claims_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["validate", "contagion", "--only", "C7,C9", "--data", str(tmp_path), "--no-figures"]
    assert main([*words, "--out", str(tmp_path / "out"), "--workers", "1"]) == 1
    said = capsys.readouterr()
    assert "1 of 2 claims failed; the first is C7" in said.err
    assert said.err.count("git clone") == 1
    rows = pd.read_csv(tmp_path / "out" / "claims.csv")
    assert "nl2992" in str(rows[rows["claim"] == "C7"]["error"].iloc[0])
    assert set(rows[rows["claim"] == "C9"]["verdict"]) == {"holds"}


def test_a_claim_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["validate", "contagion", "--only", "C99", "--out", str(tmp_path)]) == 1
    assert "there is no claim 'C99'; give ids from C1 to C11" in capsys.readouterr().err


def test_help_shows_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["validate", "contagion", "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert "adlab validate contagion --only C1,C4" in said
    assert "--data" in said
