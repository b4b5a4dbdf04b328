"""Contagion by common assets: banks fail, sell what they hold, and their neighbours lose. C3.

A random bipartite network: N banks, N assets, each pair linked with probability mu / N. A bank
invests 80 % of what it has in equal parts in its assets and fails when it has lost more than
1 / lambda of what it had. A failed bank sells everything; when a share x of an asset was sold, its
price is

    exp(-alpha x)          alpha = 1.0536: a tenth sold, a tenth lost

One bank fails by chance; contagion is when more than 5 % do. The branching argument counts whom a
bank ruins through the assets it sells: on a tree cascades grow where that matrix, by number of
assets, has a spectral radius above 1.

Source: Caccioli, Shrestha, Moore & Farmer, Journal of Banking & Finance 46, 2014, "Stability
analysis of financial contagion due to overlapping portfolios". The frequencies to compare with are
those of 200 draws of an independent program.
"""

import math

import numpy as np
from scipy import sparse, stats

from abm.kernel import kernel
from abm.units import Flags, Floats, Ints
from experiments.validate.claim import (
    Claim,
    Finding,
    Measurement,
    Settings,
    Truth,
    every,
    judged,
)
from experiments.validate.theory.sampled import share_of

BANKS = 10_000
INVESTED = 0.8
IMPACT = 1.0536
SPREAD = 0.05
"""Share of failed banks above which there is contagion [1]."""

LEVERAGE = 20.0
REFERENCE: dict[float, float] = {
    1.5: 0.58,
    2.0: 0.80,
    3.0: 0.945,
    4.0: 0.88,
    5.0: 0.645,
    6.0: 0.31,
    7.0: 0.01,
    8.0: 0.0,
}
"""mu -> frequency of contagion at a leverage of 20."""

SURE = 0.001
"""Chance of two such samples of one frequency below which they are taken to differ."""

REFERENCE_DRAWS = 200
LEVERAGES = (8.0, 10.0, 12.0, 15.0, 30.0)
DEGREES = (1.5, 2.0, 3.0, 5.0)
"""mu at which the other leverages are tried."""

CRITICAL = (8.0, 10.0)
"""Leverages without and with contagion."""

SEARCH, STEP = (6.0, 18.0), 0.5
"""Where the leverage at which a cascade grows on a tree is looked for, and its resolution."""

LARGEST_DEGREE = 25
"""Most assets of a bank in the branching argument."""

DRAWS = 2000
"""Assets drawn per degree in the branching argument."""


@kernel
def cascade(
    held: tuple[Ints, Ints], holders: tuple[Ints, Ints], start: int, leverage: float, failed: Flags
) -> int:
    """How many banks fail after one.

    Args:
        held: (first, asset): assets of every bank one after another, `[N + 1]`, `[L]`.
        holders: (first, bank): the same, banks of every asset.
        start: the bank that fails.
        leverage: assets over equity of every bank [1].
        failed: all False; written, `[N]`.
    """
    asset_first, asset = held
    bank_first, bank = holders
    count = failed.size
    total = np.zeros(count)
    sold = np.zeros(count)
    loss = np.zeros(count)
    for k in range(count):
        for place in range(bank_first[k], bank_first[k + 1]):
            i = bank[place]
            total[k] += 1.0 / (asset_first[i + 1] - asset_first[i])
    queue = np.empty(count, np.int64)
    queue[0] = start
    failed[start] = True
    read, write = 0, 1
    while read < write:
        seller = queue[read]
        read += 1
        own = asset_first[seller + 1] - asset_first[seller]
        for place in range(asset_first[seller], asset_first[seller + 1]):
            k = asset[place]
            before = math.exp(-IMPACT * sold[k] / total[k])
            sold[k] += 1.0 / own
            fall = before - math.exp(-IMPACT * sold[k] / total[k])
            for other in range(bank_first[k], bank_first[k + 1]):
                j = bank[other]
                loss[j] += INVESTED / (asset_first[j + 1] - asset_first[j]) * fall
                if not failed[j] and loss[j] * leverage > 1.0:
                    failed[j] = True
                    queue[write] = j
                    write += 1
    return write


def portfolios(banks: int, degree: float, rng: np.random.Generator) -> sparse.csr_array:
    """A random bipartite network: banks by assets, 1 where a bank holds an asset."""
    links = rng.poisson(degree * banks)
    codes = np.unique(rng.integers(banks * banks, size=links))
    rows, columns = np.divmod(codes, banks)
    return sparse.csr_array((np.ones(codes.size), (rows, columns)), shape=(banks, banks))


def extents(
    degree: float, leverages: tuple[float, ...], draws: int, rng: np.random.Generator
) -> Floats:
    """Share of failed banks, `[draws, leverages]`; all leverages meet the same networks."""
    seen = np.empty((draws, len(leverages)))
    for draw in range(draws):
        network = portfolios(BANKS, degree, rng)
        start = int(rng.integers(BANKS))
        held, holders = _lists(network), _lists(network.T.tocsr())
        for number, leverage in enumerate(leverages):
            failed = np.zeros(BANKS, np.bool_)
            seen[draw, number] = cascade(held, holders, start, leverage, failed) / BANKS
    return seen


def _lists(network: sparse.csr_array) -> tuple[Ints, Ints]:
    """Where each row begins, and its columns."""
    return network.indptr.astype(np.int64), network.indices.astype(np.int64)


def offspring(degree: float, leverages: Floats, rng: np.random.Generator) -> Floats:
    """Growth of a cascade per generation on a tree, `[leverages]`.

    A bank with k assets, reached through one of them, sells the other k - 1. Each of these has
    Poi(mu) further holders, with 1 + Poi(mu) assets each; whom its price ruins sells it too, until
    no holder fails. N[k, l] counts the ruined with l assets; the growth is its spectral radius.
    """
    top = LARGEST_DEGREE
    counts = np.zeros((leverages.size, top + 1, top + 1))
    for k in range(2, top + 1):
        asset = np.repeat(np.arange(DRAWS), rng.poisson(degree, DRAWS))
        assets = 1 + rng.poisson(degree, asset.size)
        for number, leverage in enumerate(leverages):
            ruined = ruined_holders(k, asset, assets, float(leverage))
            who = np.minimum(assets[ruined], top)
            counts[number, k] = (k - 1) * np.bincount(who, minlength=top + 1) / DRAWS
    return np.abs(np.linalg.eigvals(counts)).max(axis=1)


def ruined_holders(seller: int, asset: Ints, assets: Ints, leverage: float) -> Flags:
    """Who fails when a bank with `seller` assets sells its part of each of some assets, `[H]`.

    Args:
        seller: number of its assets.
        asset: the asset that each further holder holds, `[H]`.
        assets: number of assets of each further holder, `[H]`.
        leverage: assets over equity.
    """
    held = np.bincount(asset, 1.0 / assets, DRAWS)
    ruined, before = np.zeros(asset.size, np.bool_), -1
    while int(ruined.sum()) > before:
        before = int(ruined.sum())
        sold = 1.0 / seller + np.bincount(asset, ruined / assets, DRAWS)
        fall = -np.expm1(-IMPACT * sold / (1.0 / seller + held))
        ruined = INVESTED / assets * fall[asset] * leverage > 1.0
    return ruined


def run(settings: Settings, rng: np.random.Generator) -> Finding:
    """C3: frequency over diversification at a leverage of 20, then over leverage."""
    draws = settings.pick(300, 2000)
    keys = ("leverage", "degree", "frequency", "low", "high", "extent", "growth", "reference")
    table: dict[str, list[float]] = {key: [] for key in keys}
    tests: list[Truth] = []
    measurements: list[Measurement] = []
    rare: dict[float, int] = dict.fromkeys(LEVERAGES, 0)
    for degree in sorted({*REFERENCE, *DEGREES}):
        leverages = (LEVERAGE, *(LEVERAGES if degree in DEGREES else ()))
        seen = extents(degree, leverages, draws, rng)
        growth = offspring(degree, np.array(leverages), rng)
        for number, leverage in enumerate(leverages):
            hit = seen[:, number] > SPREAD
            hits, own = int(hit.sum()), leverage == LEVERAGE
            published = REFERENCE[degree] if own else math.nan
            one = share_of(f"frequency at lambda 20, mu = {degree:g}", published, hits, draws)
            extent = float(seen[hit, number].mean()) if hits else math.nan
            row = (leverage, degree, one.measured, one.low, one.high, extent, growth[number])
            for key, value in zip(keys, (*row, published), strict=True):
                table[key].append(float(value))
            if own:
                measurements.append(one)
                tests.append(_same_frequency(hits, draws, published))
            else:
                rare[leverage] += hits
    trials = draws * len(DEGREES)
    below, over = (
        share_of(f"frequency at lambda {leverage:g}, all mu", math.nan, rare[leverage], trials)
        for leverage in CRITICAL
    )
    branching = _branching_threshold(rng)
    critical = bool(rare[CRITICAL[0]] == 0 and rare[CRITICAL[1]] > 0)
    peak = max(measurements, key=lambda one: one.measured)
    return Finding(
        judged(every(critical, *tests)),
        f"At a leverage of 20 contagion is likeliest at {peak.name.partition(', ')[2]} "
        f"({peak.measured:.2f}) and gone by mu = 8. Over {trials} networks it is never seen at a "
        f"leverage of 8 and {rare[CRITICAL[1]]} times at 10; on a tree cascades grow from "
        f"{branching:g} on.",
        (
            *measurements,
            below,
            over,
            Measurement("least leverage at which a cascade grows on a tree", math.nan, branching),
        ),
        {"overlapping_portfolios": table},
    )


def _branching_threshold(rng: np.random.Generator) -> float:
    """Least leverage at which a cascade grows on a tree, over mu; to the search's resolution."""
    leverages = np.arange(*SEARCH, STEP)
    growth = np.stack([offspring(degree, leverages, rng) for degree in (1.5, 2.0, 2.5, 3.0)])
    grows = (growth > 1.0).any(axis=0)
    return float(leverages[grows][0]) if grows.any() else math.nan


def _same_frequency(hits: int, draws: int, published: float) -> Truth:
    """Whether two samples can have one frequency, by Fisher's exact test."""
    other = round(published * REFERENCE_DRAWS)
    counts = [[hits, draws - hits], [other, REFERENCE_DRAWS - other]]
    return bool(stats.fisher_exact(counts).pvalue > SURE)


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "C3",
        "Diversification makes it fragile",
        "[Caccioli2014], sections 4 and 5",
        "Overlapping portfolios, leverage 20: contagion is likeliest where banks hold about three "
        "assets and ends between six and eight; without cascades at any diversification below a "
        "critical leverage, which lies between 8 and 10 here.",
        run,
    ),
)
