"""The released files of the 10 October 2025 episode, read and checked.

    loser waves      16 waves with a positive deficit: D_t, largest single shortfall, fills
    policies         16 waves x 7 policies: budgets, largest burden, the field's ratios
    coin gaps        per wave and coin: sum |mark - exec| q, contracts, gap per contract
    horizons         per evaluation horizon in ms: D, B_needed, H_prod per wave
    shocks           1,125 per-coin clusters of the stylised queue
    reactions        per deleveraged account: later trades within 5, 60 and 300 s

Found in the folder itself, in its folder `oss_adl`, or in a clone's folder `out`; every file must
have its columns, numbers where numbers belong, and the same waves.
Source: github.com/pluriholonomic/autodeleveraging-analysis at aae0be8 (MIT).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from abm.units import Floats
from experiments.files import file_sha
from experiments.validate.oct10.published import DATA_RELEASE, POLICIES

RELEASE_URL = "https://{}/tree/{}/out".format(*DATA_RELEASE.split("@"))
"""Where the files are."""

HORIZONS_MS = (0, 500, 1000, 2000, 5000)
"""Evaluation horizons released."""

_NAMES = (
    "bad_debt_loser_waves.csv",
    "policy_per_wave_metrics.csv",
    "per_shock_metrics_queue.csv",
    "two_time/per_user_reaction_metrics.csv",
)
"""Files by which the folder is recognised, any one of them."""

_WAVE = ("wave", "t_start_ms", "t_end_ms")
_MONEY = ("deficit_usd", "max_loss_usd")
_LOSERS = (*_WAVE, "n_rows", "unique_losers", *_MONEY)
_HORIZON = (*_WAVE, *_MONEY, "budget_needed_usd", "budget_prod_usd", "winners_equity_start_usd")
_GAPS = ("wave", "gap_usd_x_qty", "qty_contracts", "gap_per_contract_usd")
_POLICIES = (
    "wave",
    *_MONEY,
    "budget_needed",
    "total_cap",
    "fixed_point_ilp_scale",
    "theta_prod_capped",
    "theta_needed_capped",
    *(f"{kind}_{policy}" for policy in POLICIES for kind in ("budget", "max_pct")),
)
_SHOCKS = ("deficit_usd", "total_capacity_usd", "budget_queue_usd")
_REACTIONS = (
    "n_adl_events",
    *(f"share_any_nonadl_fill_{window}ms" for window in (5000, 60000, 300000)),
    *(f"mean_undo_frac_{window}ms" for window in (5000, 60000, 300000)),
)
_STAMPS = ("t_start", "t_end")
_MAYBE = ("ptsr_pr", "rd_nse_pr", "pmr_pr", "median_latency_ms")
"""Columns that may hold unknown values."""


@dataclass(frozen=True)
class Episode:
    """The files, one row per wave in the same order in `losers`, `policies` and each horizon.

    Attributes:
        folder: that was given.
        inputs: SHA-256 of each file read, by its path inside the folder of the release.
    """

    losers: pd.DataFrame
    policies: pd.DataFrame
    gaps: pd.DataFrame
    horizons: Mapping[int, pd.DataFrame]
    shocks: pd.DataFrame
    reactions: pd.DataFrame
    strategic: pd.DataFrame
    passive: pd.DataFrame
    inputs: Mapping[str, str]
    folder: Path

    @property
    def waves(self) -> list[int]:
        """Numbers of the waves that were kept, in order of time."""
        return [int(wave) for wave in self.losers["wave"]]

    def loser(self, name: str) -> Floats:
        """A column of the loser waves: [T]."""
        return floats(self.losers, name)

    def policy(self, name: str) -> Floats:
        """A column of the policies: [T]."""
        return floats(self.policies, name)

    def horizon(self, name: str, horizon_ms: int = 0) -> Floats:
        """A column of one evaluation horizon: [T]."""
        return floats(self.horizons[horizon_ms], name)


def floats(frame: pd.DataFrame, name: str) -> Floats:
    """A column as float64."""
    return frame[name].to_numpy(dtype=np.float64)


def load(data: Path) -> Episode:
    """Read the released files.

    Args:
        data: folder with the files, with a folder `oss_adl` of them, or a clone of the release.

    Raises:
        ValueError: a file is missing, lacks a column, has something else than numbers, or speaks of
            other waves than the rest; one sentence that says what to do.
    """
    reader = _Reader(_folder(data))
    losers = reader.read("bad_debt_loser_waves.csv", _LOSERS)
    episode = Episode(
        losers=losers,
        policies=reader.read("policy_per_wave_metrics.csv", _POLICIES, ("ptsr_pr", "rd_nse_pr")),
        gaps=reader.read(
            _swept(reader.folder, 0, "two_pass_wave_coin_gap_per_contract.csv"), _GAPS, ("coin",)
        ),
        horizons={
            horizon: reader.read(
                _swept(reader.folder, horizon, "two_pass_equity_delta_by_wave.csv"), _HORIZON
            )
            for horizon in HORIZONS_MS
        },
        shocks=reader.read("per_shock_metrics_queue.csv", _SHOCKS, ("coin", "t_start", "t_end")),
        reactions=reader.read(
            "two_time/per_user_reaction_metrics.csv", _REACTIONS, ("user", "median_latency_ms")
        ),
        strategic=reader.read("two_time/strategic_accounts.csv", _REACTIONS, ("user",)),
        passive=reader.read("two_time/passive_accounts.csv", _REACTIONS, ("user",)),
        inputs=reader.hashes,
        folder=data,
    )
    _check_waves(episode)
    return episode


def _folder(data: Path) -> Path:
    """The folder that holds the files, or some of them."""
    for folder in (data, data / "oss_adl", data / "out"):
        if any((folder / name).is_file() for name in _NAMES):
            return folder
    address, commit = DATA_RELEASE.split("@")
    raise ValueError(
        f"no files of the 10 October 2025 episode in {data}; git clone https://{address}, "
        f"check out {commit}, and give the clone with --data DIR or ADLAB_DATA"
    )


def _swept(folder: Path, horizon_ms: int, name: str) -> str:
    """Path of a file of one horizon: flat, or nested as in a clone."""
    flat = f"horizon_ms={horizon_ms}/{name}"
    nested = f"eval_horizon_sweep/gap_ms=5000/{flat}"
    return nested if (folder / nested).is_file() else flat


class _Reader:
    """Reads checked CSV files of one folder and keeps their hashes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hashes: dict[str, str] = {}

    def read(self, name: str, numbers: Sequence[str], others: Sequence[str] = ()) -> pd.DataFrame:
        """One file; `numbers` must be finite, `others` only be there."""
        file = self.folder / name
        if not file.is_file():
            raise ValueError(f"{file} is missing; take it from {RELEASE_URL}")
        frame = read_table(file)
        absent = [column for column in (*numbers, *others) if column not in frame.columns]
        if absent:
            raise ValueError(
                f"{file} has no column '{absent[0]}'; take the file again from {RELEASE_URL}"
            )
        for column in (*numbers, *(other for other in others if other in _MAYBE)):
            check_numbers(file, frame[column], maybe=column in _MAYBE)
        for column in (other for other in others if other in _STAMPS):
            _check_stamps(file, frame[column])
        if frame.empty:
            raise ValueError(f"{file} has no rows; take the file again from {RELEASE_URL}")
        self.hashes[name] = file_sha(file)
        return frame


def read_table(file: Path) -> pd.DataFrame:
    """A CSV file as text would have it, or one sentence about what it is instead.

    Raises:
        ValueError: it is empty, not text, or has lines of different lengths.
    """
    try:
        return pd.read_csv(file)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise ValueError(
            f"{file} is no CSV file ({error}); take it again from where it is published"
        ) from error


def _check_stamps(file: Path, column: "pd.Series[str]") -> None:
    """Refuse anything but ISO times."""
    times = pd.to_datetime(column, format="ISO8601", utc=True, errors="coerce")
    wrong = times.isna().to_numpy(dtype=np.bool_)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise ValueError(
            f"{file}:{row + 2}: column '{column.name}' has no time ({column.iloc[row]!r}); "
            f"take the file again from {RELEASE_URL}"
        )


def check_numbers(file: Path, column: "pd.Series[float]", *, maybe: bool = False) -> None:
    """Refuse anything but numbers, and unknown ones where everything is known.

    Raises:
        ValueError: names the file, the line and the column.
    """
    numeric = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64)
    wrong = ~np.isfinite(numeric)
    if maybe:
        wrong &= column.notna().to_numpy(dtype=np.bool_)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise ValueError(
            f"{file}:{row + 2}: column '{column.name}' has no number ({column.iloc[row]!r}); "
            "take the file again from where it is published"
        )


def _check_waves(episode: Episode) -> None:
    """Refuse files that speak of different waves."""
    if episode.waves != sorted(set(episode.waves)):
        raise ValueError(
            "bad_debt_loser_waves.csv: column 'wave' does not rise from row to row; "
            f"take the file again from {RELEASE_URL}"
        )
    frames = {"policy_per_wave_metrics.csv": episode.policies}
    frames |= {f"horizon_ms={h}": frame for h, frame in episode.horizons.items()}
    for name, frame in frames.items():
        if [int(wave) for wave in frame["wave"]] != episode.waves:
            raise ValueError(
                f"{name} has other waves than bad_debt_loser_waves.csv; "
                f"take all files from {RELEASE_URL}"
            )
    if episode.gaps.duplicated(["wave", "coin"]).any():
        raise ValueError(
            "two_pass_wave_coin_gap_per_contract.csv: column 'coin' names a coin twice in a wave; "
            f"take the file again from {RELEASE_URL}"
        )
    strangers = set(episode.gaps["wave"].astype(int)) ^ set(episode.waves)
    if strangers:
        raise ValueError(
            f"the coin gaps and bad_debt_loser_waves.csv do not share wave {min(strangers)}; "
            f"take all files from {RELEASE_URL}"
        )
