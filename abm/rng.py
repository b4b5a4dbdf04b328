"""Random numbers as a pure function of (seed, replicate, stream, tick, id).

A draw is a hash of a counter: `mix64` is the finaliser of SplitMix64 [Steele2014], a bijection of
64 bits with full avalanche. Results therefore do not depend on batch, worker count, executor or row
order, and two designs compared with each other meet the same luck.

    key(seed, replicate, stream)   one 64-bit word per purpose, from numpy's SeedSequence
    tick_key(key, tick)            the word of one tick
    uniform(tick_key, id)          a number in (0, 1), never an end point

Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
"""

from enum import IntEnum

import numpy as np

from abm.kernel import kernel
from abm.units import Floats, Ints

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S12 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(12)
_UNIT = 2.0**-52


class Stream(IntEnum):
    """The purposes that draw; each has its own key, so none disturbs another."""

    PRICE = 1
    POPULATION = 2
    ATTENTION = 3
    BEHAVIOUR = 4
    TIE_BREAK = 5
    DISCLOSURE = 6
    REPORT = 7
    BACKERS = 8
    ORACLE = 10


def stream_key(seed: int, replicate: int, stream: Stream) -> np.uint64:
    """Key of one stream: `SeedSequence(seed, spawn_key=(replicate, stream))`."""
    words = np.random.SeedSequence(seed, spawn_key=(replicate, int(stream)))
    return np.uint64(words.generate_state(1, np.uint64)[0])


def generator(seed: int, replicate: int, stream: Stream) -> np.random.Generator:
    """A numpy Generator (Philox) for work outside the tick: price paths, populations."""
    words = np.random.SeedSequence(seed, spawn_key=(replicate, int(stream)))
    return np.random.Generator(np.random.Philox(words))


@kernel
def mix64(word: np.uint64) -> np.uint64:
    """SplitMix64 finaliser: a bijection in which every input bit moves every output bit."""
    x = (word ^ (word >> _S30)) * _MIX_1
    x = (x ^ (x >> _S27)) * _MIX_2
    return x ^ (x >> _S31)


@kernel
def tick_key(key: np.uint64, tick: int) -> np.uint64:
    """The key of one tick."""
    return mix64(key + np.uint64(tick + 1) * _GOLDEN)


@kernel
def uniform(key: np.uint64, identity: int) -> float:
    """One draw in (0, 1) for `identity` under a tick's key."""
    word = mix64(key + np.uint64(identity + 1) * _GOLDEN)
    return float(word >> _S12) * _UNIT + 0.5 * _UNIT


@kernel
def fill_uniform(key: np.uint64, identities: Ints, out: Floats) -> None:
    """`out[i] = uniform(key, identities[i])`: `[N]`."""
    for i in range(identities.size):
        out[i] = uniform(key, identities[i])
