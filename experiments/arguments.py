"""The words of the command line: verbs, options, and an example for each."""

import argparse
from collections.abc import Sequence

from experiments.forecast import options as forecast

_EPILOGUE = """\
examples:
  adlab                               run the default study and draw it
  adlab study my.toml --dry-run       what would it cost?
  adlab sweep my.toml --executor ray --address auto --out /shared/my
  adlab list designs
every verb has --help with an example"""


class _Parser(argparse.ArgumentParser):
    """Reports a wrong word in one sentence and exit code 1, like every other failure."""

    def error(self, message: str) -> None:  # type: ignore[override]
        self.exit(1, f"adlab: {message}; see: {self.prog} --help\n")


def parse(words: Sequence[str]) -> argparse.Namespace:
    """The options of a command; without a verb, of the default study."""
    first = words[0] if words else ""
    if not words or (first.startswith("-") and first not in ("-h", "--help")):
        words = ["study", *words]
    return _parser().parse_args(words)


def _parser() -> argparse.ArgumentParser:
    """All verbs."""
    parser = _Parser(
        prog="adlab",
        description="An agent-based laboratory for auto-deleveraging on perpetual futures.",
        epilog=_EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    study = _verb(verbs, "study", "run a study, then draw it", "adlab study default --quick")
    _study_options(study)
    sweep = _verb(
        verbs,
        "sweep",
        "the same, for a study on many workers or a cluster",
        "adlab sweep my.toml --executor ray --address auto --out /shared/my --no-figures",
    )
    _study_options(sweep)
    resume = _verb(verbs, "resume", "go on after a crash", "adlab resume results/default-1a2b3c4d")
    _folder(resume)
    _running(resume)
    status = _verb(verbs, "status", "how far is it?", "adlab status results/default-1a2b3c4d")
    _folder(status)
    figures = _verb(
        verbs, "figures", "draw results again", "adlab figures results/default-1a2b3c4d"
    )
    _folder(figures)
    _replay_options(verbs)
    _list_options(verbs)
    describe = _verb(
        verbs,
        "describe",
        "an ADL design slot by slot, with formulas, axioms and a worked example",
        "adlab describe binance",
    )
    describe.add_argument(
        "name",
        metavar="NAME",
        help="a design, mechanism or preset, or module:Name of a design of your own",
    )
    _validate_options(verbs)
    _calibrate_options(verbs)
    does = "fit a forecast of bankruptcies for predictive margins and measure its skill"
    forecast.add_options(_verb(verbs, "forecast", does, forecast.EXAMPLE))
    _verb(verbs, "bench", "measure speed", "adlab bench --json speed.json")
    return parser


def _verb(
    verbs: "argparse._SubParsersAction[_Parser]", name: str, does: str, example: str
) -> _Parser:
    """One verb with its example."""
    parser = verbs.add_parser(
        name,
        help=does,
        description=f"{does[0].upper()}{does[1:]}.",
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--debug", action="store_true", help="show the traceback of a failure")
    return parser


def _list_options(verbs: "argparse._SubParsersAction[_Parser]") -> None:
    """Options of `list`."""
    parser = _verb(
        verbs, "list", "what there is to choose from", "adlab list designs --status provisional"
    )
    parser.add_argument(
        "what",
        nargs="?",
        choices=("designs", "mechanisms", "studies", "presets", "outcomes"),
        help="one of these only",
    )
    parser.add_argument(
        "--status", choices=("checked", "provisional"), help="designs of this status only"
    )
    parser.add_argument("--family", metavar="NAME", help="designs of this family only, e.g. pools")


def _folder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="RESULTS_DIR", help="a results folder")


def _study_options(parser: argparse.ArgumentParser) -> None:
    """Options of `study` and `sweep`."""
    parser.add_argument(
        "study",
        nargs="?",
        default="default",
        metavar="STUDY",
        help="a TOML file or the name of a shipped study (default: default)",
    )
    parser.add_argument(
        "--out",
        metavar="DIR",
        help="the results folder (default: results/NAME-HASH, a new one when the study is edited)",
    )
    parser.add_argument("--quick", action="store_true", help="two replicates only")
    parser.add_argument(
        "--dry-run", action="store_true", help="time some runs and say what it would cost"
    )
    _running(parser)


def _running(parser: argparse.ArgumentParser) -> None:
    """Options about where to run."""
    parser.add_argument(
        "--executor",
        choices=("in-process", "pool", "ray"),
        default="pool",
        help="where to run (default: pool, the processes of this machine)",
    )
    parser.add_argument(
        "--workers", type=int, metavar="N", help="number of processes (default: one per core)"
    )
    parser.add_argument(
        "--address", help="of a running Ray cluster, e.g. auto (default: a private one)"
    )
    parser.add_argument(
        "--no-figures", dest="figures", action="store_false", help="results only, nothing drawn"
    )
    _data(parser)


def _data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        action="append",
        default=[],
        metavar="FILE",
        help="recorded prices for a study that replays them; once per instrument",
    )


def _validate_options(verbs: "argparse._SubParsersAction[_Parser]") -> None:
    """Options of `validate`, one word after it per kind."""
    validate = _verb(
        verbs, "validate", "check against the literature", "adlab validate theory --only V4,V19"
    )
    kinds = validate.add_subparsers(dest="what", metavar="WHAT", required=True)
    theory = _verb(
        kinds,
        "theory",
        "run every checkable claim of the field's papers, with a verdict",
        "adlab validate theory --full --workers 8",
    )
    _claims_options(theory, "V4,V19", "theory")
    contagion = _verb(
        kinds,
        "contagion",
        "run the dynamics of the contagion literature: tails, cascades, spirals, stylised facts",
        "adlab validate contagion --only C1,C4 --workers 2",
    )
    contagion.add_argument(
        "--data",
        metavar="DIR",
        help="Bitcoin minutes for C7 (default: ADLAB_DATA, else shared/data beside the repository)",
    )
    _claims_options(contagion, "C1,C4", "contagion")
    oct10 = _verb(
        kinds,
        "oct10",
        "recompute the published numbers of 10 October 2025 from their data",
        "adlab validate oct10 --data ../shared/data",
    )
    oct10.add_argument(
        "--data",
        metavar="DIR",
        help="the released files (default: ADLAB_DATA, else shared/data beside the repository)",
    )
    _validation_output(oct10, "oct10")
    axioms = _verb(
        kinds,
        "axioms",
        "decide twenty axioms for every rule: proved, or refuted by a minimal book",
        "adlab validate axioms --books 50",
    )
    axioms.add_argument(
        "--books", type=int, default=200, help="random books per cell (default: %(default)s)"
    )
    axioms.add_argument(
        "--seed", type=int, default=20251010, help="of all random numbers (default: %(default)s)"
    )
    axioms.add_argument(
        "--workers", type=int, metavar="N", help="number of processes (default: one per core)"
    )
    _validation_output(axioms, "axioms")


def _claims_options(parser: argparse.ArgumentParser, ids: str, what: str) -> None:
    """Options of a validation that runs claims."""
    parser.add_argument("--full", action="store_true", help="the sample sizes of the paper")
    parser.add_argument("--only", metavar="IDS", help=f"these claims, e.g. {ids}")
    parser.add_argument(
        "--seed", type=int, default=20251010, help="of all random numbers (default: %(default)s)"
    )
    parser.add_argument(
        "--workers", type=int, metavar="N", help="number of processes (default: one per core)"
    )
    _validation_output(parser, what)


def _calibrate_options(verbs: "argparse._SubParsersAction[_Parser]") -> None:
    """Options of `calibrate`."""
    parser = _verb(
        verbs,
        "calibrate",
        "fit a study's scenario to the published moments of 10 October 2025",
        "adlab calibrate october_2025 --evaluations 600 --seeds 16 --workers 2",
    )
    parser.add_argument("study", metavar="STUDY", help="a TOML file or a shipped study's name")
    for name, default, what in (
        ("evaluations", 400, "candidates to try, rounded up to whole generations"),
        ("seeds", 12, "runs per candidate, the same luck for all"),
        ("fresh", 64, "runs that judge the fit, none of them seen by the search"),
        ("workers", 1, "threads"),
    ):
        parser.add_argument(
            f"--{name}", type=int, default=default, metavar="N", help=f"{what} (default: {default})"
        )
    parser.add_argument("--out", metavar="DIR", help="the folder (default: results/calibrate-NAME)")
    parser.add_argument(
        "--no-figures", dest="figures", action="store_false", help="results only, nothing drawn"
    )


def _validation_output(parser: argparse.ArgumentParser, what: str) -> None:
    """Where a validation writes, and what."""
    out = f"results/validate-{what}"
    parser.add_argument(
        "--out", metavar="DIR", default=out, help="the folder (default: %(default)s)"
    )
    parser.add_argument("--json", metavar="FILE", help="the numbers as JSON, here too")
    parser.add_argument(
        "--no-figures", dest="figures", action="store_false", help="results only, nothing drawn"
    )


def _seconds(text: str) -> float:
    """A positive number of seconds."""
    seconds = float(text)
    if not 0.0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds above 0")
    return seconds


def _replay_options(verbs: "argparse._SubParsersAction[_Parser]") -> None:
    """Options of `replay`."""
    parser = _verb(
        verbs,
        "replay",
        "repeat one run exactly and keep its event log",
        "adlab replay results/default-1a2b3c4d p003-r0007 --events events.parquet",
    )
    _folder(parser)
    parser.add_argument("task", metavar="TASK_ID", help="id of the run, e.g. p003-r0007")
    parser.add_argument(
        "--events", metavar="FILE", help="where (default: RESULTS_DIR/replay/TASK_ID.parquet)"
    )
    parser.add_argument(
        "--network-every",
        type=_seconds,
        metavar="SECONDS",
        help="keep the venues and the links between nodes at this interval, also when the study "
        "keeps none; they are written beside the events as CSV, as is the series",
    )
    _data(parser)
