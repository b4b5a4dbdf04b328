"""What a trader does when it sees itself high in the deleveraging queue.

A reaction is a plain scalar rule; it reads the trader's own position and nothing of the venue but
the published place. Each returns (order, deposit, hedge): signed contracts sent to the book, USD
moved from the wallet to the margin, signed contracts bought elsewhere.

    hold            nothing
    take profit     close a fraction φ of the position (a short who takes profit *buys*)
    cut leverage    close until effective leverage is (1 - φ) of the trader's own target
    add collateral  deposit until effective leverage is (1 - φ) of today's
    hedge           keep the position, buy the opposite of a fraction φ elsewhere
    leave           close everything and do not come back

Source for the list: venues tell users to cut leverage or part-close to lower their rank (Poloniex,
CoinEx, MCS help pages); adding collateral lowers every leverage-based score.
"""

from abm.kernel import kernel

HOLD, TAKE_PROFIT, CUT_LEVERAGE, ADD_COLLATERAL, HEDGE, LEAVE = range(6)
"""Reactions, by code."""

REACTION_NAMES = (
    "hold", "take_profit", "cut_leverage", "add_collateral", "hedge", "leave",
)  # fmt: skip
"""Names of the reactions, by code."""


@kernel
def wants_out(place: float, threshold: float, pnl_usd: float) -> bool:
    """Does a published place make this trader react? NaN (nothing published) never does."""
    return place >= threshold and pnl_usd > 0.0


@kernel
def deposit_for(equity_usd: float, fraction: float, wallet_usd: float) -> float:
    """Deposit D with N / (e + D) = (1 - φ) N / e, as far as the wallet goes [USD]."""
    if fraction >= 1.0:
        return wallet_usd
    return min(wallet_usd, equity_usd * fraction / (1.0 - fraction))


@kernel
def cut_to(qty_contracts: float, leverage: float, target_leverage: float, fraction: float) -> float:
    """Order that brings effective leverage to (1 - φ) of the target; 0 if already there."""
    goal = (1.0 - fraction) * target_leverage
    if leverage <= goal:
        return 0.0
    return -qty_contracts * (1.0 - goal / leverage)


@kernel
def react(
    reaction: int,
    qty_contracts: float,
    equity_usd: float,
    leverage: float,
    target_leverage: float,
    fraction: float,
    wallet_usd: float,
) -> tuple[float, float, float]:
    """(order contracts, deposit USD, contracts to buy elsewhere) of one reaction."""
    if reaction == TAKE_PROFIT:
        return -fraction * qty_contracts, 0.0, 0.0
    if reaction == CUT_LEVERAGE:
        return cut_to(qty_contracts, leverage, target_leverage, fraction), 0.0, 0.0
    if reaction == ADD_COLLATERAL:
        return 0.0, deposit_for(max(0.0, equity_usd), fraction, wallet_usd), 0.0
    if reaction == HEDGE:
        return 0.0, 0.0, -fraction * qty_contracts
    if reaction == LEAVE:
        return -qty_contracts, 0.0, 0.0
    return 0.0, 0.0, 0.0
