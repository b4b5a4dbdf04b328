"""Designs as a user would write them: a plain score function carried by an AdlDesign."""

from dataclasses import replace

from abm.adl import CustomScore, Exposure
from abm.adl.catalog import design


def binance_score(x: Exposure) -> float:
    """Binance's published formula: (PnL)+ / max(1, wallet) * maintenance / equity."""
    if x.account_pnl_usd <= 0.0 or x.equity_usd <= 0.0:
        return 0.0
    return x.account_pnl_usd / max(1.0, x.wallet_usd) * (x.maintenance_margin_usd / x.equity_usd)


def uncompilable_score(x: Exposure) -> float:
    """The same through a dict of mixed values, which numba cannot type."""
    values = {"name": "binance", "score": binance_score(x)}
    return float(values["score"])


def odd_score(x: Exposure) -> float:
    """The same through text, on which numba stumbles in its own way."""
    return float(repr(float(binance_score(x))))


def nan_score(x: Exposure) -> float:
    """Unknown for everybody."""
    return x.pnl_usd * float("nan")


compiled_binance = replace(
    design("binance"), id="compiled_binance", score=CustomScore(binance_score)
)
python_binance = replace(
    design("binance"), id="python_binance", score=CustomScore(uncompilable_score)
)
odd_binance = replace(design("binance"), id="odd_binance", score=CustomScore(odd_score))
unknown_score = replace(design("binance"), id="unknown_score", score=CustomScore(nan_score))
