"""适当性的等级与类别: codes that are stored and sent, with the Chinese word beside each. Names of C1 to C5 are data."""

from __future__ import annotations

from typing import Self

from kit.labels import Labelled


class Ranked(Labelled):
    """Codes with an order: `rank` counts from 1 in the order of their definition."""

    rank: int

    def __new__(cls, code: str, label: str = "") -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.label = label or code
        member.rank = len(cls.__members__) + 1
        return member

    @classmethod
    def of_rank(cls, rank: int) -> Ranked:
        """The member of a rank. Raises ValueError outside 1 to the number of members."""
        members = list(cls)
        if not 1 <= rank <= len(members):
            raise ValueError(f"{cls.__name__} has no rank {rank}")
        return members[rank - 1]


class ClientLevel(Ranked):
    """风险承受能力等级 (普通投资者). 风险承受能力最低类别 is a mark inside C1, not a sixth level."""

    C1 = "C1", "保守型"
    C2 = "C2", "谨慎型"
    C3 = "C3", "稳健型"
    C4 = "C4", "积极型"
    C5 = "C5", "激进型"


class ProductLevel(Ranked):
    """产品或服务的风险等级"""

    R1 = "R1", "低风险"
    R2 = "R2", "中低风险"
    R3 = "R3", "中风险"
    R4 = "R4", "中高风险"
    R5 = "R5", "高风险"


class InvestorCategory(Labelled):
    """投资者类别 (《办法》第七条至第十二条); I, II, III is the trade's own split of the professional investors."""

    ORDINARY = "ORDINARY", "普通投资者"
    PRO_I = "PRO_I", "专业投资者（第一类）"
    PRO_II = "PRO_II", "专业投资者（第二类）"
    PRO_III = "PRO_III", "专业投资者（转化）"

    @property
    def professional(self) -> bool:
        return self is not InvestorCategory.ORDINARY


class AskedBy(Labelled):
    """谁提出: the firm recommends, or the client asks of their own accord."""

    FIRM = "FIRM", "公司主动推介"
    CLIENT = "CLIENT", "客户主动要求"


class OrderSide(Labelled):
    """方向"""

    BUY = "BUY", "买入"
    SELL = "SELL", "卖出"


class Outcome(Ranked):
    """结论, from the kindest to the hardest"""

    ALLOW = "ALLOW", "可以"
    WARN = "WARN", "须特别警示后由客户确认"
    REFUSE = "REFUSE", "不得销售"


class IntendedTerm(Ranked):
    """拟投资期限: a longer one includes the shorter ones; ANY matches all."""

    UP_TO_1Y = "UP_TO_1Y", "1 年以内"
    UP_TO_3Y = "UP_TO_3Y", "3 年以内"
    UP_TO_5Y = "UP_TO_5Y", "5 年以内"
    ANY = "ANY", "无特别要求"


class AssetType(Ranked):
    """投资品种, nested as the questionnaires offer them: who accepts a later one accepts the earlier ones."""

    CASH_LIKE = "CASH_LIKE", "货币类"
    FIXED_INCOME = "FIXED_INCOME", "固定收益类"
    EQUITY = "EQUITY", "权益类"
    LEVERAGE = "LEVERAGE", "融资融券、期权等杠杆与衍生品"
    COMPLEX = "COMPLEX", "复杂结构化产品、场外衍生品"


class Gate(Labelled):
    """准入 (a hard gate apart from the level; rule data in rules/access.yaml)"""

    STAR = "STAR", "科创板"
    CHINEXT = "CHINEXT", "创业板"
    BSE = "BSE", "北交所"
    NEEQ_INNOVATION = "NEEQ_INNOVATION", "新三板创新层"
    NEEQ_BASE = "NEEQ_BASE", "新三板基础层"
    HK_CONNECT = "HK_CONNECT", "港股通"
    MARGIN = "MARGIN", "融资融券"
    ETF_OPTION = "ETF_OPTION", "股票期权"
    CONVERTIBLE = "CONVERTIBLE", "可转换公司债券"
    ST_STOCK = "ST_STOCK", "风险警示股票"
    DELISTING_PERIOD = "DELISTING_PERIOD", "退市整理股票"
    PRIVATE_FUND = "PRIVATE_FUND", "私募基金"
    PRIVATE_AM_PLAN = "PRIVATE_AM_PLAN", "私募资管计划"
    REIT = "REIT", "公募REITs"
    CDR_CONNECT = "CDR_CONNECT", "存托凭证"


class Bias(Labelled):
    """行为偏差 that the trades show; stands beside the level and never moves it."""

    DISPOSITION = "DISPOSITION", "处置效应"
    CHASING = "CHASING", "追涨"
    OVERTRADING = "OVERTRADING", "过度交易"
    CONCENTRATION = "CONCENTRATION", "持仓集中"
    LOTTERY = "LOTTERY", "彩票型股票偏好"
    AVERAGING_DOWN = "AVERAGING_DOWN", "亏损补仓"
    LEVERAGE = "LEVERAGE", "杠杆产品占比高"
