"""A venue minus its ADL design: margins, fees, impact, funding, backstop, insurance fund.

`Rulebook` is the frozen choice; `Rules` holds the same numbers of all venues as columns, for
kernels.

Defaults follow Hyperliquid's documents (gitbook pages "margin tiers", "liquidations", "fees",
"funding", as of 2025-10): taker 4.5 bp and maker 1.5 bp, no liquidation fee, positions above
100,000 USD liquidated in steps of 20 %, a backstop vault below two thirds of the maintenance
margin that keeps what is left of the margin, maintenance half of the initial margin at the largest
leverage. Two things differ: the venue waits 30 s after the first step and then closes the rest at
once, and its vault is not exempt from ADL. Impact, resilience, depth and the backstop's size are
published by no venue: they are calibrated, see `engine.presets`.
"""

from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, NamedTuple

import numpy as np

from abm.market.book import LINEAR, SQUARE_ROOT
from abm.units import Floats, Ints
from abm.venue.guards import Guards
from abm.venue.lp_pool import PoolRules, PoolTerms, pool_rules
from abm.venue.lp_vault import Vault, VaultRules, vault_rules
from abm.venue.oracle import Oracle
from abm.venue.staking import Staking, StakingRules, staking_rules
from abm.words import check_words

FULL, STEP, TO_TARGET = 0, 1, 2
"""Liquidation styles: all at once, a step while the position is large, just enough to be
healthy."""

_IMPACT_FORM = {"linear": LINEAR, "square_root": SQUARE_ROOT}
ALL, BEYOND_VAULT, NO_ORDERS = 0, 1, 2
"""Which forced orders of bankrupt accounts are sent to the book."""

_TO_BOOK = {"all": ALL, "beyond_vault": BEYOND_VAULT, "none": NO_ORDERS}
_STYLE = {"full": FULL, "step": STEP, "to_target": TO_TARGET}


@dataclass(frozen=True)
class MarginTier:
    """Above `above_usd` of notional, each further dollar needs `rate` of maintenance margin."""

    above_usd: float
    rate: float

    def __post_init__(self) -> None:
        if self.above_usd < 0.0:
            raise ValueError(f"above_usd is {self.above_usd}: a tier starts at 0 USD or more.")
        if not 0.0 < self.rate < 1.0:
            raise ValueError(f"rate is {self.rate}: a maintenance rate lies between 0 and 1.")


DEFAULT_TIERS = (MarginTier(0.0, 0.0125), MarginTier(150e6, 0.025))
"""Hyperliquid BTC: 40x up to 150 M USD, 20x above; maintenance is half of the initial margin."""


@dataclass(frozen=True)
class Rulebook:
    """One venue's rules.

    Attributes:
        name: the venue's name, unique in a scenario.
        instruments: those that it lists, by number; empty = all of the scenario.
        lot_contracts: smallest tradable quantity.
        max_leverage: initial margin is notional / max_leverage.
        tiers: maintenance margin by notional, marginal rates.
        taker_fee, maker_fee: share of notional.
        liquidation_fee: share of notional that a forced close pays to the insurance fund.
        liquidation_style: "full", "step" or "to_target".
        step_share, step_above_usd: "step" closes this share while the bucket is larger than this.
        target_ratio: "to_target" closes until equity / maintenance reaches this.
        impact_form, impact_temporary, impact_permanent: see `abm.market.book`, per unit of depth.
        impact_multiple: both impacts times this; above 1 the book is thinner than another's.
        resilience_s, arbitrage_s: half-lives of the temporary and of the permanent premium.
        mark_weight, mark_band: share of the book's premium in the mark, and its bound (log).
        funding_sensitivity, funding_cap: 8-hour rate per unit of premium, and its bound
            (Hyperliquid caps at 4 % an hour).
        index_pass_through: share of the permanent impact that moves the index itself.
        fund_usd_per_open_interest: the insurance fund at the start.
        backstop_usd_per_open_interest: the backstop vault's cash at the start (0 = no vault).
        backstop_leverage: the vault takes inventory up to this multiple of its equity.
        backstop_sheds_above: beyond this multiple of its equity the vault's inventory goes into
            ADL, though it is solvent; inf = only a bankrupt vault does.
        backstop_keeps_margin: does what is left of a margin go to the vault with its positions?
        backstop_below: a solvent account goes to the vault when equity < this share of maintenance.
        bankrupt_to_book: which forced orders of bankrupt accounts are sent to the book and move
            it: all, those that the vault has no room for, or none; with "none" they go to the
            vault and to ADL, and the fund pays for nothing.
        house_unwind_per_s: share of the house's inventory it tries to sell each second.
        max_rounds: liquidation rounds inside a tick before the venue gives up.
        vault: who owns the backstop vault, or the pool; None = the house.
        staking: who else owns the insurance fund; None = nobody.
        pool: a liquidity pool as everybody's counterparty; None = market makers.
        guards: what the venue does before ADL is needed; by default nothing.
        oracle: what the venue takes for the index.
    """

    name: str = "venue"
    instruments: tuple[int, ...] = ()
    lot_contracts: tuple[float, ...] = (1e-5,)
    max_leverage: float = 40.0
    tiers: tuple[MarginTier, ...] = DEFAULT_TIERS
    taker_fee: float = 0.00045
    maker_fee: float = 0.00015
    liquidation_fee: float = 0.0
    liquidation_style: Literal["full", "step", "to_target"] = "step"
    step_share: float = 0.2
    step_above_usd: float = 100_000.0
    target_ratio: float = 1.5
    impact_form: Literal["linear", "square_root"] = "linear"
    impact_temporary: float = 0.0016
    impact_permanent: float = 0.0008
    impact_multiple: float = 1.0
    resilience_s: float = 10.0
    arbitrage_s: float = 60.0
    mark_weight: float = 0.4
    mark_band: float = 0.1
    funding_sensitivity: float = 1.0
    funding_cap: float = 0.32
    index_pass_through: float = 0.05
    fund_usd_per_open_interest: float = 0.0016
    backstop_usd_per_open_interest: float = 0.025
    backstop_leverage: float = 3.0
    backstop_sheds_above: float = np.inf
    backstop_below: float = 2.0 / 3.0
    backstop_keeps_margin: bool = True
    bankrupt_to_book: Literal["all", "beyond_vault", "none"] = "all"
    house_unwind_per_s: float = 0.01
    max_rounds: int = 50
    vault: Vault | None = None
    staking: Staking | None = None
    pool: PoolTerms | None = None
    guards: Guards = field(default_factory=Guards)
    oracle: Oracle = field(default_factory=Oracle)

    def __post_init__(self) -> None:
        check_words(self)
        positive = ("max_leverage", "resilience_s", "arbitrage_s", "max_rounds", "target_ratio")
        for name in positive:
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} is {getattr(self, name)}: give a number above 0.")
        shares = ("step_share", "mark_weight", "index_pass_through", "backstop_below")
        for name in shares:
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} is {getattr(self, name)}: a share lies between 0 and 1.")
        for name in _NOT_NEGATIVE:
            if not getattr(self, name) >= 0.0:
                raise ValueError(f"{name} is {getattr(self, name)}: give 0 or more.")
        if not self.tiers or self.tiers[0].above_usd != 0.0:
            raise ValueError("tiers must start with one at above_usd = 0.")
        if any(
            a.above_usd >= b.above_usd for a, b in zip(self.tiers, self.tiers[1:], strict=False)
        ):
            raise ValueError("tiers must be given in rising order of above_usd.")
        if not self.lot_contracts or min(self.lot_contracts) <= 0.0:
            raise ValueError("lot_contracts must be one positive number, or one per instrument.")
        self._check_owners()

    def _check_owners(self) -> None:
        """Refuse owners of what the venue does not have."""
        if self.vault and not self.pool and self.backstop_usd_per_open_interest == 0.0:
            raise ValueError(
                "vault has owners, but there is none: give backstop_usd_per_open_interest above 0."
            )
        if self.staking and self.fund_usd_per_open_interest == 0.0:
            raise ValueError(
                "staking needs a fund: give fund_usd_per_open_interest above 0, or no staking."
            )

    def as_run(self) -> "Rulebook":
        """These rules as they are run: with a pool no book is moved and no vault stands behind."""
        if self.pool is None:
            return self
        return replace(
            self,
            impact_temporary=0.0,
            impact_permanent=0.0,
            mark_weight=0.0,
            index_pass_through=0.0,
            maker_fee=0.0,
            backstop_usd_per_open_interest=0.0,
            house_unwind_per_s=0.0,
        )

    def lists(self, k: int) -> bool:
        """Is instrument `k` traded here?"""
        return not self.instruments or k in self.instruments


_NOT_NEGATIVE = (
    "taker_fee", "maker_fee", "liquidation_fee", "step_above_usd", "impact_temporary",
    "impact_permanent", "impact_multiple", "mark_band", "funding_sensitivity", "funding_cap",
    "fund_usd_per_open_interest", "backstop_usd_per_open_interest", "backstop_leverage",
    "backstop_sheds_above",
    "house_unwind_per_s",
)  # fmt: skip


class Rules(NamedTuple):
    """The rulebooks of all venues as columns."""

    lot_contracts: Floats  # [V, K]
    tier_above_usd: Floats  # [V, L] +inf pads venues with fewer tiers
    tier_rate: Floats  # [V, L]
    tier_deduction_usd: Floats  # [V, L] maintenance = rate * notional - deduction
    max_leverage: Floats  # [V]
    taker_fee: Floats  # [V]
    maker_fee: Floats  # [V]
    liquidation_fee: Floats  # [V]
    liquidation_style: Ints  # [V]
    step_share: Floats  # [V]
    step_above_usd: Floats  # [V]
    target_ratio: Floats  # [V]
    impact_form: Ints  # [V]
    impact_temporary: Floats  # [V]
    impact_permanent: Floats  # [V]
    resilience_s: Floats  # [V]
    arbitrage_s: Floats  # [V]
    mark_weight: Floats  # [V]
    mark_band: Floats  # [V]
    funding_sensitivity: Floats  # [V]
    funding_cap: Floats  # [V]
    index_pass_through: Floats  # [V]
    backstop_leverage: Floats  # [V]
    backstop_sheds_above: Floats  # [V]
    backstop_below: Floats  # [V]
    backstop_keeps_margin: Floats  # [V] 1 = yes
    bankrupt_to_book: Ints  # [V] ALL, BEYOND_VAULT, NO_ORDERS
    house_unwind_per_s: Floats  # [V]
    max_rounds: Ints  # [V]
    margin_factor: Floats  # [V] on maintenance requirements, >= 1; moved by the ADL design
    vault: VaultRules
    staking: StakingRules
    pool: PoolRules


def rule_columns(rulebooks: tuple[Rulebook, ...], instruments: int) -> Rules:
    """Columns of several rulebooks for `instruments` instruments.

    Raises:
        ValueError: if a rulebook gives lots for another number of instruments.
    """
    rulebooks = tuple(book.as_run() for book in rulebooks)
    levels = max(len(book.tiers) for book in rulebooks)
    above = np.full((len(rulebooks), levels), np.inf)
    rate = np.zeros_like(above)
    deduction = np.zeros_like(above)
    lots = np.empty((len(rulebooks), instruments))
    for v, book in enumerate(rulebooks):
        if len(book.lot_contracts) not in (1, instruments):
            raise ValueError(
                f"venue {book.name!r} gives {len(book.lot_contracts)} lots for {instruments} "
                "instruments: give one, or one per instrument."
            )
        lots[v] = book.lot_contracts
        for level, tier in enumerate(book.tiers):
            above[v, level] = tier.above_usd
            rate[v, level] = tier.rate
            if level:  # continuity of the requirement at the tier's edge
                step = tier.rate - book.tiers[level - 1].rate
                deduction[v, level] = deduction[v, level - 1] + step * tier.above_usd
    columns: dict[str, Any] = {
        "lot_contracts": lots,
        "tier_above_usd": above,
        "tier_rate": rate,
        "tier_deduction_usd": deduction,
        "liquidation_style": np.array([_STYLE[b.liquidation_style] for b in rulebooks]),
        "bankrupt_to_book": np.array([_TO_BOOK[b.bankrupt_to_book] for b in rulebooks]),
        "impact_form": np.array([_IMPACT_FORM[b.impact_form] for b in rulebooks]),
        "max_rounds": np.array([b.max_rounds for b in rulebooks]),
        "margin_factor": np.ones(len(rulebooks)),
        "vault": vault_rules(tuple(b.vault for b in rulebooks)),
        "staking": staking_rules(tuple(b.staking for b in rulebooks)),
        "pool": pool_rules(tuple(b.pool for b in rulebooks)),
    }
    for name in ("impact_temporary", "impact_permanent"):
        columns[name] = np.array([getattr(b, name) * b.impact_multiple for b in rulebooks])
    scalars = {f.name for f in fields(Rulebook)} & set(Rules._fields) - set(columns)
    for name in scalars:
        columns[name] = np.array([float(getattr(b, name)) for b in rulebooks])
    return Rules(**columns)
