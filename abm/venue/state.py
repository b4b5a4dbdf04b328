"""What a venue's waterfall works on: the columns of one world without its traders."""

from typing import NamedTuple

from abm.market.columns import Accounts, Markets, Venues
from abm.market.ledger import Ledger
from abm.market.tape import Tape
from abm.venue.collateral_market import AssetMarkets
from abm.venue.liquidation import Forced
from abm.venue.resolution import Backing
from abm.venue.rulebook import Rules


class State(NamedTuple):
    """Accounts, prices, venues, rules and the tick's forced orders of one world."""

    accounts: Accounts
    markets: Markets
    venues: Venues
    rules: Rules
    forced: Forced
    ledger: Ledger
    tape: Tape
    backing: Backing
    asset_markets: AssetMarkets
