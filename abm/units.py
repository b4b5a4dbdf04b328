"""Array aliases, shape letters and the few tolerances, each with its unit.

Shape letters, used in every docstring:

    T  traders            a trader decides; owns one or more accounts
    A  accounts           a row at one venue
    K  instruments        one perpetual contract each, listed on every venue
    V  venues
    C  collateral assets  other than cash
    N  candidates         accounts that one ADL round may touch
"""

import numpy as np
from numpy.typing import NDArray

type Floats = NDArray[np.float64]
type Floats32 = NDArray[np.float32]
type Ints = NDArray[np.int64]
type Codes = NDArray[np.int8]
type Flags = NDArray[np.bool_]
type Words = NDArray[np.uint64]
type Keys = NDArray[np.uint32]

USD_TOL = 1e-6
"""Absolute tolerance of a cash identity in a small world [USD]."""

GROSS_TOL = 1e-12
"""Tolerance of a cash identity in a large world, as a share of gross cash [1]."""

LOT_TOL = 1e-9
"""A position below this share of a lot counts as closed [lots]."""

SECONDS_PER_YEAR = 365.0 * 86_400.0
"""Perpetual markets never close [s]."""
