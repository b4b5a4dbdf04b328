"""A trader as a Mesa agent, an account as an object: views on rows of the world's columns.

The columns are the truth. A `Trader` holds no numbers: reading `trader.wallet_usd` reads the
column, writing it writes the column. Views are made when somebody asks for them and kept, so the
same trader is the same object every time.

Traders decide in compiled code. `Trader.step()` does nothing, so that `agents.shuffle_do("step")`
cannot decide twice. A subclass that overrides `decide` decides in Python:

    class Patient(Trader):
        def decide(self, information):
            orders = information.no_orders()
            if information.looks and self.place > 0.9:
                orders.contracts[:] = -0.5 * information.qty_contracts
            return orders

    MarketModel(trader_classes={"directional": Patient})
"""

from typing import TYPE_CHECKING, Any, NoReturn

import mesa  # type: ignore[import-untyped]
from numpy.typing import NDArray

from abm.engine.world import World
from abm.model import holdings
from abm.model.column import Column, Derived, Vector, account_table

if TYPE_CHECKING:
    from abm.model.information import InformationSet
    from abm.model.orders import Orders


class Account:
    """One account: a row at a venue, read-only. Names and units as in `abm.market.columns`."""

    account_id = Column[int](table=account_table)
    trader = Column[int](table=account_table)
    venue = Column[int](table=account_table)
    kind = Column[int](table=account_table)
    cash_usd = Column[float](table=account_table)
    collateral = Vector(table=account_table)
    qty_contracts = Vector(table=account_table)
    entry_price = Vector(table=account_table)
    margin_usd = Vector(table=account_table)
    is_isolated = Vector(table=account_table)
    has_isolated = Column[bool](table=account_table)
    opening_leverage = Vector(table=account_table)
    equity_usd = Column[float](table=account_table)
    maintenance_usd = Column[float](table=account_table)
    notional_usd = Column[float](table=account_table)
    closing = Vector(table=account_table)
    in_closing = Column[bool](table=account_table)
    order_contracts = Vector(table=account_table)
    visible = Vector(table=account_table)
    taken_usd = Column[float](table=account_table)
    closed_usd = Column[float](table=account_table)
    hedged_share = Vector(table=account_table)
    liable_usd = Vector(table=account_table)
    frozen_usd = Vector(table=account_table)

    def __init__(self, world: World, row: int) -> None:
        self._world = world
        self._row = row

    def __repr__(self) -> str:
        return f"<Account {self.account_id} at venue {self.venue}>"


class Trader(mesa.Agent):  # type: ignore[misc]  # mesa ships no types
    """One trader: a decision maker with one or more accounts.

    Names and units as in `abm.market.columns.Traders`; sums over its accounts as in
    `abm.model.holdings`. `unique_id` is the persistent `trader_id`. A subclass may hold attributes
    of its own; they start in `setup`.
    """

    trader_id = Column[int]()
    role = Column[int]()
    wallet_usd = Column[float](writable=True)
    spot_units = Vector(writable=True)
    spot_order = Vector()
    target_leverage = Column[float](writable=True)
    attention_per_s = Column[float](writable=True)
    reaction = Column[int](writable=True)
    threshold = Column[float](writable=True)
    fraction = Column[float](writable=True)
    trend = Column[float](writable=True)
    noise = Column[float](writable=True)
    initial_usd = Column[float]()
    left = Column[bool](writable=True)
    overridden = Column[bool]()
    style = Column[int]()

    role_name = Derived[str](holdings.role_name)
    reaction_name = Derived[str](holdings.reaction_name)
    equity_usd = Derived[float](holdings.equity_usd)
    pnl_usd = Derived[float](holdings.pnl_usd)
    notional_usd = Derived[float](holdings.notional_usd)
    net_notional_usd = Derived[float](holdings.net_notional_usd)
    qty_contracts = Derived[NDArray[Any]](holdings.qty_contracts)
    place = Derived[float](holdings.place)
    taken_usd = Derived[float](holdings.taken_usd)
    closed_usd = Derived[float](holdings.closed_usd)

    _world: World
    _row: int

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "__init__" in vars(cls):
            raise TypeError(
                f"{cls.__name__} defines __init__, but traders are rows of a world and are not "
                "constructed: put the start values of its own attributes into setup()."
            )

    def __init__(self, *_: Any, **__: Any) -> None:
        raise TypeError(
            "traders come from the scenario: set its traders and population, "
            "or create a plain mesa.Agent beside them."
        )

    @classmethod
    def _view(cls, model: Any, world: World, row: int) -> "Trader":
        """The view on one row: no registration, no events, no copies."""
        view = cls.__new__(cls)
        view.model = model
        view.unique_id = world.traders.trader_id.item(row)
        view.pos = None
        view._world = world
        view._row = row
        view.setup()
        return view

    def setup(self) -> None:
        """Give a subclass's own attributes their start values; called once."""

    def step(self) -> None:
        """Do nothing: traders decide inside the tick, all of them, once."""

    def decide(self, information: "InformationSet") -> "Orders | None":
        """Decide in Python; overriding it takes the trader out of the compiled decisions.

        Args:
            information: what the trader may know this tick, and nothing else.

        Returns:
            Its orders (see `information.no_orders()`), or None for none.
        """
        del information
        return self._refuse_to_decide()

    def _refuse_to_decide(self) -> NoReturn:
        raise NotImplementedError(
            f"{type(self).__name__}.decide has no rule of its own: the built-in rules are plain "
            "functions in abm.agents, call abm.kernel.plain(rule) from your decide()."
        )

    @property
    def accounts(self) -> tuple[Account, ...]:
        """Its accounts, by row."""
        start = self._world.traders.account_start
        rows = self._world.traders.account_rows[start[self._row] : start[self._row + 1]]
        return tuple(Account(self._world, row) for row in rows.tolist())

    def remove(self) -> None:
        """Leave the model: no decisions any more. Open positions stay until the venue closes them.

        Money and contracts are conserved, so a position cannot vanish with its owner. A removed
        trader is not counted among `left_traders`, who left because of their place in the queue.

        Raises:
            ValueError: the trader makes the market or is the house.
        """
        self.model.deregister_agent(self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.unique_id}, {self.role_name}>"
