"""客户特征: the named facts that conditions and texts may speak of, and the columns that hold them for the whole book.

A feature is filled by its owner and assembled in `jobs/`; one that nobody filled is unknown for every client, and
what is unknown never makes a condition true.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import numpy as np

from clients.types import ClientKind
from kit.labels import Labelled
from market.types import FloatArray, IntArray
from suitability.levels import ClientLevel, InvestorCategory

UNKNOWN_CODE: Final = -1


class Holds(Labelled):
    """特征的种类"""

    NUMBER = "NUMBER", "数值"  # float64, NaN unknown
    FLAG = "FLAG", "是否"  # 1, 0, -1 unknown
    CODE = "CODE", "代码"  # place in `codes`, -1 unknown


@dataclass(frozen=True, slots=True)
class Feature:
    """One named fact about a client, or about the event (`of_event`). owner: the package that fills it."""

    name: str
    label: str
    holds: Holds
    unit: str
    owner: str
    codes: tuple[str, ...] = ()
    words: tuple[str, ...] = ()  # what a reader sees for each code
    of_event: bool = False

    def word(self, code: str) -> str:
        return self.words[self.codes.index(code)]


def _number(name: str, label: str, unit: str, owner: str, *, of_event: bool = False) -> Feature:
    return Feature(name, label, Holds.NUMBER, unit, owner, of_event=of_event)


def _flag(name: str, label: str, owner: str, *, of_event: bool = False) -> Feature:
    return Feature(name, label, Holds.FLAG, "", owner, of_event=of_event)


def _code(name: str, label: str, owner: str, codes: Sequence[Labelled], words: Sequence[str]) -> Feature:
    return Feature(name, label, Holds.CODE, "", owner, tuple(one.value for one in codes), tuple(words))


_ALL: Final = (
    _code("client_kind", "客户类型", "clients", tuple(ClientKind), [one.label for one in ClientKind]),
    _number("age", "周岁", "岁", "clients"),
    _number("days_as_client", "开户至今", "天", "clients"),
    _flag("account_open", "账户正常", "clients"),
    _flag("deceased", "客户已故", "clients"),
    _flag("has_advisor", "签约投资顾问", "clients"),
    _number("grade_rank", "客户等级（序，大者为高）", "级", "clients"),
    _flag("complaint_open", "投诉未了结", "clients"),
    _number("logins_30d", "近 30 天登录", "次", "clients"),
    _number("children", "家庭中未成年子女", "人", "clients"),
    _number("reserve_months", "流动资金可支付月数", "月", "clients"),
    _number("implicit_gap_yuan", "家庭目标缺口", "元", "clients"),
    _number("assets_yuan", "账户总资产", "元", "diagnosis"),
    _number("cash_yuan", "账户可用资金", "元", "diagnosis"),
    _number("cash_share", "资金占比", "比例", "diagnosis"),
    _number("equity_share", "权益类占比", "比例", "diagnosis"),
    _number("top_share", "最大持仓占比", "比例", "diagnosis"),
    _number("return_250d", "近 250 个交易日收益率", "比例", "diagnosis"),
    _number("turnover_annual", "年换手率", "倍", "diagnosis"),
    _number("trades_90d", "近 90 天成交", "笔", "diagnosis"),
    _number("days_since_trade", "距上次交易", "天", "diagnosis"),
    _flag("margin_debt", "有融资融券负债", "diagnosis"),
    _code("client_level", "风险承受能力等级", "suitability", tuple(ClientLevel), [one.value for one in ClientLevel]),
    _code("category", "投资者类别", "suitability", tuple(InvestorCategory), [one.label for one in InvestorCategory]),
    _flag("lowest_class", "风险承受能力最低类别", "suitability"),
    _flag("assessment_valid", "风险测评有效", "suitability"),
    _number("assessment_days_left", "风险测评剩余", "天", "suitability"),
    _flag("mismatch_open", "有未了结的错配案件", "suitability"),
    _number("products_held", "持有的理财产品", "只", "suitability"),
    _number("event_amount", "事件的主要数额", "", "mot", of_event=True),
    _number("event_confidence", "事件的把握程度", "百分数", "mot", of_event=True),
    _number("event_days_ahead", "距到期", "天", "mot", of_event=True),
    _flag("event_tentative", "事件待核实", "mot", of_event=True),
)
FEATURES: Final[Mapping[str, Feature]] = {one.name: one for one in _ALL}
"""Every feature by name. A condition on any other name is refused when its scenario is loaded."""


@dataclass(frozen=True)
class ClientBook:
    """N clients in columns; a single client is a book of one. A feature without a column is unknown for all.

    Raises ValueError for a column of an unknown feature, of the wrong length, or for a client who stands twice.
    """

    client_nos: tuple[str, ...]
    columns: Mapping[str, FloatArray | IntArray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not _all_different(self.client_nos):
            raise ValueError("a client stands twice in the book")
        for name, column in self.columns.items():
            if name not in FEATURES or FEATURES[name].of_event:
                raise ValueError(f"no client feature {name!r}")
            if len(column) != len(self.client_nos):
                raise ValueError(f"{name} has {len(column)} entries for {len(self.client_nos)} clients")

    def __len__(self) -> int:
        return len(self.client_nos)

    def column(self, name: str) -> FloatArray | IntArray:
        """(N,) the feature as its kind says, unknown where nobody filled it."""
        found = self.columns.get(name)
        return unknown(FEATURES[name], len(self)) if found is None else found


@lru_cache(maxsize=2)
def _all_different(client_nos: tuple[str, ...]) -> bool:
    """Kept for the last books: those of a backtest have the same clients day after day."""
    return len(set(client_nos)) == len(client_nos)


def unknown(feature: Feature, n: int) -> FloatArray | IntArray:
    """A column that says nothing."""
    if feature.holds is Holds.NUMBER:
        return np.full(n, np.nan)
    return np.full(n, UNKNOWN_CODE, dtype=np.int64)


def book_of(rows: Sequence[tuple[str, Mapping[str, Any]]]) -> ClientBook:
    """A book from plain facts: numbers, booleans, codes; what is None or absent is unknown."""
    names = sorted({name for _, facts in rows for name in facts})
    columns = {name: np.array([encoded(name, facts.get(name)) for _, facts in rows]) for name in names}
    return ClientBook(tuple(client for client, _ in rows), columns)


def encoded(name: str, value: Any) -> float | int:
    """A plain fact as its column holds it. Raises ValueError for an unknown feature or code."""
    if name not in FEATURES:
        raise ValueError(f"no client feature {name!r}")
    feature = FEATURES[name]
    if feature.holds is Holds.NUMBER:
        return float("nan") if value is None else float(value)
    if value is None:
        return UNKNOWN_CODE
    return int(bool(value)) if feature.holds is Holds.FLAG else feature.codes.index(str(value))


def plain(feature: Feature, value: Any) -> Any:
    """What a column holds, as a person writes it; None unknown."""
    if feature.holds is Holds.NUMBER:
        return None if np.isnan(value) else float(value)
    if value == UNKNOWN_CODE:
        return None
    return bool(value) if feature.holds is Holds.FLAG else feature.codes[int(value)]
