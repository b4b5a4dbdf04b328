"""10 October 2025 in numbers: when things happened and how far prices fell.

The announcement of tariffs at 20:50 UTC started the fall; the first liquidations on Hyperliquid
came at 21:15:03, the first auto-deleveraging 61.7 s later; BTC touched bottom in the minute 21:19;
ADL lasted 10.88 minutes. `october_2025("BTC", "ETH")` gives a `RegimeCrash` with these numbers.

What is an index number and what is a venue's own is kept apart: the index falls are inputs, the
deeper falls on Hyperliquid (`VENUE_FALLS`) are what a simulated venue should make of them, never an
input.

All sources were read in stored copies on 2026-11-20 (`as_of`), unless a page carries its own date.
"""

from dataclasses import dataclass

from abm.citation import Citation
from abm.market.prices.regime_crash import RegimeCrash

_READ = "2026-11-20"
_HYPER_MULTI = "github.com/ConejoCapital/HyperMultiAssetedADL"
_HYPER_ANALYZE = Citation(
    "github.com/ConejoCapital/HyperAnalyzeADL", "EXECUTIVE_SUMMARY.md, Price Impact", _READ
)
_BINANCE_MINUTES = Citation(
    "github.com/chuyenvan/BinanceFuturesJava",
    "docs/RESULT_BLACKSWAN_2510.md, A3: one-minute closes",
    _READ,
)
_AURIC = Citation(
    "auriccrypto.com/news/live-total-bloodbath-in-crypto-xrp-loses-40-in-minutes",
    "live page, updates to 22:40 UTC",
    "2025-10-10",
)


@dataclass(frozen=True)
class Moment:
    """Something that happened.

    Attributes:
        after_s: seconds after the announcement at 20:50:00 UTC.
        source: where it is written.
    """

    after_s: float
    source: Citation


@dataclass(frozen=True)
class Fall:
    """One instrument's fall [USD].

    Attributes:
        before: price before the crash.
        trough: lowest price.
        after: price after the first recovery, within one to two hours.
        sources: where the three are written, in words where they are inferred.
    """

    before: float
    trough: float
    after: float
    sources: tuple[Citation, ...]

    @property
    def drop(self) -> float:
        """Fraction lost at the trough."""
        return 1.0 - self.trough / self.before

    @property
    def recovery(self) -> float:
        """Share of the fall regained."""
        return (self.after - self.trough) / (self.before - self.trough)


MOMENTS = {
    "announcement": Moment(
        0.0, Citation("cointeeth.com", "Coin Metrics, translated: 20:50", _READ)
    ),
    "first_liquidation": Moment(1503.127, Citation(_HYPER_MULTI, "21:15:03.127", _READ)),
    "first_adl": Moment(1564.831, Citation(_HYPER_MULTI, "21:16:04.831", _READ)),
    "trough": Moment(1800.0, _BINANCE_MINUTES),  # the end of the minute 21:19
    "last_adl": Moment(2217.4, Citation(_HYPER_MULTI, "21:26:57.4", _READ)),
}
"""The episode's clock; all on Hyperliquid but the announcement and the trough."""

INDEX_FALLS = {
    "BTC": Fall(
        117_112.0,
        103_441.0,
        113_700.0,
        (
            Citation("derive.xyz", "index price at option trades: before, after", _READ),
            _BINANCE_MINUTES,
        ),
    ),
    "ETH": Fall(
        4_069.0,
        3_436.0,
        3_900.0,
        (
            Citation("ainvest.com", "before: 4,069.27 with BTC at 117,484", _READ),
            Citation("blog.amberdata.io", "trough, as quoted on generallink.top", _READ),
            _AURIC,
        ),
    ),
    # before: general knowledge, about 210; trough: -24.6 %, as reported for the crash (an ADL fill
    # at 21:19:08 was done at 160.58)
    "SOL": Fall(210.0, 158.3, 190.0, (Citation("globalstocknews.org", "p=695590", _READ), _AURIC)),
    # "plunging 43 % in a matter of minutes" to 1.50, so 2.63 before
    "XRP": Fall(2.63, 1.50, 2.33, (_AURIC,)),
}
"""Falls of prices outside Hyperliquid between 20:50 and 21:20 UTC."""

VENUE_FALLS = {"BTC": (0.131, _HYPER_ANALYZE), "SOL": (0.260, _HYPER_ANALYZE)}
"""Fraction lost on Hyperliquid itself, 21:15 to 21:27 UTC: a target for validation."""


def october_2025(*instruments: str, start_s: float = 600.0) -> RegimeCrash:
    """The crash of 10 October 2025 for the named instruments.

    Args:
        instruments: keys of `INDEX_FALLS`; none means BTC.
        start_s: calm time before the announcement [s].

    Raises:
        ValueError: an instrument without a recorded fall.
    """
    names = instruments or ("BTC",)
    unknown = [name for name in names if name not in INDEX_FALLS]
    if unknown:
        raise ValueError(
            f"no fall of {unknown[0]!r} on 10 October 2025 is on record; "
            f"choose from {', '.join(INDEX_FALLS)}, or give RegimeCrash your own drop"
        )
    falls = [INDEX_FALLS[name] for name in names]
    return RegimeCrash(
        initial_price=tuple(fall.before for fall in falls),
        drop=tuple(fall.drop for fall in falls),
        recovery=tuple(fall.recovery for fall in falls),
        start_s=start_s,
        duration_s=MOMENTS["trough"].after_s,
    )
