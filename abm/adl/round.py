"""One ADL round: the eight slots of a design applied to one instrument's candidates.

    close price -> capacity -> budget -> allocation

The round runs in contracts when positions are closed and in USD when they are not; the numeraire is
part of the result, and B = Q |mark - close price| ties the two. `taken` never exceeds capacity, the
sum never exceeds the budget. Nothing moves here: whoever moves positions and cash reads `taken`.
"""

import math
from typing import NamedTuple

import numpy as np

from abm.adl.allocation import Claim, allocate
from abm.adl.bankruptcy import Bankruptcy
from abm.adl.capacity import fill_capacity
from abm.adl.close_price import close_price_of
from abm.adl.exposure import Candidates
from abm.adl.severity import budget_of
from abm.adl.water_filling import total_of
from abm.kernel import kernel
from abm.units import Floats, Floats32

CONTRACTS, USD = 0, 1


class Round(NamedTuple):
    """What one round did.

    Attributes:
        numeraire: 0 = contracts closed at `close_price`, 1 = USD of cash.
        close_price: USD per contract; NaN when nothing is closed.
        budget: what the design set out to take, in the numeraire.
        filled: what was taken, <= budget.
        touched: accounts that were taken from.
    """

    numeraire: int
    close_price: float
    budget: float
    filled: float
    touched: int


@kernel
def run_round(
    parameters: Floats,
    candidates: Candidates,
    scores: Floats32,
    bankruptcy: Bankruptcy,
    tie_key: np.uint64,
    taken: Floats,
) -> Round:
    """Apply a design to one bankruptcy: `taken` `[N]` out, contracts or USD, >= 0.

    Args:
        parameters: the design, `AdlDesign.parameters()`, `[P]`.
        candidates: positions in this instrument, sorted by account id.
        scores: `[N]` of `score_candidates`; -inf = out of the queue.
        bankruptcy: what is owed.
        tie_key: key of the random ties of this round.
        taken: `[N]` out.
    """
    close_price = close_price_of(parameters, bankruptcy)
    in_cash = math.isnan(close_price)
    owed = bankruptcy.deficit_usd if in_cash else bankruptcy.contracts
    lot = 0.0 if in_cash else bankruptcy.lot
    capacity = np.empty(taken.size)
    fill_capacity(parameters, candidates, scores, bankruptcy, close_price, capacity)
    budget = budget_of(parameters, owed, capacity, total_of(candidates.wallet_usd))
    claim = Claim(budget, bankruptcy.side, lot, tie_key)
    filled = allocate(parameters, candidates, scores, capacity, claim, taken)
    touched = int(np.count_nonzero(taken))
    return Round(USD if in_cash else CONTRACTS, close_price, budget, filled, touched)
