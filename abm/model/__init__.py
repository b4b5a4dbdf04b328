"""The Mesa surface: a model, its traders and its sets of agents, all views on the world's columns.

from abm.model import MarketModel, Trader

model = MarketModel("crash", rng=7, traders=500)
model.run()
model.agents.select(lambda trader: trader.taken_usd > 0.0).groupby("role_name").count()
"""

from abm.model.collecting import ColumnDataCollector
from abm.model.information import InformationSet
from abm.model.market_model import MarketModel
from abm.model.orders import Orders
from abm.model.trader import Account, Trader
from abm.model.trader_set import TraderSet

__all__ = [
    "Account",
    "ColumnDataCollector",
    "InformationSet",
    "MarketModel",
    "Orders",
    "Trader",
    "TraderSet",
]
