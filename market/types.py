"""What can be bought, as values: venues, instruments, corporate actions, and prices on a grid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kit.labels import Labelled

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]


class Venue(Labelled):
    """交易场所; what follows from it (calendar, currency, settlement, code suffix) stands in `rules/venues.yaml`."""

    XSHG = "XSHG", "上海证券交易所"
    XSHE = "XSHE", "深圳证券交易所"
    BJSE = "BJSE", "北京证券交易所"
    XHKG = "XHKG", "香港交易所"
    XMIL = "XMIL", "意大利证券交易所"
    OTC = "OTC", "场外"


class InstrumentKind(Labelled):
    """证券品种"""

    STOCK = "STOCK", "股票"
    ETF = "ETF", "交易型基金"
    BOND_ETF = "BOND_ETF", "债券ETF"
    GOLD_ETF = "GOLD_ETF", "黄金ETF"
    CROSS_BORDER_ETF = "CROSS_BORDER_ETF", "跨境ETF"
    MONEY_ETF = "MONEY_ETF", "货币ETF"
    LOF = "LOF", "上市开放式基金"
    FUND = "FUND", "基金"
    BOND = "BOND", "债券"
    CONVERTIBLE = "CONVERTIBLE", "可转换债券"
    REPO = "REPO", "债券回购"
    REIT = "REIT", "公募REITs"
    LEVERAGED = "LEVERAGED", "杠杆产品"
    CERTIFICATE = "CERTIFICATE", "权证/涡轮证书"
    INDEX = "INDEX", "指数"
    OTHER = "OTHER", "其他"


class Board(Labelled):
    """板块"""

    MAIN = "MAIN", "主板"
    CHINEXT = "CHINEXT", "创业板"
    STAR = "STAR", "科创板"
    BSE = "BSE", "北交所"
    FUND = "FUND", "基金"
    BOND = "BOND", "债券"
    HK = "HK", "港股"
    FOREIGN = "FOREIGN", "境外"


class ActionKind(Labelled):
    """公司行动. `value` is per share: cash in yuan before tax, bonus shares, new shares for one old, rights offered."""

    CASH_DIVIDEND = "CASH_DIVIDEND", "现金分红"
    BONUS = "BONUS", "送转股"
    SPLIT = "SPLIT", "拆分"
    RIGHTS = "RIGHTS", "配股"


@dataclass(frozen=True, slots=True)
class Instrument:
    """One security. `code` is canonical: digits or ticker, a dot, the venue's suffix (600519.SH, 00700.HK, 3NGL.MI)."""

    code: str
    name: str
    kind: InstrumentKind
    venue: Venue
    board: Board
    industry: str | None
    currency: str
    lot_size: int | None = None  # 最小申报数量; None follows the board's rule
    lot_step: int | None = None
    listed_on: date | None = None
    delisted_on: date | None = None


@dataclass(frozen=True, slots=True)
class CorporateAction:
    """One ex-day event of one security (index into the securities of the grid)."""

    security: int
    ex_date: date
    kind: ActionKind
    value: Decimal
    price: Decimal | None = None  # subscription price of RIGHTS


@dataclass(frozen=True)
class Grid:
    """Prices of S securities at T points, raw (unadjusted).

    `granularity` DAY: points are trading days, `points[t]` is date.toordinal(), prices are closes.
    `granularity` MARK: points are moments with a known price, `points[t]` is epoch seconds UTC; high, low are None.
    close: shape (T, S), NaN where no price is known. high, low, volume (shares): (T, S) or None.
    dividend: (T, S) cash per share before tax going ex at t (0 elsewhere); ratio: (T, S) shares after for one share
    before at t (1 elsewhere; a bonus of 0.3 is 1.3). Rights are not in `ratio`.
    """

    granularity: str
    points: IntArray
    securities: tuple[Instrument, ...]
    close: FloatArray
    high: FloatArray | None
    low: FloatArray | None
    volume: FloatArray | None
    dividend: FloatArray
    ratio: FloatArray


@dataclass(frozen=True)
class BenchmarkSeries:
    """A benchmark on the grid's points. returns[t] is from t-1 to t (returns[0] is 0).

    With `industries` (length G): weight (T, G) at the START of point t, sum 1; industry_return (T, G) over t.
    `composition` says in one Chinese sentence what it is.
    """

    code: str
    name: str
    composition: str
    returns: FloatArray
    industries: tuple[str, ...] = ()
    weight: FloatArray | None = None
    industry_return: FloatArray | None = None
