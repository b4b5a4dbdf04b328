"""Axioms of identity: nobody gives up less by splitting, merging, topping up or reopening.

    proportional split   qty and cash in the same proportion
    asymmetric split     qty and cash in different proportions, each piece above maintenance
    split with top-up    outside collateral on one of two equal pieces, or on the account itself
    entry reset          closed and reopened at the mark: entry = mark, profit becomes cash
    merge                two accounts of one side, both in profit or both at a loss
    netting              a winner and a loser of one side become one account

The gain is what all accounts of the owner give up less, in the numeraire of the rule. Moves cost
nothing here; pieces stand beside their owner in account order. Entry reset and netting attack what
an endowment w = (PNL)+ is made of, so that they work against rules that are split-proof in w.
Sources: [Moulin1987]; [Chitra2025] for sybils; the attacks are known from venues' rankings.
"""

from dataclasses import replace

import numpy as np

from abm.adl.axioms.axiom import (
    TOLERANCE,
    Attack,
    Axiom,
    Breach,
    Proposal,
    Test,
    short,
    solvent_account,
)
from abm.adl.axioms.case import STEP, Account, Case
from abm.adl.axioms.rule import Rule, Sampling, mean_over
from abm.units import Floats, Ints

SHARES = (0.125, 0.25, 0.5, 0.75, 0.875)
"""Powers of two and sums of them, so that pieces have the ratios of the whole exactly."""
TOP_UPS = (10.0, 100.0, 1000.0)


def pieces_of(case: Case, attack: Attack) -> Case:
    """The owner's account in two: `share` of qty, `cash_share` of cash, and a top-up, apart."""
    owner = case.account(int(attack["account"]))
    part, cash_part = attack["share"], attack.get("cash_share", attack["share"])
    top_up = attack.get("top_up", 0.0)
    piece = owner._replace(
        id=owner.id + 1,
        qty=owner.qty * part,
        cash=owner.cash * cash_part + top_up,
        snapshot=owner.snapshot * part,
    )
    rest = owner._replace(
        qty=owner.qty * (1.0 - part),
        cash=owner.cash * (1.0 - cash_part),
        snapshot=owner.snapshot * (1.0 - part),
    )
    return case.with_accounts(rest, piece)


def topped_up(case: Case, attack: Attack) -> Case:
    """Collateral on one of two equal pieces, or on the whole account when it is not split."""
    if attack["share"] > 0.0:
        return pieces_of(case, attack)
    owner = case.account(int(attack["account"]))
    return case.with_accounts(owner._replace(cash=owner.cash + attack["top_up"]))


def reopened(case: Case, attack: Attack) -> Case:
    """The account after closing and reopening at the mark."""
    owner = case.account(int(attack["account"]))
    profit = owner.qty * (case.mark - owner.entry)
    return case.with_accounts(owner._replace(entry=case.mark, cash=owner.cash + profit))


def merged(case: Case, attack: Attack) -> Case:
    """Two accounts as one, at the mean entry; what a snapshot holds liable adds up."""
    owner, other = case.account(int(attack["account"])), case.account(int(attack["other"]))
    qty = owner.qty + other.qty
    entry = (owner.qty * owner.entry + other.qty * other.entry) / qty
    whole = Account(
        owner.id,
        qty,
        entry,
        owner.cash + other.cash,
        (owner.qty * owner.hedged + other.qty * other.hedged) / qty,
        owner.snapshot + other.snapshot,
    )
    return case.without(other.id).with_accounts(whole)


def _draw_split(rng: np.random.Generator, case: Case, payers: Ints) -> Attack:
    return {"account": solvent_account(rng, case, payers), "share": float(rng.choice(SHARES))}


def _draw_asymmetric(rng: np.random.Generator, case: Case, payers: Ints) -> Attack:
    part, cash_part = rng.choice(SHARES, 2, replace=False)
    account = solvent_account(rng, case, payers)
    return {"account": account, "share": float(part), "cash_share": float(cash_part)}


def _draw_top_up(rng: np.random.Generator, case: Case, payers: Ints) -> Attack:
    account, share = solvent_account(rng, case, payers), float(rng.choice((0.0, 0.5)))
    return {"account": account, "share": share, "top_up": float(rng.choice(TOP_UPS))}


def _draw_reset(rng: np.random.Generator, case: Case, payers: Ints) -> Attack:
    return {"account": solvent_account(rng, case, payers)}


def _draw_pair(netting: bool) -> Proposal:
    def propose(rng: np.random.Generator, case: Case, _payers: Ints) -> Attack | None:
        rows = np.flatnonzero(case.opposite)
        pairs = [
            (int(case.id[i]), int(case.id[j]))
            for i in rows
            for j in rows
            if i != j and (case.pnl[i] * case.pnl[j] < 0.0) == netting
        ]
        if not pairs:
            return None
        account, other = pairs[int(rng.integers(len(pairs)))]
        return {"account": account, "other": other, "netting": float(netting)}

    return propose


_CHANGES = {
    "split": (pieces_of, "in two pieces"),
    "top_up": (topped_up, "after the top-up"),
    "reset": (reopened, "after reopening at the mark"),
    "merge": (merged, "as one account"),
}


def _no_gain(kind: str) -> Test:
    change, after_words = _CHANGES[kind]

    def test(rule: Rule, case: Case, attack: Attack, sampling: Sampling) -> Breach | None:
        owned = [int(attack[name]) for name in ("account", "other") if name in attack]
        if not case.has(*owned) or not _possible(kind, case, attack):
            return None
        other = change(case, attack)
        if not _allowed(case, other):
            return None
        done = rule.run(case)
        rows = [case.row(i) for i in owned]
        mine = [row for row, i in enumerate(other.id) if i - i % STEP in owned]

        def both(seeded: Case) -> Floats:
            before = float(rule.run(seeded).taken[rows].sum())
            after = float(rule.run(replace(other, seed=seeded.seed)).taken[mine].sum())
            return np.array([before, after, before - after])

        found = mean_over(case, sampling, both)
        before, after = float(found.mean[0]), float(found.mean[1])
        gain = float(found.mean[2] - found.noise[2])
        if gain <= TOLERANCE * done.owed:
            return None
        words = (
            f"the owner of account {' and '.join(map(str, owned))} gives {short(before)}"
            f" {done.unit}, and {short(after)} {after_words}"
        )
        return Breach(gain / done.owed, words)

    return test


def _possible(kind: str, case: Case, attack: Attack) -> bool:
    """Whether the move is the one that is meant: shares in range, accounts that can be merged."""
    if kind == "merge":
        owner, other = case.account(int(attack["account"])), case.account(int(attack["other"]))
        nets = _pnl(case, owner) * _pnl(case, other) < 0.0
        return owner.qty * other.qty > 0.0 and nets == (attack["netting"] > 0.0)
    share = attack.get("share", 0.5)
    least = 0.0 if kind == "top_up" else SHARES[0]
    return (
        least <= share <= SHARES[-1]
        and 0.0 <= attack.get("cash_share", 0.5) <= 1.0
        and attack.get("top_up", 0.0) >= 0.0
    )


def _allowed(case: Case, other: Case) -> bool:
    """Whether the move leaves a valid book with the same accounts bankrupt."""
    return other.valid() and case.same_bankrupt(other)


def _pnl(case: Case, account: Account) -> float:
    """Unrealised profit [USD]."""
    return account.qty * (case.mark - account.entry)


MANIPULATION = (
    Axiom(
        "split_proportional",
        "proportional split",
        "Splitting position and cash in one proportion lowers nobody's total payment.",
        _draw_split,
        _no_gain("split"),
        attacks=3,
    ),
    Axiom(
        "split_asymmetric",
        "asymmetric split",
        "Splitting position and cash in different proportions lowers nobody's total payment.",
        _draw_asymmetric,
        _no_gain("split"),
        attacks=3,
    ),
    Axiom(
        "top_up",
        "split with top-up",
        "Adding collateral, to the account or to one of two halves, lowers nobody's payment.",
        _draw_top_up,
        _no_gain("top_up"),
        attacks=3,
    ),
    Axiom(
        "entry_reset",
        "entry reset",
        "Closing and reopening at the mark lowers nobody's payment.",
        _draw_reset,
        _no_gain("reset"),
        attacks=3,
    ),
    Axiom(
        "merge_proof",
        "merge",
        "Merging two winners, or two losers, of one side lowers nobody's total payment.",
        _draw_pair(netting=False),
        _no_gain("merge"),
        attacks=3,
    ),
    Axiom(
        "netting",
        "netting merge",
        "Merging a winner with a loser of the same side lowers nobody's total payment.",
        _draw_pair(netting=True),
        _no_gain("merge"),
        attacks=3,
    ),
)
