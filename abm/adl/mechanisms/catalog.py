"""Every mechanism of the theory by name: allocation rules, severity rules, controllers.

A row says what it is, its formula, whose it is, and which function or class computes it. Symbols:
w endowment, B budget, U = sum w, D deficit, x taken, h = x / w, theta severity, e equity, lambda
effective leverage, rho expected shortfall per dollar of equity, ( )+ positive part.
Sources: [Chitra2025] arXiv:2512.01112, its first version v1, and its code
github.com/pluriholonomic/autodeleveraging-analysis@aae0be8; [Chitra2026] arXiv:2602.15182.
"""

from dataclasses import dataclass

_2025 = "Chitra2025, arXiv:2512.01112"
_V1 = "Chitra2025, arXiv:2512.01112v1"
_2026 = "Chitra2026, arXiv:2602.15182"
_CODE = "pluriholonomic/autodeleveraging-analysis@aae0be8"
_YOUNG = "Young1988"


@dataclass(frozen=True)
class Mechanism:
    """One row of the catalog.

    Attributes:
        id: lower-case words joined by underscores.
        name: as people say it.
        formula: one line.
        source: whose it is.
        where: dotted path of the function, or of the class whose `run` plays it.
    """

    id: str
    name: str
    formula: str
    source: str
    where: str


def _rule(id_: str, name: str, formula: str, source: str, where: str) -> Mechanism:
    return Mechanism(id_, name, formula, source, f"abm.adl.mechanisms.{where}")


ALLOCATIONS = (
    _rule("queue", "queue", "x = min(w, what is left), by falling score", _2025, "queue.queue"),
    _rule("smart_queue", "smart queue", "queue with B = min(D, U)", _2025, "queue.smart_queue"),
    _rule("wealth_pro_rata", "wealth pro-rata", "x = w B / U", _2025, "shares.wealth_pro_rata"),
    _rule(
        "equity_pro_rata", "equity pro-rata", "x = min(w, M (e)+)", _CODE, "shares.equity_pro_rata"
    ),
    _rule("pnl_pro_rata", "PNL pro-rata", "x = min(w, tau (PNL)+)", _CODE, "shares.pnl_pro_rata"),
    _rule(
        "capped_pro_rata",
        "capped pro-rata",
        "h = min(beta, eta)",
        _2025,
        "shares.capped_pro_rata",
    ),
    _rule(
        "levered_pro_rata",
        "levered pro-rata, budget balanced",
        "h = min(1, tau l)",
        _2025,
        "risk.levered_pro_rata",
    ),
    _rule("rap", "risk-aware pro-rata (RAP)", "h = min(beta, tau lambda g)", _2025, "risk.rap"),
    _rule(
        "knapsack_greedy",
        "greedy by risk, the knapsack optimum",
        "queue by rho (e)+ / w",
        f"the programme of {_2025}; Dantzig1957",
        "risk.knapsack_greedy",
    ),
    _rule("levelling", "levelling", "x = (w - L)+", _YOUNG, "shares.levelling"),
    _rule("equal_dollar", "equal dollar", "x = min(w, kappa)", _YOUNG, "shares.equal_dollar"),
    _rule(
        "min_max_capacity",
        "min-max in shares of the endowment",
        "min max x / w, which is x = w B / U",
        _2026,
        "min_max.min_max_capacity",
    ),
    _rule(
        "min_max_equity",
        "min-max in shares of equity",
        "min max x / e, which is x = min(w, M e)",
        _CODE,
        "min_max.min_max_equity",
    ),
    _rule(
        "min_max_lots",
        "min-max in whole lots",
        "min max x / e, x = sum of k d, k integer, sum x >= B",
        _CODE,
        "min_max.min_max_lots",
    ),
    _rule(
        "fixed_point_rounding",
        "fixed-point rounding",
        "pro-rata of s B in lots, smallest s that covers B",
        f"{_CODE}, shown there as min-max ILP",
        "rounding.fixed_point_rounding",
    ),
    _rule(
        "integer_contracts",
        "contracts pro-rata in whole lots",
        "k = floor(Q q / sum q), then largest remainder",
        _CODE,
        "rounding.integer_contracts",
    ),
    _rule(
        "vector_mirror_descent",
        "vector mirror descent, as shipped",
        "h = min(1, mu w)",
        _CODE,
        "vector.vector_mirror_descent",
    ),
    _rule(
        "vector_program",
        "vector mirror descent, as written",
        "h = argmin of a convex programme, by projected gradient",
        _V1,
        "vector.vector_program",
    ),
    _rule(
        "tiered",
        "tiered seniority",
        "a tier is exhausted before the next",
        "thogiti.github.io",
        "tiers.tiered",
    ),
    _rule(
        "backstop_auction",
        "backstop auction",
        "outside capital, cheapest premium first, up to a reserve",
        _2025,
        "auction.backstop_auction",
    ),
    _rule("lottery", "lottery", "queue in random order", "a control", "queue.lottery"),
    _rule("no_adl", "no ADL", "x = 0", f"a control of {_2025}", "queue.no_adl"),
)

SEVERITIES = (
    _rule(
        "matched_severity",
        "matched",
        "theta = min(1, U / D)",
        _2025,
        "severity.matched_severity",
    ),
    _rule("fixed_severity", "fixed", "theta constant", _2025, "severity.fixed_severity"),
    _rule(
        "interpolated_severity",
        "between two severities",
        "theta = (1 - v) low + v high",
        _V1,
        "severity.interpolated_severity",
    ),
    _rule(
        "extreme_value_severity",
        "extreme value",
        "theta = min(1, c b / n), b an upper quantile of w",
        _2025,
        "severity.extreme_value_severity",
    ),
    _rule(
        "backoff_severity",
        "back-off, as meant",
        "theta = theta_0 a^k, k recent shocks",
        _V1,
        "severity.backoff_severity",
    ),
    _rule(
        "backoff_severity_as_published",
        "back-off, as published",
        "theta_t = max(a theta_t-1, theta_0), a constant",
        _V1,
        "severity.backoff_severity_as_published",
    ),
    _rule(
        "exante_budget",
        "ex ante from linear impact",
        "B = alpha Q^2",
        _2026,
        "severity.exante_budget",
    ),
    _rule(
        "no_wait_severity",
        "no-wait",
        "theta D >= premium",
        _2025,
        "severity.no_wait_severity",
    ),
    _rule(
        "newsvendor_fund",
        "newsvendor fund",
        "K = argmin r K + kappa E (D - K)+",
        _2025,
        "severity.newsvendor_fund",
    ),
)

CONTROLLERS = (
    _rule(
        "severity_gradient",
        "online gradient on tracking",
        "theta - eta D sign(theta - needed), projected",
        _2026,
        "controllers.SeverityGradient",
    ),
    _rule(
        "surrogate_descent",
        "mirror descent on the surrogate",
        "theta - eta f'(theta), projected, with backtracking",
        _V1,
        "controllers.SurrogateDescent",
    ),
    _rule(
        "warm_started_descent",
        "mirror descent from the levered fixed point",
        "the same, theta_1 D = sum w min(1, theta_1 l)",
        _V1,
        "controllers.WarmStartedDescent",
    ),
    _rule(
        "entropic_weights",
        "entropic weights",
        "v exp(-eta g), normalised; x = min(w, tau v w)",
        _V1,
        "controllers.EntropicWeights",
    ),
    _rule(
        "dual_controller",
        "mirror descent under priced constraints (MDIC)",
        "primal step on theta and v, dual step on prices",
        _2025,
        "dual_controller.DualController",
    ),
)

MECHANISMS: tuple[Mechanism, ...] = ALLOCATIONS + SEVERITIES + CONTROLLERS
"""All of them, in the order of a listing."""
