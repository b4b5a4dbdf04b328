"""What has been published about 10 October 2025: every number, to the digits printed, with source.

A value is a `Decimal` because its exponent says to how many digits it was printed: 129.7 million is
`1297e5`, and a recomputation agrees with it when it rounds to the same number at that exponent.
A number that is printed as "about x" is compared, not judged. Every published number that is
compared with something is typed here and nowhere else, also for `experiments.calibrate`; what the
simulator is told as an input (clock, falls, the population's defaults) is in `abm`, with sources.

Sources: [Chitra2025] = arXiv:2512.01112, [Chitra2026] = arXiv:2602.15182v1, and what their authors
ship in github.com/pluriholonomic/autodeleveraging-analysis at aae0be8, here called "data release".
Event counts: github.com/ConejoCapital/HyperMultiAssetedADL and HyperReplay.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

DATA_RELEASE = "github.com/pluriholonomic/autodeleveraging-analysis@aae0be8"


@dataclass(frozen=True)
class Published:
    """A number as printed.

    Attributes:
        value: the number; its exponent is the last digit printed.
        source: where it stands.
        is_about: whether it is printed as "about", without digits to agree with.
    """

    value: Decimal
    source: str
    is_about: bool = False

    def agrees(self, recomputed: float) -> bool:
        """Whether a recomputed number rounds to the printed one."""
        unit = Decimal(1).scaleb(int(self.value.as_tuple().exponent))
        return Decimal(repr(recomputed)).quantize(unit, ROUND_HALF_EVEN) == self.value


def shipped(value: float, file: str) -> Published:
    """A number that stands in a file of the data release, to the cent."""
    cents = Decimal(repr(value)).quantize(Decimal("0.01"), ROUND_HALF_EVEN)
    return Published(cents, f"data release, out/{file}")


def _table(source: str, **values: str) -> dict[str, Published]:
    return {name: Published(Decimal(text), source) for name, text in values.items()}


PUBLISHED: Mapping[str, Published] = {
    **_table(
        "data release, out/eval_horizon_sweep_gap_ms=5000.csv",
        deficit="100063386.69",
        needed="15079669.61",
        taken_0ms="60108335.33",
        taken_500ms="66753276.22",
        taken_1000ms="66091792.83",
        taken_2000ms="62526361.71",
        taken_5000ms="64353144.63",
        overshoot_0ms="45028665.72",
        overshoot_500ms="51673606.61",
        overshoot_1000ms="51012123.23",
        overshoot_2000ms="47446692.11",
        overshoot_5000ms="49273475.02",
    ),
    **_table("[Chitra2026] Table 1; [Chitra2025] corrected, dataset", rounds="16"),
    **_table("[Chitra2026] section 5.1, as [H - B]+", overshoot_positive_part="450e5"),
    **_table(
        "data release, out/overshoot_robustness.json",
        discounted_500ms="48826870.04",
        discounted_1000ms="48962725.56",
        discounted_2000ms="48885470.66",
        discounted_5000ms="48840149.76",
    ),
    **_table(
        "data release, out/headlines.json",
        equity_to_pnl="6.661853854176803",
        naive_mapping="98103722.75",
        naive_factor="2.178694864",
    ),
    **_table("data release, out/two_time/report.md", reconciling_ratio="14.51"),
    **_table(
        "data release, out/summary_totals.csv",
        queue_overshoot="653552663.51",
        queue_residual="16690263.85",
        queue_participation="0.8622",
    ),
    **_table(
        "HyperMultiAssetedADL: rows of deleveraged accounts with negative equity",
        negative_equity_rows="23191104",
    ),
    **_table(
        "[Chitra2026] section 5.3",
        variation="7.06",
        bound="1297e5",
        bound_production="0.500",
        bound_integer="0.026",
        bound_avoidable="0.474",
    ),
    **_table(
        "[Chitra2025] corrected, paper/main_corrected.tex, Integer rounding",
        integer_shortfall_text="15e5",
        integer_wave_1="371e3",
        ilp_net_text="5e4",
    ),
    **_table("data release, out/two_time/report.md", reaction_rows="19351", reaction_fills="35022"),
    **_table(
        "data release, out/ADL-Corrections-Full-Report.md, section 08",
        strategic_any_count="322",
        passive_any_count="18726",
    ),
    **_table("HyperReplay canonical table", fills="34983", wallets="19337", tickers="162"),
    **_table(
        "HyperMultiAssetedADL, cascade_timing_results.json: fills by whole second, from the first",
        fills_of_first_moment="11279",
        half_of_fills_s="70",
        ninety_percent_of_fills_s="222",
        clusters="36",
    ),
    **_table("HyperMultiAssetedADL: fills in profit", profitable_fills_1="0.994"),
    **_table("HyperReplay: fills in profit", profitable_fills_2="0.945"),
    **_table(
        "HyperReplay canonical tables: all ADL fills, all liquidation fills",
        adl_notional_usd="2103111430.86",
        liquidation_notional_usd="5511042925",
    ),
    **_table(
        "HyperMultiAssetedADL, batch processing: time stamps of ADL that also hold liquidations",
        shared_stamps="100",
        adl_stamps="224",
    ),
    **_table(
        "HyperMultiAssetedADL, ADL notional over liquidation notional of each coin",
        coin_ratio_mean="0.354",
        coin_ratio_median="0.332",
    ),
    **_table(
        "ADLVisualizer, adl_flow_data.json: notional by liquidated account, two vaults of HLP",
        backstop_vault_2="0.6177",
        backstop_vault_1="0.3329",
    ),
}

PER_USER_SOURCE = (
    "per-user table adl_by_user_REALTIME.csv of HyperMultiAssetedADL, evaluated by this laboratory;"
    " the papers do not print it"
)

PER_USER: Mapping[str, Published] = _table(
    PER_USER_SOURCE,
    **{
        f"{amount}_{moment}": text
        for amount, texts in {
            "notional": "0.982 0.157 0.458 0.776 0.842 481 27037 1.04e6 0.863 0.756 0.754",
            "pnl": "0.981 0.063 0.403 0.758 0.830 216 11147 448e3 0.848 0.781 0.698",
            "cash": "0.978 0.108 0.377 0.735 0.818 941 43664 1.67e6 0.928 0.781 0.730",
        }.items()
        for moment, text in zip(
            (
                "gini",
                *("top_1", "top_10", "top_100", "top_percent"),
                *("p50", "p90", "p99"),
                *("hill_100", "hill_500", "hill_1000"),
            ),
            texts.split(),
            strict=True,
        )
    },
    pnl_hill_50="0.93",
    leverage_p5="0.006",
    leverage_p25="0.16",
    leverage_p50="0.43",
    leverage_p75="0.99",
    leverage_p90="3.24",
    leverage_p95="6.50",
    pnl_percent_p10="13",
    pnl_percent_p50="47",
    pnl_percent_p90="168",
    spearman_cash_pnl="0.86",
    spearman_cash_leverage="-0.36",
    spearman_pnl_percent_leverage="-0.717",
)
"""Moments of deleveraged accounts; amounts in USD, leverage and shares [1]."""

TABLE_2_SOURCE = "[Chitra2026] Table 2"

ABOUT = "about "
"""Before a number that is printed without digits to judge by."""

TABLE_2: Mapping[tuple[str, str], Published] = {
    (policy, measure): Published(Decimal(text.removeprefix(ABOUT)), TABLE_2_SOURCE, ABOUT in text)
    for policy, texts in {
        "prod": ("53782490.53", "11077031.68", "64859522.21"),
        "contract_pr": ("3020120.65", "384064.35", "3404185.00"),
        "vector": ("1793022.03", "2620345.57", "4413367.61"),
        "fixed_point_ilp_integer": ("106205.81", "0.00", "106205.81"),
        "pr": ("about 0", "2732437.29", "2732437.29"),
    }.items()
    for measure, text in zip(("tracking", "fairness", "total"), texts, strict=True)
}
"""Table 2 at fairness weight 1, USD."""

POLICIES: Mapping[str, str] = {
    "prod": "production queue",
    "contract_pr": "integer pro-rata",
    "vector": "vector mirror descent",
    "fixed_point_ilp_integer": '"min-max ILP"',
    "pr": "continuous pro-rata",
    "pnl_pr": "PnL pro-rata",
    "eq_pr": "equity pro-rata",
}
"""Policies of the data release by column suffix; the last two are not in the paper."""


@dataclass(frozen=True)
class Missing:
    """A published number that the released files cannot give.

    Attributes:
        section: of the record.
        quantity: what was published.
        value: as printed, NaN when only a figure shows it.
        unit: its unit.
        reason: which file is absent.
        source: where it was published.
    """

    section: str
    quantity: str
    value: Decimal
    unit: str
    reason: str
    source: str


def _missing(
    section: str, source: str, reason: str, *values: tuple[str, str, str]
) -> list[Missing]:
    return [
        Missing(section, name, Decimal(text), unit, reason, source) for name, text, unit in values
    ]


_USERS = "needs two_pass_wave_prod_haircuts.csv and policy_per_wave_user_haircuts.csv, not released"
_FILLS = "needs the canonical fill table (HyperReplay), which is not part of the data release"

NOT_RECOMPUTABLE: tuple[Missing, ...] = (
    *_missing(
        "taken by production",
        "data release, out/horizon_ms=0",
        f"only its sums are checked; {_USERS}",
        ("what production took in each wave, account by account", "NaN", "USD"),
    ),
    *_missing(
        "objective",
        "data release, out/policy_per_wave_metrics.csv",
        "needs winners' positions at the start of each wave "
        "(two_pass_wave_winner_start_positions.csv), not released",
        ("budgets of integer pro-rata, vector mirror descent and ILP", "NaN", "USD"),
        ("largest burden of each policy per wave", "NaN", "1"),
    ),
    *_missing(
        "objective",
        "[Chitra2026] Table 3",
        "the text does not say which per-round references it divides by",
        ("production over per-round references, fairness weight 0.5 to 2", "NaN", "1"),
    ),
    *_missing(
        "queue instability",
        "[Chitra2026] section 5.2",
        _USERS,
        ("inversions, production queue", "0.114", "1"),
        ("inversions, vector mirror descent", "0.0064", "1"),
        ("inversions, pro-rata", "0", "1"),
        ("rank stability, production queue", "0.34", "1"),
        ("rank stability, vector mirror descent", "0.72", "1"),
        ("rank stability, pro-rata", "0.86", "1"),
    ),
    *_missing(
        "stylised queue",
        "data release, out/summary_totals.csv",
        "an average over accounts; only the average is released",
        ("average participation", "0.8622", "1"),
    ),
    *_missing(
        "naive mapping",
        "data release, out/headlines.json",
        _FILLS,
        ("winners' equity over PnL, trimmed mean", "6.66", "1"),
        ("winners' equity over PnL, median", "4.41", "1"),
        ("winners' equity over PnL, 10th percentile", "2.28", "1"),
        ("winners' equity over PnL, 90th percentile", "14.96", "1"),
        ("winners' equity over PnL, mean", "303.30", "1"),
    ),
    *_missing(
        "event",
        "HyperReplay canonical table; [Chitra2026] Table 1 calls the notional liquidations",
        _FILLS,
        ("deleveraged notional", "2103111430.86", "USD"),
        ("realised PnL of deleveraged accounts", "834295749.29", "USD"),
    ),
    *_missing(
        "coverage",
        "HyperReplay canonical table",
        f"notional per wave {_FILLS}",
        ("deleveraged notional outside the 16 waves", "6840e5", "USD"),
    ),
)
