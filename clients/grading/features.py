"""The features that grading schemes may read, with unit, window, owner and meaning; and their values for a book.

A feature belongs to a package, which fills it; `clients` knows only its name. One that nobody fills is withheld, and
the schemes that read it say so. All values of a book stand in columns of shape (n,), NaN where unknown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Final

import numpy as np

from kit.labels import Labelled
from market.types import FloatArray, IntArray


class Unit(Labelled):
    """单位"""

    YUAN = "yuan", "元"
    DAYS = "days", "天"
    COUNT = "count", "次"
    KINDS = "kinds", "种"
    MONTHS = "months", "个月"
    RATIO = "ratio", "比例"
    TIMES = "times", "倍"
    PPM = "ppm", "百万分之"
    SCORE = "score", "分"
    FLAG = "flag", "是否"


class Window(Labelled):
    """区间: which days a feature looks at, as of a day"""

    DAY = "day", "当日"
    YEAR = "year", "近 365 个自然日"
    DAYS_90 = "days_90", "近 90 个自然日"
    SESSIONS_20 = "sessions_20", "近 20 个交易日"
    QUARTER = "quarter", "最近一个完整自然季度"
    LIFE = "life", "开户以来"

    def days(self, day: date) -> tuple[date | None, date]:
        """First and last day, both included; the first is None where it differs by client or by calendar."""
        if self is Window.YEAR:
            return day - timedelta(days=364), day
        if self is Window.DAYS_90:
            return day - timedelta(days=89), day
        if self is Window.QUARTER:
            return last_quarter(day)
        return (day if self is Window.DAY else None), day


def last_quarter(day: date) -> tuple[date, date]:
    """The newest calendar quarter that is over on `day`; its own last day ends it."""
    tomorrow = day + timedelta(days=1)
    after = date(tomorrow.year, (tomorrow.month - 1) // 3 * 3 + 1, 1)  # first day of the running quarter
    before = after - timedelta(days=1)
    return date(before.year, (before.month - 1) // 3 * 3 + 1, 1), before


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature. least: what lies below is a fault of the data, and withheld."""

    name: str
    label: str
    unit: Unit
    window: Window
    owner: str  # the package that fills it
    meaning: str
    least: float = -np.inf

    @property
    def whole(self) -> bool:
        return self.unit in (Unit.COUNT, Unit.KINDS, Unit.MONTHS, Unit.DAYS, Unit.FLAG)

    @property
    def most(self) -> float:
        return 1.0 if self.unit is Unit.FLAG else np.inf


def _f(name: str, label: str, unit: Unit, window: Window, owner: str, meaning: str, least: float = 0.0) -> Feature:
    return Feature(name, label, unit, window, owner, meaning, least)


_ANY: Final = -np.inf
_CATALOGUE: Final = (
    # clients: of the ledger itself
    _f("turnover_year", "成交金额", Unit.YUAN, Window.YEAR, "clients", "买入与卖出的成交金额之和"),
    _f("purchases_year", "买入金额", Unit.YUAN, Window.YEAR, "clients", "买入的成交金额；方案里的“销售额”"),
    _f("purchase_mean_year", "每个买入日的买入金额", Unit.YUAN, Window.YEAR, "clients",
       "买入金额除以有买入的天数；无买入则缺"),
    _f("commission_year", "佣金贡献", Unit.YUAN, Window.YEAR, "clients", "成交的佣金之和；文件未给佣金的成交按 0 计"),
    _f("commission_share_year", "佣金份额", Unit.PPM, Window.YEAR, "clients", "本客户佣金占全部客户佣金的百万分比"),
    _f("trade_days_year", "有成交的天数", Unit.DAYS, Window.YEAR, "clients", "有买入或卖出的自然日数"),
    _f("purchase_days_year", "有买入的天数", Unit.DAYS, Window.YEAR, "clients", "有买入的自然日数"),
    _f("months_traded_year", "有成交的月数", Unit.MONTHS, Window.YEAR, "clients", "有成交的自然月数，最多 13"),
    _f("purchase_gap_year", "买入间隔", Unit.DAYS, Window.YEAR, "clients",
       "区间内每个买入日距前一个买入日（可在区间之前）的天数的平均，向下取整；没有间隔则缺"),
    _f("purchase_days_life", "累计买入天数", Unit.DAYS, Window.LIFE, "clients", "有买入的自然日数"),
    _f("first_purchase_age", "距首次买入", Unit.DAYS, Window.LIFE, "clients", "首次买入至当日的天数；从未买入则缺"),
    _f("inactive_days", "距最近成交", Unit.DAYS, Window.LIFE, "clients",
       "最近一次成交至当日的天数；从未成交则自最早开户日起算，开户日也没有则缺"),
    _f("login_gap", "距最近登录", Unit.DAYS, Window.LIFE, "clients", "最近一次登录至当日的天数；没有登录记录则缺"),
    _f("quiet_days", "距最近成交或登录", Unit.DAYS, Window.LIFE, "clients",
       "距最近成交与距最近登录中较短的一个；没有登录记录时同距最近成交"),
    _f("tenure_days", "开户时长", Unit.DAYS, Window.LIFE, "clients", "最早开户日（没有则首次成交日）至当日的天数"),
    _f("net_inflow_year", "净转入", Unit.YUAN, Window.YEAR, "clients", "资金转入减转出", _ANY),
    _f("closed", "已全部销户", Unit.FLAG, Window.DAY, "clients", "名下账户均已销户"),
    _f("margin_account", "有信用账户", Unit.FLAG, Window.DAY, "clients", "名下有未销户的信用账户；名下没有账户的不计"),
    _f("institution", "机构或产品客户", Unit.FLAG, Window.DAY, "clients", "客户类型为机构或产品"),
    _f("complaints_year", "投诉", Unit.COUNT, Window.YEAR, "clients", "登记的投诉件数"),
    _f("satisfaction", "满意度评分", Unit.SCORE, Window.YEAR, "clients", "最近一次调查，0 至 100 分"),
    _f("contacts_90", "接触次数", Unit.COUNT, Window.DAYS_90, "clients", "与服务人员的有效接触"),
    _f("wallet_share", "资产份额", Unit.RATIO, Window.DAY, "clients", "在本公司的资产占其申报金融资产的比例"),
    _f("margin_calls_year", "追加担保通知", Unit.COUNT, Window.YEAR, "clients", "信用账户收到的追加担保物通知数"),
    _f("overdue_days_year", "逾期天数", Unit.DAYS, Window.YEAR, "clients", "融资负债逾期未偿还的天数"),
    _f("insurance_balance", "保险余额", Unit.YUAN, Window.DAY, "clients", "经本公司购买的保险"),
    # diagnosis: what accounts are worth day by day
    _f("assets", "总资产", Unit.YUAN, Window.DAY, "diagnosis", "名下账户的证券市值与资金之和"),
    _f("assets_sessions_20", "20 日均资产", Unit.YUAN, Window.SESSIONS_20, "diagnosis", "日终总资产的平均"),
    _f("assets_quarter", "季日均资产", Unit.YUAN, Window.QUARTER, "diagnosis",
       "每个自然日的日终总资产的平均；休市日取前一交易日，开户前为 0"),
    _f("cash_quarter", "资金余额季日均", Unit.YUAN, Window.QUARTER, "diagnosis",
       "资金账户余额的自然日平均；方案里的“储蓄存款”"),
    _f("wealth_quarter", "理财产品季日均", Unit.YUAN, Window.QUARTER, "diagnosis", "理财类产品市值的自然日平均"),
    _f("fund_value", "基金市值", Unit.YUAN, Window.DAY, "diagnosis", "代销公募基金的市值"),
    _f("bond_balance", "国债余额", Unit.YUAN, Window.DAY, "diagnosis", "国债的市值"),
    _f("assets_peak_90", "90 日资产峰值", Unit.YUAN, Window.DAYS_90, "diagnosis", "日终总资产的最大值"),
    _f("outflow_share_90", "净流出占峰值", Unit.RATIO, Window.DAYS_90, "diagnosis",
       "净转出的资金与证券除以 90 日资产峰值；净转入为 0"),
    _f("assets_growth_year", "资产增长", Unit.RATIO, Window.YEAR, "diagnosis",
       "20 日均资产与一年前 20 日均资产之比减 1；一年前不足 1,000 元则缺", _ANY),
    _f("return_year", "收益率", Unit.RATIO, Window.YEAR, "diagnosis", "名下各账户按日合并的时间加权收益率", -1.0),
    _f("turnover_rate_year", "周转率", Unit.TIMES, Window.YEAR, "diagnosis",
       "成交金额除以期间日均资产（自首个有资产的交易日起算）"),
    # suitability
    _f("information_sources", "稳定的信息来源", Unit.KINDS, Window.YEAR, "suitability",
       "期间签约使用过的投资顾问服务的种数；在解除期内解除的不计"),
)  # fmt: skip
FEATURES: Final[Mapping[str, Feature]] = {one.name: one for one in _CATALOGUE}
_NO_MONEY: Final = "名下没有账户，或有外币账户"
_NOT_WHOLE: Final = "资产不全：缺资金流水或近期行情，或有外币账户"
_ABSENT: Final = {
    **dict.fromkeys(("turnover_year", "purchases_year", "commission_year", "net_inflow_year"), _NO_MONEY),
    "commission_share_year": f"{_NO_MONEY}，或全公司当年没有佣金",
    "purchase_mean_year": f"一年内没有买入，{_NO_MONEY}", "purchase_gap_year": "一年内没有买入，或唯一的买入是首次买入",
    "first_purchase_age": "从未买入", "inactive_days": "从未成交，也没有开户日",
    "quiet_days": "从未成交，没有开户日，也没有登录记录",
    "login_gap": "没有登录记录", "satisfaction": "近一年没有调查答卷",
    "tenure_days": "没有开户日，也没有成交",
    "assets_growth_year": f"{_NOT_WHOLE}；或一年前不足 1,000 元", "return_year": f"{_NOT_WHOLE}；或期间没有资产",
    "turnover_rate_year": f"{_NOT_WHOLE}；或期间没有资产",
}  # fmt: skip
NOT_FILLED: Final = "尚无数据来源"
NO_ACCOUNT: Final = "名下没有账户"
NEGATIVE: Final = "小于可能的最小值，未采用"


@dataclass(frozen=True)
class Fault:
    """A value that cannot be: which client, which feature."""

    client_no: str
    feature: str
    value: float
    reason: str


@dataclass(frozen=True)
class Values:
    """Features of n clients as of a day. A name that is absent was filled by nobody; see `withheld` for the words."""

    day: date
    client_no: tuple[str, ...]
    columns: Mapping[str, FloatArray]
    days: Mapping[str, tuple[date | None, date]] = field(default_factory=dict)  # where they differ from the window
    withheld: Mapping[str, str] = field(default_factory=dict)  # by feature: why nobody has it
    faults: tuple[Fault, ...] = ()

    def __len__(self) -> int:
        return len(self.client_no)

    def column(self, name: str) -> FloatArray:
        """Values of a feature, (n,); all NaN where it is withheld."""
        found = self.columns.get(name)
        return np.full(len(self), np.nan) if found is None else found

    def days_of(self, name: str) -> tuple[date | None, date]:
        return self.days.get(name) or FEATURES[name].window.days(self.day)

    def reason(self, name: str) -> str:
        """Why a value of this feature is missing."""
        if name in self.columns:
            usual = _NOT_WHOLE if FEATURES[name].owner == "diagnosis" else NO_ACCOUNT
            return _ABSENT.get(name, usual)
        return self.withheld.get(name) or NOT_FILLED

    def at(self, places: IntArray) -> Values:
        """The same of these clients only."""
        chosen = tuple(self.client_no[place] for place in places.tolist())
        return replace(
            self, client_no=chosen, columns={name: column[places] for name, column in self.columns.items()},
            faults=tuple(one for one in self.faults if one.client_no in chosen),
        )  # fmt: skip


def values_of(
    day: date,
    client_no: Sequence[str],
    columns: Mapping[str, FloatArray],
    *,
    days: Mapping[str, tuple[date | None, date]] | None = None,
    withheld: Mapping[str, str] | None = None,
) -> Values:
    """Values after a look at each: what cannot be is withheld and named. Raises KeyError for an unknown feature."""
    kept: dict[str, FloatArray] = {}
    faults: list[Fault] = []
    for name, column in columns.items():
        feature = FEATURES[name]
        bad = (column < feature.least) | (column > feature.most) | np.isinf(column)
        for place in np.flatnonzero(bad).tolist():
            faults.append(Fault(client_no[place], name, float(column[place]), NEGATIVE))
        kept[name] = np.where(bad, np.nan, column) if bad.any() else column
    return Values(day, tuple(client_no), kept, days or {}, withheld or {}, tuple(faults))
