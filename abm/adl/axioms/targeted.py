"""Books by hand on which an attack is known to work against some rule: tried before random ones.

    two equal shorts of 2 against a bankrupt long of 3      one of them splits, or tops up
    three shorts of 1 against a bankrupt long of 1          two of them merge

In a random order the first owner gives 1.5 contracts whole and 1.33 in halves, since the halves
need not come together; and two of three tickets give 2/3 of a contract, one of two gives 1/2. Few
random books show this beyond the noise of the draw.
"""

from collections.abc import Mapping

from abm.adl.axioms.axiom import Attack
from abm.adl.axioms.case import Account, Case

_PAIR = Case(
    (
        Account(10, 3.0, 120.0, 30.0),
        Account(20, -2.0, 120.0, 200.0, snapshot=40.0),
        Account(30, -2.0, 120.0, 200.0, snapshot=40.0),
    )
)
_TRIPLE = Case(
    (
        Account(10, 1.0, 120.0, 10.0),
        *(Account(10 * i, -1.0, 120.0, 200.0, snapshot=20.0) for i in (2, 3, 4)),
    )
)
_WITH_A_LOSER = _TRIPLE.with_accounts(Account(30, -1.0, 90.0, 200.0))

TARGETED: Mapping[str, tuple[tuple[Case, Attack], ...]] = {
    "split_proportional": ((_PAIR, {"account": 20.0, "share": 0.5}),),
    "split_asymmetric": ((_PAIR, {"account": 20.0, "share": 0.5, "cash_share": 0.75}),),
    "top_up": ((_PAIR, {"account": 20.0, "share": 0.5, "top_up": 10.0}),),
    "merge_proof": ((_TRIPLE, {"account": 20.0, "other": 30.0, "netting": 0.0}),),
    "netting": ((_WITH_A_LOSER, {"account": 20.0, "other": 30.0, "netting": 1.0}),),
}
"""Books and attacks by axiom."""
