"""Words that a choice does not know are refused where they are written, with those it knows."""

from dataclasses import dataclass
from typing import Any, Literal

import pytest

from abm.agents.population import Population
from abm.engine.scenario import Scenario
from abm.venue.collateral_market import CollateralMarket
from abm.venue.guards import Guards
from abm.venue.lp_vault import Vault
from abm.venue.oracle import Oracle, Source
from abm.venue.rulebook import Rulebook
from abm.venue.staking import Staking
from abm.words import check_words

type Pace = Literal["slow", "quick"]


@dataclass(frozen=True)
class Trip:
    """A literal by its alias, one written out, and a field that holds any word."""

    pace: Pace = "slow"
    stops: Literal[1, 2] = 1
    name: str = "trip"


def test_literal_fields_are_checked_and_no_others() -> None:
    check_words(Trip("quick", 2, "anything"))
    with pytest.raises(ValueError, match=r"^pace is 'fast': choose from slow, quick\.$"):
        check_words(Trip(pace="fast"))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^stops is 3: choose from 1, 2\.$"):
        check_words(Trip(stops=3))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("choice", "field", "word", "known"),
    [
        (Source, "kind", "sport", "spot, own_book, book"),
        (Oracle, "rule", "mean", "weighted, median"),
        (CollateralMarket, "valued_by", "own", "own_book, redemption, median"),
        (Rulebook, "bankrupt_to_book", "some", "all, beyond_vault, none"),
        (Rulebook, "impact_form", "cubic", "linear, square_root"),
        (Rulebook, "liquidation_style", "none", "full, step, to_target"),
        (Guards, "margin_rule", "wild", "flat, volatility, predictive"),
        (Vault, "queue", "last_come", "pro_rata, first_come"),
        (Staking, "order", "nobody", "stakers_first, venue_first, pro_rata"),
        (Scenario, "disclosure", "rnk", "none, lights_head, lights_size, rank, price, design"),
        (Population, "winning_side", "up", "short, long"),
    ],
)
def test_every_choice_names_its_words(choice: Any, field: str, word: str, known: str) -> None:
    with pytest.raises(ValueError, match=rf"{field} is '{word}': .*{known}\.$"):
        choice(**{field: word})
