"""How large a shock has to be: thresholds that depend on balance sheets, not on the graph.

Equal institutions in a closed network (Acemoglu et al.): each earns a, owes v to outsiders first
and y to the others, and one of the n has a loss ε. The surplus of all is n (a - v):

    ε <= ε* = n (a - v)   complete graph: at most the one hit defaults; ring: ceil(ε / (a - v)) - 1
    ε >  ε*               the surplus of all is not enough: complete graph and ring, everybody

so the complete graph is the most robust below ε* and as fragile as any above. Claims have to be
large, y > y* = (n - 1)(a - v).

Whatever the graph (Glasserman and Young): i has net worth w, leverage λ = outside assets / w, and
owes the share β of its liabilities inside. Its shortfall inside is at most w β (λ - 1), so i
cannot pull down the group D if sum_D w_j > w β (λ - 1); and the network adds at most

    E[loss] / E[loss without network] <= 1 + sum δ_i c_i / ((1 - β+) sum c_i)

with δ_i the probability that i defaults by its own shock (of increasing failure rate), c_i its
outside assets and β+ the largest β.

Sources: Acemoglu, Ozdaglar, Tahbaz-Salehi, "Systemic risk and stability in financial networks",
American Economic Review 105 (2015) 564, propositions 4 and 6; Glasserman, Young, "How likely is
contagion in financial networks?", J. Banking & Finance 50 (2015) 383, propositions 1 and 2,
theorem 1.
"""

import math

import numpy as np

from abm.units import Flags, Floats


def critical_shock(count: int, earnings: float, owed_outside: float) -> float:
    """ε* = n (a - v): a larger loss of one cannot be borne by all.

    Args:
        count: n >= 1.
        earnings: a of each institution.
        owed_outside: v of each, senior; below a.

    Raises:
        ValueError: there is no surplus, or no institution.
    """
    if count < 1 or not earnings > owed_outside:
        raise ValueError("give at least one institution, and earnings above what is owed outside")
    return count * (earnings - owed_outside)


def critical_claims(count: int, earnings: float, owed_outside: float) -> float:
    """y* = (n - 1)(a - v): with smaller claims inside, losses end with the senior outsiders."""
    return critical_shock(count, earnings, owed_outside) * (count - 1) / count


def ring_defaults(count: int, earnings: float, owed_outside: float, shock: float) -> int:
    """How many default on a ring of large claims when one has a loss.

    min(n, ceil(ε / (a - v)) - 1): the one that is hit defaults iff ε > a - v, and each further
    one adds its a - v to what absorbs the loss.

    Args:
        count: n >= 1.
        earnings: a of each institution.
        owed_outside: v of each, senior; below a.
        shock: ε >= 0.

    Raises:
        ValueError: there is no surplus, or the shock is negative.
    """
    surplus = critical_shock(count, earnings, owed_outside) / count
    if not shock >= 0.0:
        raise ValueError(f"shock is {shock}: give a loss of at least 0")
    return min(count, max(0, math.ceil(shock / surplus - 1e-12) - 1))


def contagion_impossible(
    net_worth_usd: Floats, leverage: Floats, inside_share: Floats, source: int, group: Flags
) -> bool:
    """Can `source` not pull down all of `group`, whatever the graph and the shock to `source`?

    sum_{j in group} w_j > w_i β_i (λ_i - 1).

    Args:
        net_worth_usd: `[N]` w > 0.
        leverage: `[N]` λ, outside assets per net worth.
        inside_share: `[N]` β in [0, 1], share of liabilities owed to other institutions.
        source: row i.
        group: `[N]` flags, without i.

    Raises:
        ValueError: the group contains the source.
    """
    members = np.asarray(group, np.bool_)
    if members[source]:
        raise ValueError(f"institution {source} is in the group: leave it out")
    worth = np.asarray(net_worth_usd, np.float64)
    most = worth[source] * inside_share[source] * (leverage[source] - 1.0)
    return bool(worth[members].sum() > most)


def network_loss_bound(
    default_probability: Floats, outside_assets_usd: Floats, inside_share: Floats
) -> float:
    """1 + sum δ_i c_i / ((1 - β+) sum c_i): the most by which a network multiplies expected losses.

    Args:
        default_probability: `[N]` δ, by the institution's own shock.
        outside_assets_usd: `[N]` c >= 0.
        inside_share: `[N]` β in [0, 1).

    Raises:
        ValueError: somebody owes everything inside, or there are no outside assets.
    """
    assets = np.asarray(outside_assets_usd, np.float64)
    largest = float(np.max(inside_share))
    if not (0.0 <= largest < 1.0 and assets.sum() > 0.0):
        raise ValueError("give shares owed inside that are in [0, 1), and some outside assets")
    expected = float(np.sum(default_probability * assets))
    return 1.0 + expected / ((1.0 - largest) * float(assets.sum()))
