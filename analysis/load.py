"""Read one study's results folder, or say in one sentence why it cannot be trusted.

    run.json              "study": {name, hash, seed, replicates}, "levers": {name: [values]}, ...
    results.parquet       one row per run: point, replicate, task, levers, status, error, outcomes
    series.parquet        (optional) one row per run and instant: point, replicate, levers, time_s
    venues.parquet        (optional) one row per run and venue: point, replicate, levers, venue
    links.parquet         (optional) one row per run, instant and link between two nodes
    data_dictionary.csv   table, name, unit, meaning
    odd.md                (optional) description of the model

Refused: missing files or columns, runs of several studies in one folder, a point or a replicate
that is absent or present twice. Kept and counted: runs that ended in an error. They are rows of
`failed`, reported by name everywhere, and never part of an estimate.
"""

import itertools
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pyarrow.parquet as pq

RUN_COLUMNS = ("point", "replicate", "task", "status", "error")
DICTIONARY_COLUMNS = ("table", "name", "unit", "meaning")
FOOTER_KEY = b"adlab.study"
"""Key of a Parquet file's metadata that holds the hash of its study."""


class ExtraTable(NamedTuple):
    """A table that a study may keep besides its results.

    Attributes:
        columns: columns it must have, besides point, replicate and the levers.
        order: those that sort the rows of a run.
        every_run: whether a run without a row is a mistake.
        what: in a reader's words.
        asked_by: key of the study file that keeps it.
    """

    columns: tuple[str, ...]
    order: tuple[str, ...]
    every_run: bool
    what: str
    asked_by: str


EXTRA_TABLES: Mapping[str, ExtraTable] = {
    "series": ExtraTable(("time_s",), ("time_s",), True, "time series", "series_every_s"),
    "venues": ExtraTable(("venue",), (), True, "table of venues", "network_every_s"),
    "links": ExtraTable(
        ("time_s", "source", "target", "layer", "usd"),
        ("time_s",),
        False,  # a run in which nobody is exposed to anybody has no row
        "links between nodes",
        "network_every_s",
    ),
}
"""Tables beside results.parquet, by name."""

STATUSES = ("ok", "error")
HASH_SUFFIX = re.compile(r"-([0-9a-f]{8})$")
NAMED_AT_MOST = 8
"""Items named in a message before "and n more"."""


class ResultsError(ValueError):
    """A results folder that must not be analysed; the message says why and what to do."""


@dataclass(frozen=True)
class Study:
    """Which study the folder holds.

    Attributes:
        name: the study's name.
        hash: hash of its specification; every run must carry the same.
        seed: master seed.
        replicates: replicates of every point.
    """

    name: str
    hash: str
    seed: int
    replicates: int


@dataclass(frozen=True)
class Results:
    """One study, read and checked.

    Attributes:
        folder: where it was read.
        study: its identity.
        levers: name -> values, in the order of the study.
        runs: runs that ended well, sorted by point and replicate.
        failed: runs that ended in an error: point, replicate, task, levers, error.
        extras: every table of `EXTRA_TABLES` that was recorded, of the runs that ended well.
        dictionary: unit and meaning of every column.
        provenance: run.json as read.
        description: text of odd.md, empty when there is none.
    """

    folder: Path
    study: Study
    levers: Mapping[str, tuple[object, ...]]
    runs: pd.DataFrame
    failed: pd.DataFrame
    extras: Mapping[str, pd.DataFrame]
    dictionary: pd.DataFrame
    provenance: Mapping[str, object]
    description: str

    @property
    def series(self) -> pd.DataFrame | None:
        """One row per run and instant, or None when none were recorded."""
        return self.extras.get("series")

    @property
    def venues(self) -> pd.DataFrame | None:
        """One row per run and venue, or None when none were recorded."""
        return self.extras.get("venues")

    @property
    def links(self) -> pd.DataFrame | None:
        """One row per run, instant and link, or None when none were recorded."""
        return self.extras.get("links")

    def table(self, name: str) -> pd.DataFrame | None:
        """A table by name, "results" or one of `EXTRA_TABLES`; None when it was not recorded."""
        return self.runs if name == "results" else self.extras.get(name)

    def unit(self, column: str) -> str:
        """Unit of a column, as the data dictionary has it.

        Raises:
            ResultsError: when the dictionary does not know the column.
        """
        return self._entry(column, "unit")

    def meaning(self, column: str) -> str:
        """What a column is, in the dictionary's words."""
        return self._entry(column, "meaning")

    def outcomes(self) -> list[str]:
        """Names of the outcome columns, in the table's order."""
        labels = {*RUN_COLUMNS, *self.levers}
        return [name for name in self.runs.columns if name not in labels]

    def require(self, requires: Mapping[str, tuple[str, ...]], reader: str) -> None:
        """Check that `reader` finds its columns, table by table (see `table`).

        Raises:
            ResultsError: naming the reader, the table and the missing columns.
        """
        for table, columns in requires.items():
            frame = self.table(table)
            if frame is None:
                raise ResultsError(
                    f"{reader} needs {table}.parquet, and {self.folder.name} has none: "
                    f"run the study with {EXTRA_TABLES[table].asked_by} given."
                )
            _refuse_missing(frame.columns, columns, f"{reader}: {table}.parquet")

    def _entry(self, column: str, field: str) -> str:
        rows = self.dictionary.loc[self.dictionary["name"] == column, field]
        if rows.empty:
            raise ResultsError(
                f'data_dictionary.csv does not describe "{column}": add its unit and meaning.'
            )
        return str(rows.iloc[0])


def load(folder: Path | str) -> Results:
    """Read and check one results folder.

    Args:
        folder: `results/<study>-<hash8>`.

    Returns:
        The study, with failed runs set apart.

    Raises:
        ResultsError: when a file or column is missing, hashes differ, or the grid is incomplete.
    """
    folder = Path(folder)
    for name in ("run.json", "results.parquet", "data_dictionary.csv"):
        if not (folder / name).is_file():
            raise ResultsError(f"{folder} has no {name}: give the folder of a finished study.")
    provenance = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    study = _study(provenance)
    table = pd.read_parquet(folder / "results.parquet")
    _refuse_missing(table.columns, RUN_COLUMNS, "results.parquet")
    table = table.sort_values(["point", "replicate"], kind="stable", ignore_index=True)
    levers = _levers(provenance, table)
    _refuse_missing(table.columns, levers, "results.parquet")
    _refuse_mixed(folder, study, table)
    _refuse_incomplete(table, study.replicates, _points(provenance, table))
    if _is_grid(provenance) and levers:
        _refuse_holes(table, levers)
    dictionary = pd.read_csv(folder / "data_dictionary.csv", keep_default_na=False)
    _refuse_missing(dictionary.columns, DICTIONARY_COLUMNS, "data_dictionary.csv")
    ended_well = table["status"] == "ok"
    description = folder / "odd.md"
    return Results(
        folder=folder,
        study=study,
        levers=levers,
        runs=table.loc[ended_well].reset_index(drop=True),
        failed=_failed(table.loc[~ended_well], levers),
        extras={
            name: _extra(folder, name, levers, table.loc[ended_well])
            for name in EXTRA_TABLES
            if (folder / f"{name}.parquet").is_file()
        },
        dictionary=dictionary,
        provenance=provenance,
        description=description.read_text(encoding="utf-8") if description.is_file() else "",
    )


def _study(provenance: Mapping[str, object]) -> Study:
    """Identity of the study: nested under "study", or flat with "study" as its name."""
    entry = provenance.get("study")
    fields: dict[str, Any] = (
        dict(entry) if isinstance(entry, dict) else {**provenance, "name": entry}
    )
    fields.setdefault("hash", fields.get("study_sha256"))
    missing = [key for key in ("name", "hash", "seed", "replicates") if fields.get(key) is None]
    if missing:
        raise ResultsError(f"run.json does not say the study's {_listed(missing)}.")
    return Study(
        str(fields["name"]), str(fields["hash"]), int(fields["seed"]), int(fields["replicates"])
    )


def _levers(provenance: Mapping[str, object], table: pd.DataFrame) -> dict[str, tuple[object, ...]]:
    """Levers as {name: [values]}, or as a list of {"column": name} with values from the table."""
    entry = provenance.get("levers")
    if isinstance(entry, dict):
        return {str(name): tuple(values) for name, values in entry.items()}
    if not isinstance(entry, list):
        raise ResultsError('run.json needs "levers": {name: [values]}.')
    names = [str(lever["column"]) for lever in entry]
    _refuse_missing(table.columns, names, "results.parquet")
    return {name: tuple(table[name].drop_duplicates().tolist()) for name in names}


def _points(provenance: Mapping[str, object], table: pd.DataFrame) -> list[int]:
    """The points a complete study has."""
    count = provenance.get("points")
    if isinstance(count, int):
        return list(range(count))
    return sorted(int(point) for point in table["point"].unique())


def _is_grid(provenance: Mapping[str, object]) -> bool:
    """Whether every combination of the levers must be there: not for sampled or listed points."""
    entry = provenance.get("study")
    sampling = entry.get("sampling", "grid") if isinstance(entry, dict) else "listed"
    return sampling == "grid"


def _refuse_missing(present: Iterable[str], wanted: Iterable[str], where: str) -> None:
    columns = set(present)
    missing = [name for name in wanted if name not in columns]
    if missing:
        raise ResultsError(f"{where} lacks the column(s) {_listed(missing)}.")


def _refuse_mixed(folder: Path, study: Study, table: pd.DataFrame) -> None:
    """Hashes may stand in run.json, the folder's name, a column, or the Parquet footer."""
    found = {study.hash}
    suffix = HASH_SUFFIX.search(folder.resolve().name)
    if suffix and not study.hash.startswith(suffix.group(1)):
        found.add(suffix.group(1))
    if "study_hash" in table.columns:
        found.update(str(value) for value in table["study_hash"].unique())
    for name in ("results.parquet", *(f"{table}.parquet" for table in EXTRA_TABLES)):
        if (folder / name).is_file():
            footer = pq.read_schema(folder / name).metadata or {}
            if FOOTER_KEY in footer:
                found.add(footer[FOOTER_KEY].decode())
    if len(found) > 1:
        raise ResultsError(
            f"{folder.name} mixes studies with the hashes {_listed(sorted(found))}: "
            "keep one study per folder."
        )


def _refuse_incomplete(table: pd.DataFrame, replicates: int, points: list[int]) -> None:
    unknown = sorted(set(table["status"]) - set(STATUSES))
    if unknown:
        raise ResultsError(f"results.parquet has the unknown status(es) {_listed(unknown)}.")
    twice = table.loc[table.duplicated(["point", "replicate"]), ["point", "replicate"]]
    if not twice.empty:
        raise ResultsError(f"these runs are there twice: {_named_runs(twice)}.")
    wanted = pd.MultiIndex.from_product([points, range(replicates)], names=["point", "replicate"])
    present = pd.MultiIndex.from_frame(table[["point", "replicate"]])
    absent = wanted.difference(present)
    if len(absent):
        raise ResultsError(
            f"{len(absent)} run(s) are missing: {_named_runs(absent.to_frame(index=False))}; "
            "resume the study first."
        )
    strange = present.difference(wanted)
    if len(strange):
        raise ResultsError(
            f"{_named_runs(strange.to_frame(index=False))} do(es) not belong to the study, "
            f"which has {len(points)} points and {replicates} replicates."
        )


def _refuse_holes(table: pd.DataFrame, levers: Mapping[str, tuple[object, ...]]) -> None:
    present = set(table[list(levers)].itertuples(index=False, name=None))
    grid = list(itertools.product(*levers.values()))
    holes = [_named_point(levers, values) for values in grid if values not in present]
    if holes:
        raise ResultsError(f"{len(holes)} point(s) are missing: {_listed(holes)}.")


def _failed(table: pd.DataFrame, levers: Mapping[str, tuple[object, ...]]) -> pd.DataFrame:
    columns = ["point", "replicate", "task", *levers, "error"]
    return table.loc[:, columns].reset_index(drop=True)


def _extra(
    folder: Path, name: str, levers: Mapping[str, tuple[object, ...]], ended_well: pd.DataFrame
) -> pd.DataFrame:
    file, known = f"{name}.parquet", EXTRA_TABLES[name]
    keys = ["point", "replicate"]
    table = pd.read_parquet(folder / file)
    _refuse_missing(table.columns, (*keys, *known.columns, *levers), file)
    runs = pd.MultiIndex.from_frame(ended_well[keys])
    recorded = pd.MultiIndex.from_frame(table[keys])
    absent = runs.difference(recorded.unique())
    if len(absent) and known.every_run:
        raise ResultsError(f"{file} lacks the run(s) {_named_runs(absent.to_frame(index=False))}.")
    kept = table.loc[recorded.isin(runs)]
    return kept.sort_values([*keys, *known.order], kind="stable", ignore_index=True)


def _named_runs(runs: pd.DataFrame) -> str:
    named = runs[["point", "replicate"]].itertuples(index=False, name=None)
    return _listed([f"point {point} replicate {replicate}" for point, replicate in named])


def _named_point(levers: Iterable[str], values: Iterable[object]) -> str:
    return " ".join(f"{name}={value}" for name, value in zip(levers, values, strict=True))


def _listed(items: list[str]) -> str:
    shown = ", ".join(items[:NAMED_AT_MOST])
    more = len(items) - NAMED_AT_MOST
    return f"{shown} and {more} more" if more > 0 else shown
