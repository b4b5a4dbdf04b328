"""Pro-rata in whole lots: share a number of contracts in proportion to position size.

designs 8.3, as of 2026-11-20: "x_i = min(c_i, τ w_i), sum x = min(Q, sum c)"; "w_i = c_i pro-rata";
"integer lots by largest remainder".

Accounts, bankruptcies and outcomes are those of queue_parts.
"""

import math

from tests.oracles.queue_parts import Account, Bankruptcy, whole_lots


def pro_rata_lots(accounts: list[Account], bankruptcy: Bankruptcy) -> dict[int, float]:
    """Everybody gives the same fraction of its position, rounded to lots by largest remainder.

    Reading: the budget is the whole lots of the contracts to close, at most the whole lots that
    all hold together; the weight is the position itself, odd part of a lot included.  The lots
    left after rounding down go to the largest remainders, the smaller account id first among
    equals (equal to 1e-9 of a lot), never to an account whose whole lots are all taken; should
    lots be left after everybody was asked, everybody is asked again in the same order.
    """
    lot = bankruptcy["lot"]
    held = {a["account_id"]: whole_lots(a["qty_contracts"], lot) for a in accounts}
    size = {a["account_id"]: abs(a["qty_contracts"]) / lot for a in accounts}
    budget = min(whole_lots(bankruptcy["contracts"], lot), sum(held.values()))
    given, remainder = {}, {}
    for i in held:
        share = budget * size[i] / sum(size.values())
        given[i] = min(held[i], math.floor(share + 1e-9))
        remainder[i] = round(share - given[i], 9)
    left = budget - sum(given.values())
    while left > 0:
        for i in sorted(held, key=lambda i: (-remainder[i], i)):
            if left > 0 and given[i] < held[i]:
                given[i] += 1
                left -= 1
    return {i: given[i] * lot for i in given if given[i] > 0}
