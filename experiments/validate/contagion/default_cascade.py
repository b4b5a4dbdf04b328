"""Threshold contagion on a random network of interbank claims: robust, yet fragile. C2.

n banks; each lends to each other with probability z / (n - 1). A bank's claims are 20 % of its
assets, in equal parts; its capital is 4 %. It fails when it has lost more than that, and then pays
nothing to its lenders. One bank fails by chance; contagion is when more than 5 % do.

A bank with j borrowers dies of one default iff 0.2 / j > 0.04, j <= J* = 4, so that a cascade can
grow in the window where z P(Poi(z) <= J* - 1) > 1. A branching argument also gives its frequency:

    f = 1 - exp(-z v f)          v = P(Poi(z) <= J* - 1), the chance that a lender is vulnerable

Sources: Gai & Kapadia, Proceedings of the Royal Society A 466, 2010, "Contagion in financial
networks"; Watts, PNAS 99(9), 2002. The frequencies to compare with are no numbers of a paper: they
are 1000 draws of an independent program. They are met where the interval of the difference lies
within `AGREE` (an equivalence test); that it holds nought would be no agreement.
"""

import itertools
import math

import numpy as np
from scipy import optimize, stats

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
from experiments.validate.intervals import above, within
from experiments.validate.theory.sampled import mean_interval, share_gap, share_of

CAPITAL, CLAIMED = 0.04, 0.20
"""Capital and interbank claims of a bank, over its assets [1]."""

DEADLY = 4
"""J*: most borrowers with which one default kills."""

SPREAD = 0.05
"""Share of failed banks above which there is contagion [1]."""

BANKS = 1000
INDEPENDENT: dict[float, tuple[float, float]] = {
    1.0: (0.081, 0.11),
    2.0: (0.715, 0.80),
    3.0: (0.803, 0.94),
    4.0: (0.695, 0.98),
    5.0: (0.514, 0.993),
    6.0: (0.157, 0.998),
    7.0: (0.018, 0.999),
    8.0: (0.0, math.nan),
}
"""z -> frequency of contagion and its mean extent, by that program."""

INDEPENDENT_DRAWS = 1000
AGREE = 0.08
"""Difference of two frequencies that is none here [1]: 1000 draws leave one open by 0.03."""

LIKELIEST = 3.0
"""z that the claim calls likeliest."""

ENDING = (6.0, 7.0)
"""z above the window, where contagion is rare in a market of this size."""

NEARLY_ALL = 0.95
"""Share of banks that fail when contagion is nearly total [1]."""


@kernel
def cascade(
    lender: Ints, first: Ints, borrowers: Ints, start: int, per_borrower: float, failed: Flags
) -> int:
    """How many banks fail after one.

    Args:
        lender: lenders of every bank, one after another, `[links]`.
        first: where a bank's lenders begin, `[n + 1]`.
        borrowers: number of each bank's borrowers, `[n]`.
        start: the bank that fails.
        per_borrower: loss of a lender from its borrowers, if all failed, over its capital [1].
        failed: all False; written, `[n]`.
    """
    count = failed.size
    hits = np.zeros(count, np.int64)
    queue = np.empty(count, np.int64)
    queue[0] = start
    failed[start] = True
    read, write = 0, 1
    while read < write:
        bank = queue[read]
        read += 1
        for link in range(first[bank], first[bank + 1]):
            other = lender[link]
            hits[other] += 1
            if not failed[other] and hits[other] * per_borrower > borrowers[other]:
                failed[other] = True
                queue[write] = other
                write += 1
    return write


def random_links(banks: int, degree: float, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """A directed random network: lenders by borrower, where each begins, borrowers per bank.

    Links are drawn with replacement, and repeated ones and those of a bank to itself dropped: the
    number of links is Poisson, as in the limit of many banks.
    """
    links = rng.poisson(degree * banks)
    codes = np.unique(rng.integers(banks * banks, size=links))
    borrower, lender = np.divmod(codes, banks)
    kept = borrower != lender
    borrower, lender = borrower[kept], lender[kept]
    first = np.searchsorted(borrower, np.arange(banks + 1))
    return lender, first.astype(np.int64), np.bincount(lender, minlength=banks).astype(np.int64)


def extents(banks: int, degree: float, draws: int, rng: np.random.Generator) -> Floats:
    """Share of failed banks in each of some random networks, `[draws]`."""
    seen = np.empty(draws)
    for draw in range(draws):
        lender, first, borrowers = random_links(banks, degree, rng)
        failed = np.zeros(banks, np.bool_)
        start = int(rng.integers(banks))
        per = CLAIMED / CAPITAL
        seen[draw] = cascade(lender, first, borrowers, start, per, failed) / banks
    return seen


def window(deadly: int) -> tuple[float, float]:
    """Both roots of z P(Poi(z) <= J* - 1) = 1."""

    def excess(degree: float) -> float:
        return degree * float(stats.poisson.cdf(deadly - 1, degree)) - 1.0

    top = float(optimize.minimize_scalar(lambda z: -excess(z), bounds=(0.5, 50.0)).x)
    roots = (optimize.brentq(excess, *ends, xtol=1e-13) for ends in ((0.1, top), (top, 100.0)))
    low, high = (float(root) for root in roots)
    return low, high


def branching_frequency(degree: float, deadly: int) -> float:
    """Largest root of f = 1 - exp(-z v f): chance that a first default starts a cascade."""
    growth = degree * float(stats.poisson.cdf(deadly - 1, degree))
    if growth <= 1.0:
        return 0.0
    return float(optimize.brentq(lambda f: 1.0 - math.exp(-growth * f) - f, 1e-9, 1.0, xtol=1e-13))


def run(settings: Settings, rng: np.random.Generator) -> Finding:
    """C2: frequency and extent over z, at two sizes of the market."""
    draws = settings.pick(1500, 10_000)
    large, few = settings.pick(5000, 20_000), settings.pick(150, 1000)
    keys = ("banks", "degree", "frequency", "low", "high", "extent", "branching", "independent")
    table: dict[str, list[float]] = {key: [] for key in keys}
    tests: list[Truth] = []
    total: list[Measurement] = []
    found: dict[tuple[int, float], Measurement] = {}
    for (banks, count), degree in itertools.product(((BANKS, draws), (large, few)), INDEPENDENT):
        seen = extents(banks, degree, count, rng)
        hit = seen > SPREAD
        own = banks == BANKS
        independent = INDEPENDENT[degree][0] if own else math.nan
        name = f"frequency at z = {degree:g}, {banks} banks"
        one = share_of(name, independent, int(hit.sum()), count)
        found[banks, degree] = one
        if own:
            tests.append(_same_frequency(int(hit.sum()), count, independent))
        if own and degree in ENDING:
            total.append(_extent(degree, seen[hit]))
        extent = float(seen[hit].mean()) if hit.any() else math.nan
        branching = branching_frequency(degree, DEADLY)
        row = (banks, degree, one.measured, one.low, one.high, extent, branching, independent)
        for key, value in zip(keys, row, strict=True):
            table[key].append(float(value))
    low, high = window(DEADLY)
    tests += [above(one.low, one.high, NEARLY_ALL) for one in total]
    rarer = above(found[BANKS, 6.0].low, found[BANKS, 6.0].high, found[large, 6.0].high)
    peak = max(INDEPENDENT, key=lambda degree: found[BANKS, degree].measured)
    others = max(found[BANKS, degree].high for degree in INDEPENDENT if degree != LIKELIEST)
    tests.append(above(found[BANKS, LIKELIEST].low, found[BANKS, LIKELIEST].high, others))
    edges = (
        Measurement("lower end of the window, z P(Poi(z) <= 3) = 1", 1.0207039, low),
        Measurement("upper end of the window", 5.7646771, high),
    )
    roots = abs(low - 1.0207039) < 1e-6 and abs(high - 5.7646771) < 1e-6
    return Finding(
        judged(every(roots, rarer, *tests)),
        f"Contagion is likeliest at z = {peak:g} ({found[BANKS, peak].measured:.2f}). Above the "
        f"window it is rare and hits {total[0].measured:.3f} of all banks at z = 6 and "
        f"{total[1].measured:.3f} at z = 7; at the lower end, z = 1, it is rare too and hits "
        f"{table['extent'][0]:.2f} only. Of the window [{low:.2f}, {high:.2f}] "
        f"a market of {BANKS} banks is blurred: "
        f"at z = 6 the frequency is {found[BANKS, 6.0].measured:.3f}, but "
        f"{found[large, 6.0].measured:.3f} with {large} banks.",
        (*edges, *found.values(), *total),
        {"default_cascade": table},
    )


def _extent(degree: float, extents_hit: Floats) -> Measurement:
    """Mean share of failed banks over the draws with contagion; unknown ends with fewer than 2."""
    name = f"extent at z = {degree:g}, {BANKS} banks"
    if extents_hit.size < 2:
        only = float(extents_hit[0]) if extents_hit.size else math.nan
        return Measurement(name, INDEPENDENT[degree][1], only)
    return Measurement(name, INDEPENDENT[degree][1], *mean_interval(extents_hit))


def _same_frequency(hits: int, draws: int, independent: float) -> Truth:
    """Whether the other program's frequency is the same within `AGREE`; None: too few draws."""
    other = round(independent * INDEPENDENT_DRAWS)
    _, low, high = share_gap((hits, draws), (other, INDEPENDENT_DRAWS))
    return within(low, high, 0.0, AGREE)


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "C2",
        "Contagion has a window",
        "[GaiKapadia2010], section 3; [Watts2002]",
        "Random interbank claims of 20 %, capital of 4 %: contagion is rare below z = 1.02 and "
        "above z = 5.76 (roots of z P(Poi(z) <= 3) = 1), likeliest near z = 3, and where it is "
        "rare at the upper end (z = 6 and 7) it is nearly total: more than 0.95 of the banks. An "
        "independent program's frequencies are met within 0.08.",
        run,
    ),
)
