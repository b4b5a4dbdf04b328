"""A backstop vault owned by depositors: shares, runs, lock-up, and vaults that hold each other.

    price of a share   P = max(0, V) / S          V = account's equity + tokens of other vaults
    asks back          P < (1 - threshold) peak   or, if strategic, others' pending share > theta
    is paid            at P of the payment, lock-up over, out of the free equity
    free equity        E - N / L                  N notional, L the vault's largest leverage
    new deposits       rate (P / slow P - 1)₊ V dt

Every instrument of a venue is backed by the one account, so that a loss on one takes cover from
all. Vaults that hold shares of each other are worth V = e + C V with C_ab the part of b that a
holds, V = (I - C)^-1 e while nobody is below zero; limited liability makes it the fixed point of
P = max(0, e + n P) / S, a contraction, since less than all of a vault is held by vaults.

Sources: Hyperliquid docs, "Protocol vaults" (deposits locked for four days), as of 2025-10; Diamond
and Dybvig, "Bank runs, deposit insurance, and liquidity", JPE 91 (1983): leaving because others do;
Elliott, Golub and Jackson, "Financial networks and contagion", AER 104 (2014), eq. 2: V above.
"""

import math
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from abm.kernel import kernel
from abm.units import Floats, Ints

PRO_RATA, FIRST_COME = 0, 1
"""Who is paid when the free equity does not suffice: all alike, or who asked first."""

_QUEUES = {"pro_rata": PRO_RATA, "first_come": FIRST_COME}

SETTLED = 1e-15
"""Share prices that move by less than this in a round have settled [USD]."""

MOST_ROUNDS = 2000
"""Rounds after which prices are taken as they are; a vault held to 98 % by vaults needs as many."""

LARGEST_HELD = 0.98
"""Largest part of a vault that other vaults may hold [1]."""


@dataclass(frozen=True)
class Vault:
    """Who owns a venue's backstop vault (its pool, where the venue has one), and how they leave.

    Attributes:
        depositors: how many, with equal deposits at the start.
        owned: share of the vault that is theirs; the rest is the house's own and stays.
        lockup_s: from asking back to payment [s].
        queue: who is paid first when the free equity does not suffice.
        threshold_low, threshold_high: a depositor asks its money back when the price of a share has
            fallen by more than its threshold from the peak; thresholds are uniform between these.
        strategic_share: share of depositors who also watch the others.
        run_above: these leave when more than this part of all shares waits for payment [1].
        chase_per_s: new deposits per second, as a share of the vault and per unit of its recent
            return (0 = none); they go to those who stay, in proportion.
        memory_s: half-life of the average price that the return is measured against [s].
        holds: (venue, part of that venue's vault) that this vault holds from the start.
    """

    depositors: int = 100
    owned: float = 1.0
    lockup_s: float = 345_600.0
    queue: Literal["pro_rata", "first_come"] = "pro_rata"
    threshold_low: float = 0.02
    threshold_high: float = 0.30
    strategic_share: float = 0.0
    run_above: float = 0.2
    chase_per_s: float = 0.0
    memory_s: float = 3600.0
    holds: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        if self.depositors < 1:
            raise ValueError(f"depositors is {self.depositors}: a vault needs at least one.")
        if self.queue not in _QUEUES:
            raise ValueError(f"queue is {self.queue!r}: write one of {', '.join(_QUEUES)}.")
        for name in ("owned", "threshold_low", "threshold_high", "strategic_share", "run_above"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} is {getattr(self, name)}: a share lies between 0 and 1.")
        if self.threshold_low > self.threshold_high:
            raise ValueError("threshold_low is above threshold_high: swap the two.")
        for name in ("lockup_s", "chase_per_s"):
            if not 0.0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} is {getattr(self, name)}: give a number of at least 0.")
        if not self.memory_s > 0.0:
            raise ValueError(f"memory_s is {self.memory_s}: give seconds above 0.")
        self._check_holds()

    def _check_holds(self) -> None:
        for name, part in self.holds:
            if not 0.0 < part <= LARGEST_HELD:
                raise ValueError(
                    f"holds gives {part} of the vault of {name!r}: give a part above 0, at most "
                    f"{LARGEST_HELD}."
                )
        if len({name for name, _ in self.holds}) != len(self.holds):
            raise ValueError("holds names a venue twice: add up what is held of it.")


class VaultRules(NamedTuple):
    """The vault terms of all venues as columns; without terms nobody asks anything back."""

    is_on: Floats  # [V] 1 = depositors own the vault
    lockup_s: Floats  # [V]
    queue: Ints  # [V]
    run_above: Floats  # [V]
    chase_per_s: Floats  # [V]
    memory_s: Floats  # [V]


def vault_rules(vaults: tuple[Vault | None, ...]) -> VaultRules:
    """Columns of several venues' vault terms."""
    terms = [vault or Vault() for vault in vaults]

    def column(name: str) -> Any:
        return np.array([float(getattr(term, name)) for term in terms])

    return VaultRules(
        is_on=np.array([float(vault is not None) for vault in vaults]),
        lockup_s=column("lockup_s"),
        queue=np.array([_QUEUES[term.queue] for term in terms], np.int64),
        run_above=column("run_above"),
        chase_per_s=column("chase_per_s"),
        memory_s=column("memory_s"),
    )


def check_holdings(names: tuple[str, ...], vaults: tuple[Vault | None, ...]) -> None:
    """Refuse a vault that holds what is not there, itself, or more of another than there is.

    Raises:
        ValueError: with the venue and what to change.
    """
    held = dict.fromkeys(names, 0.0)
    for name, vault in zip(names, vaults, strict=True):
        for other, part in vault.holds if vault is not None else ():
            if other not in held or vaults[names.index(other)] is None:
                raise ValueError(
                    f"the vault of {name!r} holds shares of {other!r}, which has no vault of "
                    "depositors: give that venue a vault, or leave it out of holds."
                )
            if other == name:
                raise ValueError(f"the vault of {name!r} holds itself: leave it out of holds.")
            held[other] += part
    for name, part in held.items():
        if part > LARGEST_HELD:
            raise ValueError(
                f"vaults hold {part:g} of the vault of {name!r}: leave at least "
                f"{1.0 - LARGEST_HELD:.2g} of it to others."
            )


@kernel
def share_price(value_usd: float, shares: float, before: float) -> float:
    """Price of a share [USD]: never below zero; that of before when there are no shares."""
    if shares <= 0.0:
        return before
    return max(0.0, value_usd) / shares


@kernel
def asks_back(price: float, peak: float, threshold: float) -> bool:
    """Has the price of a share fallen from its peak by more than the depositor bears?"""
    return price < (1.0 - threshold) * peak


@kernel
def free_equity_usd(
    equity_usd: float, notional_usd: float, leverage: float, cash_usd: float
) -> float:
    """What may be paid out, so that the notional stays within `leverage` times equity [USD].

    Unrealised profit is not there to be paid: never more than the cash. A vault that holds nothing
    may pay all of its equity; one without leverage that holds something pays nothing.
    """
    bound = 0.0
    if notional_usd > 0.0:
        if leverage <= 0.0:
            return 0.0
        bound = notional_usd / leverage
    return max(0.0, min(equity_usd - bound, cash_usd))


@kernel
def inflow_usd(
    value_usd: float, price: float, slow: float, rate_per_s: float, dt_s: float
) -> float:
    """New deposits of a tick that follow the recent return [USD]; a dead vault attracts none."""
    if price <= 0.0 or slow <= 0.0 or value_usd <= 0.0:
        return 0.0
    return rate_per_s * dt_s * max(0.0, price / slow - 1.0) * value_usd


@kernel
def settle_prices(equity_usd: Floats, shares: Floats, held: Floats, price: Floats) -> None:
    """Prices of all vaults' shares at once, those that vaults hold of each other included.

    Args:
        equity_usd: `[V]` of each vault's account, without tokens.
        shares: `[V]` outstanding; 0 = no vault, whose price stays.
        held: `[V, V]` shares of vault b (column) that vault a (row) holds.
        price: `[V]`, read as the price before and written.
    """
    for _ in range(MOST_ROUNDS):
        moved = 0.0
        for a in range(shares.size):
            value = equity_usd[a]
            for b in range(shares.size):
                if held[a, b] > 0.0:
                    value += held[a, b] * price[b]
            now = share_price(value, shares[a], price[a])
            moved = max(moved, abs(now - price[a]))
            price[a] = now
        if moved <= SETTLED:
            return
