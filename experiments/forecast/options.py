"""The words after `adlab forecast`."""

import argparse

EXAMPLE = "adlab forecast crash --seeds 200 --fresh 200"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `forecast` to its parser."""
    parser.add_argument(
        "scenario",
        nargs="?",
        default="crash",
        metavar="SCENARIO",
        help="a preset, a shipped study's name or a TOML file, whose scenario is simulated "
        "(default: crash)",
    )
    for name, default, what in (
        ("seeds", 200, "worlds to learn from"),
        ("fresh", 200, "worlds to judge the forecast on, none of them seen in learning"),
        ("workers", 1, "threads"),
    ):
        parser.add_argument(
            f"--{name}", type=int, default=default, metavar="N", help=f"{what} (default: {default})"
        )
    parser.add_argument(
        "--seed", type=int, default=20251010, help="of all random numbers (default: %(default)s)"
    )
    for name, seconds, what in (
        ("every", 10.0, "seconds between two looks"),
        ("horizon", 60.0, "seconds that a forecast looks ahead, in whole looks"),
    ):
        told = f"{what} (default: {seconds:g})"
        parser.add_argument(f"--{name}", type=float, default=seconds, metavar="S", help=told)
    parser.add_argument(
        "--out", metavar="DIR", help="the folder (default: results/forecast-SCENARIO)"
    )
    parser.add_argument(
        "--no-figures", dest="figures", action="store_false", help="results only, nothing drawn"
    )
