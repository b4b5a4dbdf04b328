"""The command line: `adlab VERB ...`, and without a verb the default study.

    adlab                                  default study -> results -> figures -> report.html
    adlab study my.toml --workers 8        a study of one's own
    adlab resume results/my-1a2b3c4d       go on after a crash

The one module that knows both how results are made and how they are drawn. Every failure is one
sentence on stderr and exit code 1; Ctrl-C gives 130 and the command that goes on.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any

from experiments.arguments import parse
from experiments.engine import Engine, shipped_engine
from experiments.errors import DiskError, StoreError, StudyError, WorkersLostError
from experiments.executors.threads import pin_threads

INTERRUPTED = 130


def _shipped_draw(folder: Path) -> list[Path]:
    """Figures of a validation's folder."""
    from analysis.validation.build import build  # plotting is slow to load and needed last

    return list(build(folder))


@dataclass(frozen=True)
class Parts:
    """What the command line puts together.

    Attributes:
        engine: gives the simulator.
        build: makes figures and report of a results folder, returns the files.
        draw: makes the figures of a validation's folder, returns the files.
    """

    engine: Callable[[], Engine]
    build: Callable[[Path], list[Path]]
    draw: Callable[[Path], list[Path]] = _shipped_draw


def _shipped_build(folder: Path) -> list[Path]:
    """Figures and report of a results folder."""
    from analysis.build import build  # plotting is slow to load and needed last

    return list(build(folder))


SHIPPED = Parts(shipped_engine, _shipped_build)


def main(argv: Sequence[str] | None = None, parts: Parts = SHIPPED) -> int:
    """Run one command; the exit code."""
    pin_threads()
    words = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in words
    try:
        if words[:1] == ["bench"]:
            return _bench([word for word in words[1:] if word != "--debug"])
        options = parse(words)
        options.words = words
        return int(_VERBS[options.verb](options, parts))
    except KeyboardInterrupt:
        print("adlab: interrupted", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        if debug:
            raise
        print(f"adlab: {_sentence(error)}", file=sys.stderr)
        return 1


def _sentence(error: Exception) -> str:
    """A failure in one sentence; faults of the program are named with their type."""
    text = " ".join(str(error).split())
    if isinstance(error, StudyError | StoreError | WorkersLostError | ValueError):
        return text
    return f"{type(error).__name__}: {text} (add --debug for the traceback)"


def _bench(words: list[str]) -> int:
    """Measure speed; the options are the benchmark's own."""
    from experiments.bench import main as bench

    return int(bench(words))


def _study(options: Any, parts: Parts) -> int:
    """Run a study, then draw it."""
    from experiments.dry_run import show_cost
    from experiments.runner import default_folder
    from experiments.spec import Options, find_study, load_study

    engine = parts.engine()
    chosen = Options(tuple(Path(file) for file in options.data), options.quick)
    study = load_study(find_study(options.study), engine, chosen)
    for name, reason in study.left_out.items():
        print(f"adlab: design {name} is left out: {reason}", file=sys.stderr)
    if options.dry_run:
        return show_cost(study, engine, options.workers)
    folder = Path(options.out) if options.out else default_folder(study)
    return _run(study, folder, engine, options, parts)


def _resume(options: Any, parts: Parts) -> int:
    """Go on with a study from what is on disk."""
    from experiments.runner import reload_study

    engine, folder = parts.engine(), Path(options.folder)
    study = reload_study(folder, engine, tuple(Path(file) for file in options.data))
    return _run(study, folder, engine, options, parts)


def _run(study: Any, folder: Path, engine: Engine, options: Any, parts: Parts) -> int:
    """Run what is missing, draw, and show the result."""
    from experiments.executors import usable_cores
    from experiments.progress import RunProgress, console_for
    from experiments.runner import Execution, run_study

    console = console_for(sys.stdout)
    workers = options.workers if options.workers is not None else usable_cores()
    execution = Execution(options.executor, workers, options.address)
    go_on = f"go on with: adlab resume {quote(str(folder))}"
    try:
        with RunProgress(study.name, console) as progress:
            finished = run_study(study, folder, engine, execution, progress)
    except KeyboardInterrupt:
        print(f"adlab: interrupted, finished parts are kept; {go_on}", file=sys.stderr)
        return INTERRUPTED
    except (DiskError, WorkersLostError) as error:
        if options.debug:
            raise
        print(f"adlab: {error}; {go_on}", file=sys.stderr)
        return 1
    _show(study, finished, console)
    if options.figures:
        _draw(folder, parts, console)
    if finished.failed:
        print(
            f"adlab: {finished.failed} of {study.plan.runs} runs failed, see the columns status "
            f"and error; the first is {finished.first_error}",
            file=sys.stderr,
        )
    return 1 if finished.failed else 0


def _show(study: Any, finished: Any, console: Any) -> None:
    """The short table and where the results are."""
    from experiments.summary import summary_table

    levers = [lever.column for lever in study.plan.levers]
    console.print(summary_table(finished.folder, levers, study.outcomes))
    _say(console, f"results  {finished.folder / 'results.parquet'}")
    _say(console, f"sha256   {finished.results_sha}")
    if study.left_out:
        names = ", ".join(study.left_out)
        _say(console, f"left out {len(study.left_out)} designs, reasons in run.json: {names}")


def _draw(folder: Path, parts: Parts, console: Any) -> None:
    """Figures and report; their paths."""
    made = parts.build(folder.absolute())
    kinds = [file for file in made if file.suffix in (".pdf", ".png")]
    if kinds:
        _say(console, f"figures  {len(kinds)} files in {kinds[0].parent}")
    for file in made:
        if file.suffix == ".html":
            _say(console, f"report   {file}")


def _figures(options: Any, parts: Parts) -> int:
    """Draw a results folder again."""
    from experiments.manifest import read_manifest
    from experiments.progress import console_for

    folder = Path(options.folder)
    read_manifest(folder)
    if not (folder / "results.parquet").is_file():
        raise StoreError(f"{folder} is not complete; go on with: adlab resume {quote(str(folder))}")
    _draw(folder, parts, console_for(sys.stdout))
    return 0


def _status(options: Any, _: Parts) -> int:
    """How far a study is."""
    from experiments.progress import console_for
    from experiments.status import status_lines

    console = console_for(sys.stdout)
    for line in status_lines(Path(options.folder)):
        _say(console, line)
    return 0


def _replay(options: Any, parts: Parts) -> int:
    """Repeat one run, compare, and keep its event log and other tables."""
    from experiments.progress import console_for
    from experiments.replay import replay, write_events, write_extras
    from experiments.runner import reload_study

    engine, folder = parts.engine(), Path(options.folder)
    study = reload_study(folder, engine, tuple(Path(file) for file in options.data))
    repeated = replay(study, folder, options.task, engine, network_every_s=options.network_every)
    file = Path(options.events) if options.events else folder / "replay" / f"{options.task}.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    write_events(repeated.events, file)
    console = console_for(sys.stdout)
    _say(console, f"{options.task} came out as stored, in every outcome, to the last bit")
    _say(console, f"events   {file} ({repeated.events.num_rows} rows)")
    for name, written in zip(repeated.extras, write_extras(repeated.extras, file), strict=True):
        _say(console, f"{name:8} {written} ({repeated.extras[name].num_rows} rows)")
    return 0


def _list(options: Any, parts: Parts) -> int:
    """Designs, mechanisms, studies, presets and outcomes."""
    from experiments.listing import Kept, tables
    from experiments.progress import console_for

    console = console_for(sys.stdout)
    for table in tables(parts.engine(), options.what, Kept(options.status, options.family)):
        console.print(table)
    return 0


def _describe(options: Any, parts: Parts) -> int:
    """A design, a mechanism of the theory, or the fields of a preset."""
    from experiments.lookup import page_of
    from experiments.progress import console_for

    console = console_for(sys.stdout)
    for line in page_of(options.name, parts.engine(), Path.cwd()):
        _say(console, line)
    return 0


def _validate(options: Any, parts: Parts) -> int:
    """Check the program against the field: one function per word after `validate`."""
    return _VALIDATIONS[options.what](options, parts)


def _theory(options: Any, parts: Parts) -> int:
    """Run the claims of the literature on auto-deleveraging."""
    from experiments.validate.theory import CLAIMS

    return _literature(CLAIMS, options, parts)


def _contagion(options: Any, parts: Parts) -> int:
    """Run the claims of the literature on contagion."""
    from experiments.validate.contagion import CLAIMS

    return _literature(CLAIMS, options, parts)


def _literature(claims: Any, options: Any, parts: Parts) -> int:
    """Run claims and draw what they found."""
    from experiments.validate.command import run_literature

    def finish(console: Any, whole: Path) -> None:
        _finish_validation(options, parts, console, whole)

    failed = run_literature(claims, options, finish)
    if failed:
        print(f"adlab: {failed}", file=sys.stderr)
    return 1 if failed else 0


def _oct10(options: Any, parts: Parts) -> int:
    """Recompute the record of 10 October 2025."""
    from experiments.progress import console_for
    from experiments.validate.data import data_folder
    from experiments.validate.oct10 import recompute, table, write
    from experiments.validate.report import prepared

    console = console_for(sys.stdout)
    record = recompute(data_folder(options.data))
    written = write(record, prepared(Path(options.out)))
    console.print(table(record))
    whole = next(file for file in written if file.suffix == ".json")
    _finish_validation(options, parts, console, whole)
    return 0


def _axioms(options: Any, parts: Parts) -> int:
    """Decide every axiom for every rule anew."""
    from experiments.errors import StudyError
    from experiments.executors import usable_cores
    from experiments.progress import console_for
    from experiments.validate.axioms import run, summary
    from experiments.validate.report import prepared

    workers = options.workers if options.workers is not None else usable_cores()
    if workers < 1 or options.books < 1:
        raise StudyError("--books and --workers must be 1 or more")
    console = console_for(sys.stdout)
    written = run(prepared(Path(options.out)), options.books, options.seed, workers)
    _say(console, summary(written[-1]))
    _finish_validation(options, parts, console, written[-1])
    return 0


def _calibrate(options: Any, parts: Parts) -> int:
    """Fit a study's scenario to the published moments of 10 October 2025."""
    from experiments.calibrate import Settings, calibrate, problem_of
    from experiments.calibrate.report import screen, summary
    from experiments.progress import RunProgress, console_for
    from experiments.spec import find_study, load_study
    from experiments.validate.report import prepared

    engine = parts.engine()
    study = load_study(find_study(options.study), engine)
    settings = Settings(options.evaluations, options.seeds, options.fresh, options.workers)
    problem, console = problem_of(study, engine), console_for(sys.stdout)
    out = prepared(Path(options.out or f"results/calibrate-{study.name}"))
    try:
        with RunProgress(f"calibrate {study.name}", console) as progress:
            progress.begin(settings.evaluations, 0)
            fits, found, written = calibrate(problem, settings, out, progress.advance)
    except KeyboardInterrupt:
        again = " ".join(quote(word) for word in ("adlab", *options.words))
        print(
            "adlab: interrupted, whole generations are kept; go on with the same command: " + again,
            file=sys.stderr,
        )
        return INTERRUPTED
    console.print(screen(fits))
    _say(console, summary(fits, found))
    _say(console, f"fitted   {out / 'fitted.toml'}")
    _finish(options, parts, console, written[-1])
    return 0


def _forecast(options: Any, parts: Parts) -> int:
    """Fit a forecast of bankruptcies and measure its skill."""
    from experiments.forecast.command import run

    return run(options, parts.engine(), parts.draw)


def _finish_validation(options: Any, parts: Parts, console: Any, whole: Path) -> None:
    """A copy of the JSON file where asked for, then as `_finish`."""
    from experiments.files import written_atomically

    if options.json:
        with written_atomically(Path(options.json)) as stream:
            stream.write(whole.read_bytes())
    _finish(options, parts, console, whole)


def _finish(options: Any, parts: Parts, console: Any, whole: Path) -> None:
    """The figures, and where everything is."""
    _say(console, f"results  {whole.parent}")
    if options.figures:
        made = parts.draw(whole.parent)
        if made:
            _say(console, f"figures  {len(made)} files in {made[0].parent}")


def _say(console: Any, text: str) -> None:
    """One line as it is, neither coloured nor cut."""
    console.print(text, highlight=False, markup=False, soft_wrap=True)


_VERBS: dict[str, Callable[[Any, Parts], int]] = {
    "study": _study,
    "sweep": _study,
    "resume": _resume,
    "status": _status,
    "figures": _figures,
    "replay": _replay,
    "list": _list,
    "describe": _describe,
    "validate": _validate,
    "calibrate": _calibrate,
    "forecast": _forecast,
}

_VALIDATIONS: dict[str, Callable[[Any, Parts], int]] = {
    "theory": _theory,
    "contagion": _contagion,
    "oct10": _oct10,
    "axioms": _axioms,
}


if __name__ == "__main__":
    raise SystemExit(main())
