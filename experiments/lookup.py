"""What `adlab describe NAME` is about: a preset, a shipped design, a mechanism, a user's design.

NAME            a preset, else a design, else a mechanism of the theory
theory:NAME     the mechanism, where a design has the same name
module:Name     a user's design
"""

import difflib
from collections.abc import Iterable, Iterator
from pathlib import Path

from abm.adl.mechanisms.catalog import MECHANISMS
from experiments.designs import find_design
from experiments.engine import Engine
from experiments.errors import StudyError
from experiments.listing import preset_lines
from experiments.words import describe_mechanism

_THEORY = "theory:"


def page_of(name: str, engine: Engine, folder: Path) -> Iterator[str]:
    """The page of a name, line by line.

    Args:
        name: see the top of this file.
        engine: the simulator, with its presets and designs.
        folder: where a user's module is looked for first.

    Raises:
        StudyError: nothing has this name; the message gives the nearest ones.
    """
    mechanisms = {mechanism.id: mechanism for mechanism in MECHANISMS}
    of_theory = name.removeprefix(_THEORY)
    if name in engine.presets:
        yield from preset_lines(engine.presets[name])
    elif name in engine.design_ids or (":" in name and of_theory not in mechanisms):
        yield from engine.describe(find_design(name, engine.designs, folder)).splitlines()
    elif of_theory in mechanisms:
        yield from describe_mechanism(mechanisms[of_theory]).splitlines()
    else:
        raise StudyError(f"nothing is called '{name}'; {_nearest(name, engine, mechanisms)}")


def _nearest(name: str, engine: Engine, mechanisms: Iterable[str]) -> str:
    """The end of the sentence about an unknown name."""
    known = dict.fromkeys([*engine.design_ids, *mechanisms, *engine.presets])
    near = [f"'{each}'" for each in difflib.get_close_matches(name, known, n=3, cutoff=0.5)]
    if not near:
        return "adlab list shows what there is"
    return f"did you mean {' or '.join(near)}?"
