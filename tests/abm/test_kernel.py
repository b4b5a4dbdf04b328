"""abm.kernel: compiled code is never older than its sources, and equal sources share it."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from abm.kernel import cache_root, kernel, plain, sources_hash
from abm.record import bind
from abm.rng import Stream, fill_uniform, generator, stream_key, tick_key, uniform

REPOSITORY = Path(__file__).resolve().parents[2]

USERS_DESIGN = """
from dataclasses import replace
from abm.adl import CustomScore
from abm.adl.catalog import design

def score(x):
    return {sign}x.pnl_usd

mine = replace(design("binance"), id="mine", score=CustomScore(score))
"""

RUN = """
from dataclasses import replace
from tests.abm.engine.worlds import harsh
from abm.engine.run import simulate
print(simulate(harsh(ticks=120, design="my_designs:mine"), 6, 0).outcomes["taken_quintile_5_usd"])
"""


def run_child(program: str, folder: Path, cache: Path) -> str:
    """What a new interpreter prints."""
    path = os.pathsep.join([str(folder), str(REPOSITORY)])
    child = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": path, "ADLAB_CACHE": str(cache)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 0, child.stderr
    return child.stdout.strip()


@pytest.mark.compiled
def test_an_edit_in_another_file_is_seen(tmp_path):
    """Numba's own cache would go on serving the old callee; a user's kernels are not kept."""
    (tmp_path / "rule.py").write_text(
        "from abm.kernel import kernel\n@kernel\ndef rule(x):\n    return 3 * x\n"
    )
    (tmp_path / "loop.py").write_text(
        "from abm.kernel import kernel\nfrom rule import rule\n"
        "@kernel\ndef loop(n):\n    s = 0\n    for i in range(n):\n"
        "        s += rule(i)\n    return s\n"
    )
    program = "from loop import loop; print(loop(4))"
    cache = tmp_path / "cache"
    assert run_child(program, tmp_path, cache) == "18"
    assert run_child(program, tmp_path, cache) == "18"
    text = (tmp_path / "rule.py").read_text()
    (tmp_path / "rule.py").write_text(text.replace("3 * x", "5 * x"))
    assert run_child(program, tmp_path, cache) == "30"


@pytest.mark.compiled
def test_an_edited_users_score_is_seen(tmp_path):
    """The shipped kernels come from the usual cache; the user's score must not."""
    cache = cache_root()
    results = []
    for sign in ("", "-", ""):
        (tmp_path / "my_designs.py").write_text(USERS_DESIGN.format(sign=sign))
        results.append(run_child(RUN, tmp_path, cache))
    assert results[0] == results[2] != results[1]


FACTORY = """
from dataclasses import replace
from abm.adl import CustomScore
from abm.adl.catalog import design

def times(factor):
    def score(x):
        return factor * x.pnl_usd
    return score

mine = replace(design("binance"), id="mine", score=CustomScore(times({factor})))
"""


@pytest.mark.compiled
def test_scores_made_by_a_factory_are_told_apart(tmp_path):
    """The number that a score closes over is part of it."""
    results = []
    for factor in ("1.0", "-1.0", "1.0"):
        (tmp_path / "my_designs.py").write_text(FACTORY.format(factor=factor))
        results.append(run_child(RUN, tmp_path, cache_root()))
    assert results[0] == results[2] != results[1]


def test_a_function_typed_at_a_prompt_compiles():
    scope = {}
    exec("def double(x):\n    return 2.0 * x\n", scope)
    assert kernel(scope["double"])(3.0) == 6.0


def test_plain_gives_the_function_behind_a_kernel():
    assert plain(plain(uniform)) is plain(uniform)
    assert len(sources_hash()) == 20


def test_draws_are_uniform_and_keyed():
    key = tick_key(stream_key(1, 2, Stream.ATTENTION), 3)
    draws = np.empty(20_000)
    fill_uniform(np.uint64(key), np.arange(20_000), draws)
    assert 0.0 < draws.min() < draws.max() < 1.0
    assert draws.mean() == pytest.approx(0.5, abs=0.01)
    assert draws.std() == pytest.approx(12**-0.5, rel=0.02)
    assert abs(np.corrcoef(draws[:-1], draws[1:])[0, 1]) < 0.02
    assert draws[17] == uniform(np.uint64(key), 17)
    other = np.empty(20_000)
    fill_uniform(
        np.uint64(tick_key(stream_key(1, 3, Stream.ATTENTION), 3)), np.arange(20_000), other
    )
    assert abs(np.corrcoef(draws, other)[0, 1]) < 0.02
    assert generator(1, 2, Stream.PRICE).random() == generator(1, 2, Stream.PRICE).random()


@pytest.mark.compiled
def test_columns_must_be_contiguous_to_be_bound():
    from abm.adl.rank import RankBuffers

    crooked = np.zeros((4, 4), np.uint32)[:, ::2]
    with pytest.raises(ValueError, match="not contiguous"):
        bind(RankBuffers(np.zeros(3, np.int64), np.zeros(3, np.int64), crooked))
