"""Which function shows which kind of event, and what it has to be given: the list that a day's run works through."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from mot.derive import abnormal, lifecycle, market, pattern, products
from mot.events.columns import Events


@dataclass(frozen=True, slots=True)
class Derivation:
    """function: gives `Events`; reads: the columns that it needs, for the reader; before: trading days of history
    that it needs before the first day of the span."""

    function: Callable[..., Events]
    reads: str
    before: int = 0

    @property
    def name(self) -> str:
        return f"{self.function.__module__.removeprefix('mot.derive.')}.{self.function.__name__}"


_FIRST: Final = "档案或账本里的第一天"
_ENDING: Final = "持有人、产品、日期、卖出日；交易日历"
DERIVED: Final[Mapping[str, Derivation]] = {
    "RETIREMENT": Derivation(lifecycle.reaching, "出生日期"),
    "BIRTHDAY": Derivation(lifecycle.birthdays, "出生日期"),
    "ACCOUNT_OPENED": Derivation(lifecycle.firsts, _FIRST),
    "NO_FIRST_DEPOSIT": Derivation(lifecycle.no_first_deposit, "开户日、首次转入日"),
    "FIRST_DEPOSIT": Derivation(lifecycle.firsts, _FIRST),
    "FIRST_TRADE": Derivation(lifecycle.firsts, _FIRST),
    "FIRST_PRODUCT_BUY": Derivation(lifecycle.firsts, _FIRST),
    "PERMISSION_OPENED": Derivation(lifecycle.firsts, _FIRST),
    "ASSESSMENT_EXPIRING": Derivation(lifecycle.expiring, "测评有效期至、被更新的日期（ASSESS-002 的提前天数）"),
    "ASSESSMENT_EXPIRED": Derivation(lifecycle.expired, "测评有效期至、被更新的日期"),
    "ID_EXPIRING": Derivation(lifecycle.expiring, "证件有效期至、被更新的日期（DERIVE-ID-DAYS）"),
    "GRADE_UP": Derivation(lifecycle.grade_changes, "各方案的等级与日期"),
    "GRADE_DOWN": Derivation(lifecycle.grade_changes, "各方案的等级与日期"),
    "DORMANT": Derivation(lifecycle.dormant, "有交易的日子、销户日"),
    "CHURN_RISK": Derivation(lifecycle.churn, "每日转入、转出、资产", before=40),
    "LARGE_INFLOW": Derivation(abnormal.large_flows, "银证转账与转托管、前一日资产"),
    "LARGE_OUTFLOW": Derivation(abnormal.large_flows, "银证转账与转托管、前一日资产"),
    "TRADE_PATTERN_CHANGE": Derivation(pattern.pattern_changes, "53 周的成交笔数与金额", before=265),
    "BIG_LOSS": Derivation(abnormal.big_losses, "每日收益率", before=40),
    "CONCENTRATION": Derivation(abnormal.concentrations, "每日最大持仓与资产", before=60),
    "INDEX_SHOCK": Derivation(market.index_shocks, "指数涨跌幅、前一日权益类占比"),
    "SECTOR_SHOCK": Derivation(market.sector_shocks, "行业涨跌幅、前一日行业占比"),
    "MATURITY": Derivation(products.ending, _ENDING),
    "FREEZE_END": Derivation(products.ending, _ENDING),
    "DIVIDEND": Derivation(products.ending, _ENDING),
    "NAV_ALERT": Derivation(products.nav_alerts, "净值、预警线、持有人", before=1),
    "RATING_CHANGE": Derivation(products.rating_changes, "产品评级与日期、持有的起止日"),
}
"""By the id of the kind. A kind that is not here is only told."""
