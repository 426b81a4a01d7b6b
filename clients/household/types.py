"""What is said of a household: members, items with amounts and days, and accounts with the firm. Values, no rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from kit.labels import Labelled


class MemberRole(Labelled):
    """家庭角色"""

    SELF = "SELF", "本人"
    SPOUSE = "SPOUSE", "配偶"
    CHILD = "CHILD", "子女"
    PARENT = "PARENT", "父母"
    OTHER = "OTHER", "其他成员"


class Sex(Labelled):
    """性别, for the statutory age of retirement and the planning age alone"""

    MALE = "MALE", "男"
    FEMALE = "FEMALE", "女"


class ItemKind(Labelled):
    """家庭项目"""

    ASSET = "ASSET", "资产"
    DEBT = "DEBT", "负债"
    INCOME = "INCOME", "收入"
    SPENDING = "SPENDING", "支出"
    PENSION = "PENSION", "养老金"
    GOAL = "GOAL", "目标"


class AssetCategory(Labelled):
    """资产类别"""

    CASH = "CASH", "现金与活期存款"
    MONEY_FUND = "MONEY_FUND", "货币基金"
    DEPOSIT = "DEPOSIT", "定期存款"
    WEALTH = "WEALTH", "理财与基金"
    SECURITIES = "SECURITIES", "他处的证券"
    INSURANCE = "INSURANCE", "保险现金价值"
    PROVIDENT = "PROVIDENT", "公积金与个人养老金账户"
    HOME = "HOME", "自住房产"
    PROPERTY = "PROPERTY", "投资性房产"
    BUSINESS = "BUSINESS", "经营权益"
    OTHER = "OTHER", "其他资产"


class DebtCategory(Labelled):
    """负债类别"""

    MORTGAGE = "MORTGAGE", "住房贷款"
    CAR = "CAR", "车贷"
    CONSUMER = "CONSUMER", "消费与信用卡"
    BUSINESS = "BUSINESS", "经营贷款"
    PRIVATE = "PRIVATE", "亲友借款"
    OTHER = "OTHER", "其他负债"


class IncomeCategory(Labelled):
    """收入类别"""

    SALARY = "SALARY", "工资薪金"
    BUSINESS = "BUSINESS", "经营收入"
    RENT = "RENT", "租金"
    OTHER = "OTHER", "其他收入"


class SpendingCategory(Labelled):
    """支出类别"""

    LIVING = "LIVING", "日常生活"
    RENT = "RENT", "房租"
    INSURANCE = "INSURANCE", "保险费"
    OTHER = "OTHER", "其他支出"


class PensionCategory(Labelled):
    """养老金类别"""

    STATE = "STATE", "基本养老金"
    EMPLOYER = "EMPLOYER", "企业（职业）年金"
    ANNUITY = "ANNUITY", "商业养老保险"


class GoalCategory(Labelled):
    """目标类别: the implicit liabilities"""

    RETIREMENT = "RETIREMENT", "退休生活"
    EDUCATION = "EDUCATION", "教育"
    CARE = "CARE", "赡养与护理"
    HOUSING = "HOUSING", "购房"
    OTHER = "OTHER", "其他目标"


CATEGORIES: Final[Mapping[ItemKind, type[Labelled]]] = {
    ItemKind.ASSET: AssetCategory,
    ItemKind.DEBT: DebtCategory,
    ItemKind.INCOME: IncomeCategory,
    ItemKind.SPENDING: SpendingCategory,
    ItemKind.PENSION: PensionCategory,
    ItemKind.GOAL: GoalCategory,
}


class Per(Labelled):
    """金额的口径"""

    ONCE = "ONCE", "一次"
    MONTH = "MONTH", "每月"
    YEAR = "YEAR", "每年"


PAYMENTS_A_YEAR: Final[Mapping[Per, int]] = {Per.MONTH: 12, Per.YEAR: 1}
STOCKS: Final = frozenset((ItemKind.ASSET, ItemKind.DEBT))
"""Kinds whose amount is a balance, not a flow."""


class Witness(Labelled):
    """依据: who says so"""

    DECLARED = "DECLARED", "客户自述"
    DOCUMENT = "DOCUMENT", "有证明材料"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One member. Those who are no clients are known by role alone, never by name.

    shares_accounts: agreed that accounts with the firm count in the balance sheet of the other members.
    """

    member_no: str
    role: MemberRole
    client_no: str | None = None
    birth_date: date | None = None
    sex: Sex | None = None
    retire_age: int | None = None  # what the member plans; None: the statutory age
    shares_accounts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing owned, owed, earned, spent, due or wanted, as it was said on `as_of`.

    amount: yuan, in the money of `as_of`; a balance, or a payment once, a month or a year (`per`). 0 ends the item.
    first_on, last_on: the days of a flow, both included; None is what the kind gives (now, retirement, planning age).
    growth: a year, as a ratio; None is the assumption of the kind. priority: 1 comes first.
    """

    item_no: str
    kind: ItemKind
    category: Labelled
    amount: Decimal
    as_of: date
    per: Per = Per.ONCE
    member_no: str | None = None
    first_on: date | None = None
    last_on: date | None = None
    growth: float | None = None
    locked_until: date | None = None  # of an asset
    monthly_payment: Decimal | None = None  # of a debt
    priority: int = 2
    witness: Witness = Witness.DECLARED
    note: str = ""

    @property
    def a_year(self) -> Decimal:
        """Yuan a year of a flow; the amount itself of what is paid once."""
        return self.amount * PAYMENTS_A_YEAR.get(self.per, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountValue:
    """What one member's accounts with the firm are worth on `as_of`, by the ledger. Money in yuan, none below 0."""

    member_no: str
    cash: Decimal
    securities: Decimal
    debt: Decimal  # margin
    as_of: date
    notes: tuple[str, ...] = ()  # why it may be more (Chinese)


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """One household on a day: who belongs to it, and the newest word on each item up to that day."""

    household_no: str
    day: date
    members: tuple[Member, ...]
    items: tuple[Item, ...]
    accounts: tuple[AccountValue, ...] = ()

    def member(self, member_no: str | None) -> Member | None:
        return next((one for one in self.members if one.member_no == member_no), None)

    def of_kind(self, kind: ItemKind) -> tuple[Item, ...]:
        return tuple(one for one in self.items if one.kind is kind)
