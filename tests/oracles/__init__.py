"""Oracles: each published rule written a second time, from its source, in plain loops.

Nothing here imports the laboratory and nothing here is fast.  An oracle is the sentence of a venue
or of a paper turned into the shortest code that says the same, so that a disagreement with the
laboratory is a question about the source and not about the code.

    queue_parts    who is opposite, who is solvent, how a queue is walked
    venue_queues   the ranked queues: BitMEX, Binance, Bybit, OKX, Hyperliquid
    other_designs  designs without a ranking: dYdX v4, Drift v2, a lottery, no ADL
    cash_rules     haircuts of gains in USD: pro-rata, equal, levelling, risk-weighted
    margin         bankruptcy, liquidation, maintenance, funding, equity
    impact         linear and square-root impact; how much to liquidate
    measures       Gini, top share, min-max burden, lights, rank percentiles

Sources, as of 2026-11-20: *designs* = the survey of ADL designs (venue by venue, section numbers
as there), *theory* = the theory and data specification after Chitra et al. (arXiv:2512.01112,
2602.15182). A paragraph "Reading:" marks what the source leaves open and what was chosen.
"""
