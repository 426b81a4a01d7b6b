"""Everything a replay knows on the way to its History: what `diagnosis.quality` reads to say what was odd."""

from __future__ import annotations

from dataclasses import dataclass

from clients.types import Ledger
from diagnosis.charges import TradeMoney
from diagnosis.lots import Matched, Steps
from diagnosis.movements import Announced, Events, Opening, Slots, Timeline
from market.types import BoolArray, Grid, IntArray


@dataclass(frozen=True)
class CashLog:
    """What the cash of each account could not explain. Shape (A, 4): see cash_kernel.LOG_OPENING and the
    rest.
    """

    columns: IntArray  # (A, 4, 5)

    @property
    def count(self) -> IntArray:
        return self.columns[:, :, 0]

    @property
    def day(self) -> IntArray:
        return self.columns[:, :, 1]

    @property
    def first(self) -> IntArray:
        """The first amount, signed, millionths."""
        return self.columns[:, :, 2]

    @property
    def total(self) -> IntArray:
        """Sum of sizes."""
        return self.columns[:, :, 3]

    @property
    def net(self) -> IntArray:
        """Sum with sign."""
        return self.columns[:, :, 4]


@dataclass(frozen=True)
class Work:
    """Everything the replay knows on the way: `diagnosis.quality` reads it to say what was odd."""

    ledger: Ledger
    grid: Grid
    timeline: Timeline
    slots: Slots
    opening: Opening
    announced: Announced
    money: TradeMoney
    trade_account: IntArray
    trade_point: IntArray
    share_pair: IntArray  # (N trades,)
    events: Events
    walk: Steps
    income: IntArray  # (N events,) dividend or tax, millionths
    derived: BoolArray  # (N events,) the income is announced, not on file
    matched: Matched
    tax: IntArray  # (closed lots,) dividend tax derived, millionths
    has_cash: BoolArray
    stated: BoolArray  # (A,) the statement carries running balances
    beyond: IntArray  # (A,) rows after the last price
    cash_log: CashLog
    stale_points: IntArray  # (K,)
    guessed_points: IntArray  # (K,)
