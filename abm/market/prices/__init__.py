"""Index-price processes: frozen values whose `path` draws index prices on the tick grid.

`PRICE_PROCESSES` lists every family; a study file names one by its `kind`.
"""

from abm.market.prices.garch import Garch
from abm.market.prices.geometric_brownian import GeometricBrownian
from abm.market.prices.merton_jumps import MertonJumps
from abm.market.prices.october_2025 import october_2025
from abm.market.prices.process import PriceProcess
from abm.market.prices.recorded import Recorded
from abm.market.prices.regime_crash import RegimeCrash

__all__ = [
    "PRICE_PROCESSES",
    "AnyPriceProcess",
    "Garch",
    "GeometricBrownian",
    "MertonJumps",
    "PriceProcess",
    "Recorded",
    "RegimeCrash",
    "october_2025",
]

AnyPriceProcess = GeometricBrownian | MertonJumps | Garch | RegimeCrash | Recorded
"""The union a scenario's price field is typed with, told apart by `kind`."""

PRICE_PROCESSES = (GeometricBrownian, MertonJumps, Garch, RegimeCrash, Recorded)
"""Every family, in the order of the documentation."""
