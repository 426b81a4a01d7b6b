"""The facts that a condition may look at: by name, with the word for the reader and where the figure comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kit.labels import Labelled


class FactKind(Labelled):
    """事实的种类"""

    NUMBER = "NUMBER", "数"
    MONEY = "MONEY", "金额（元）"
    FLAG = "FLAG", "是否"
    DAY = "DAY", "日期"


@dataclass(frozen=True, slots=True)
class Fact:
    """事实. `of_gate`: each gate has its own (a disclosure, a test). `field`: what of the evidence it is made from."""

    name: str
    label: str
    kind: FactKind
    field: str
    of_gate: bool = False


_ALL: Final = (
    Fact("assets_20d", "20 个交易日日均资产", FactKind.MONEY, "assets_20d"),
    Fact("assets_10d", "10 个交易日日均资产", FactKind.MONEY, "assets_10d"),
    Fact("assets_today", "申请日资产", FactKind.MONEY, "assets_today"),
    Fact("experience_months", "首次交易至今", FactKind.NUMBER, "first_trade_on"),
    Fact("broker_months", "在证券公司开户至今", FactKind.NUMBER, "broker_since"),
    Fact("futures_months", "在期货公司开户至今", FactKind.NUMBER, "futures_since"),
    Fact("age", "年龄", FactKind.NUMBER, "birth_date"),
    Fact("level_rank", "风险承受能力等级", FactKind.NUMBER, "level"),
    Fact("assessed_months", "测评至今", FactKind.NUMBER, "assessed_on"),
    Fact("professional", "专业投资者", FactKind.FLAG, "professional"),
    Fact("professional_institution", "专业机构投资者", FactKind.FLAG, "professional"),
    Fact("related_work", "相关工作或者培训经历", FactKind.FLAG, "related_work"),
    Fact("futures_experience", "金融期货交易经历", FactKind.FLAG, "futures_experience"),
    Fact("margin_eligible", "融资融券参与资格", FactKind.FLAG, "margin_eligible"),
    Fact("bad_record", "严重不良诚信记录", FactKind.FLAG, "bad_record"),
    Fact("default_record", "重大违约记录", FactKind.FLAG, "default_record"),
    Fact("affiliate", "本公司股东或关联人", FactKind.FLAG, "affiliate"),
    Fact("test_score", "知识测试得分", FactKind.NUMBER, "test_scores", of_gate=True),
    Fact("test_grade", "期权知识测试通过级别", FactKind.NUMBER, "test_grade"),
    Fact("trial_grade", "期权模拟交易级别", FactKind.NUMBER, "trial_grade"),
    Fact("disclosure", "风险揭示书签署", FactKind.FLAG, "disclosures", of_gate=True),
    Fact("held_since", "权限开通日", FactKind.DAY, "held_since", of_gate=True),
    Fact("financial_assets", "金融资产", FactKind.MONEY, "financial_assets"),
    Fact("mean_income_3y", "最近三年年均收入", FactKind.MONEY, "mean_income_3y"),
    Fact("net_assets", "最近一年末净资产", FactKind.MONEY, "net_assets"),
    Fact("household_net_financial_assets", "家庭金融净资产", FactKind.MONEY, "household_net_financial_assets"),
    Fact("household_financial_assets", "家庭金融资产", FactKind.MONEY, "household_financial_assets"),
    Fact("paid_in_capital", "实收资本或者实收股本", FactKind.MONEY, "paid_in_capital"),
    Fact("amount", "投资金额", FactKind.MONEY, "amount"),
)  # fmt: skip
FACTS: Final[Mapping[str, Fact]] = {fact.name: fact for fact in _ALL}
